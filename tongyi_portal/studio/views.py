"""The creator's page, its sign-in, its guest accounts and its sample pictures."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.generic import TemplateView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from moderation.consent_wordings import CURRENT, consent_sentences
from moderation.intake import MAX_ASPECT
from templates_app.api.serializers import CategorySerializer, TemplateSerializer
from templates_app.models import NOT_FEATURED
from templates_app.selectors import categories_in_use, templates_live
from templates_app.services.covers import covers_shown_to_viewer, visitor_of
from tongyi_portal.accounts.services import guest_create
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.studio import texts
from tongyi_portal.studio.content_policy import ContentPolicyMixin
from tongyi_portal.studio.samples import HEIGHTS, sample_jpeg, samples_all

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
FIRST_TEMPLATES = 24
FIRST_FEATURED = 12
DURATIONS = (5, 10, 15, 20)
DEFAULT_DURATION = 10
YEAR_SECONDS = 31_536_000


class LanguageChoiceMixin(View):
    """`?lang=<code>`: remember the language and go to the same address without it."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        chosen = request.GET.get("lang")
        if request.method != "GET" or chosen not in dict(settings.LANGUAGES):
            return super().dispatch(request, *args, **kwargs)
        query = request.GET.copy()
        del query["lang"]
        response = HttpResponseRedirect(request.path + (f"?{query.urlencode()}" if query else ""))
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return response


@method_decorator(never_cache, name="dispatch")
class HomeView(LanguageChoiceMixin, ContentPolicyMixin, TemplateView):
    """The one page. Without guests, visitors sign in first."""

    template_name = "studio/home.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated and not settings.STUDIO_GUESTS:
            return redirect_to_login(request.get_full_path(), reverse("studio:login"))
        get_token(request)  # the scripts read the cookie
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hints = [
            {
                "key": key,
                "name": name,
                "half": texts.HALF_HINTS.get(key, name),
                "url": static(f"studio/img/hint-{key}.svg"),
                "good": key == "good",
            }
            for key, name in texts.HINTS.items()
        ]
        return super().get_context_data(
            config=page_config(self.request),
            samples=samples_all(),
            hints=hints,
            durations=DURATIONS,
            default_duration=DEFAULT_DURATION,
            relations=texts.RELATIONS,
            skeleton=range(6),
            **kwargs,
        )


def page_config(request: HttpRequest) -> dict[str, Any]:
    """What the page's scripts need to know, with every text in the request's language."""
    user = request.user
    templates = list(templates_live(user)[: FIRST_TEMPLATES + 1])
    featured = [template for template in templates if template.featured_position < NOT_FEATURED]
    viewer = user.pk if user.is_authenticated else _visitor(request)
    covers = covers_shown_to_viewer(viewer, templates[:FIRST_TEMPLATES]) if viewer else {}
    context = {"request": request, "covers": covers}
    shown = TemplateSerializer(templates[:FIRST_TEMPLATES], many=True, context=context)
    return {
        "signedIn": request.user.is_authenticated,
        "guests": settings.STUDIO_GUESTS,
        "language": get_language(),
        "timeZone": settings.TIME_ZONE,
        "pageTitle": _("Dance It: turn a photo into a dance video"),
        "urls": {
            "home": reverse("studio:home"),
            "login": reverse("studio:login"),
            "session": reverse("studio:session"),
            "api": "/api/v1",
            "decisions": reverse("studio:statements") + "/",
        },
        "consent": {"wording": CURRENT, "sentences": dict(consent_sentences(get_language() or "en"))},
        "limits": {
            "maxBytes": settings.UPLOAD_MAX_BYTES,
            "minSide": settings.UPLOAD_MIN_SIDE,
            "maxSide": settings.UPLOAD_STORED_MAX_SIDE,
            "maxRatio": MAX_ASPECT,
        },
        "templates": shown.data,
        "featured": [template.slug for template in featured[:FIRST_FEATURED]],
        "moreTemplates": len(templates) > FIRST_TEMPLATES,
        "categories": CategorySerializer(categories_in_use(), many=True).data,
        "texts": {key: str(value) for key, value in texts.TEXTS.items()},
        "hintOf": texts.HINT_OF_REASON,
        "adviceOf": {code: str(value) for code, value in texts.ADVICE_OF_REASON.items()},
    }


def _visitor(request: HttpRequest) -> uuid.UUID | None:
    """Who has a session takes part in cover tests by it; nobody is given a cookie for that."""
    key = request.session.session_key
    return visitor_of(key) if key and request.session.exists(key) else None


@method_decorator(csrf_protect, name="dispatch")
class SessionView(APIView):
    """Makes a guest account for a browser that has none; counted by address, as what guests write."""

    permission_classes = [AllowAny]
    throttle_scope = "guest"
    schema = None

    def post(self, request: Request) -> Response:
        """Raises PermissionRefused where guests are not let in."""
        if not request.user.is_authenticated:
            if not settings.STUDIO_GUESTS:
                raise PermissionRefused(_("Sign in to go on."))
            login(request._request, guest_create(), backend=MODEL_BACKEND)
        return Response({"guest": request._request.user.is_guest})  # type: ignore[union-attr]


class LoginView(LanguageChoiceMixin, ContentPolicyMixin, auth_views.LoginView):
    """Sign in with name and password; after too many failures the name rests for a while."""

    template_name = "studio/login.html"
    next_page = "studio:home"
    extra_context = {"login": True}

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        locked = getattr(self.request, "axes_locked_out", False)
        if locked:
            self.request.axes_locked_out = False  # type: ignore[attr-defined]  # our page answers, not the default one
            form.errors.clear()
            form.add_error(None, _("Too many failed tries. Wait a quarter of an hour, then try again."))
        response = super().form_invalid(form)
        response.status_code = 429 if locked else 200
        return response


class LogoutView(auth_views.LogoutView):
    """Sign out and go back to the page."""

    def get_default_redirect_url(self) -> str:
        return resolve_url("studio:home")


class SampleView(View):
    """A drawn character as JPEG; may be cached for ever, since the address of a new drawing is new."""

    def get(self, _request: HttpRequest, key: str, size: str) -> HttpResponse:
        if size not in HEIGHTS:
            raise Http404
        try:
            jpeg = sample_jpeg(key, size)
        except KeyError:
            raise Http404 from None
        caching = f"public, max-age={YEAR_SECONDS}, immutable"
        return HttpResponse(jpeg, content_type="image/jpeg", headers={"Cache-Control": caching})
