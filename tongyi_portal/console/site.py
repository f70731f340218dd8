"""ConsoleSite: the admin site with the live part of the dashboard; who may enter it."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog
from unfold.sites import UnfoldAdminSite

from templates_app.editor_pages.urls import editor_urls
from tongyi_portal.console.report_views import report_urls
from tongyi_portal.console.schedule_page import schedule_urls


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """Entered by active staff accounts only; what each may see follows from its roles."""

    index_title = _("Dashboard")

    def extra_urls(self) -> list[URLPattern | URLResolver]:
        from tongyi_portal.console.usage_page import usage_urls

        editor = path("templates/versions/", include(editor_urls(self)))
        live = path("live/", self.admin_view(self.live), name="portal_live")
        return [live, *report_urls(self), *schedule_urls(self), *usage_urls(self), editor]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """A moment at the edge of the calendar, in a list's address, counts as any other that cannot be read.

        No database driver can bring it into another zone, so the fault comes only when the rows are counted.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return inner(request, *args, **kwargs)
            except OverflowError:
                if request.method != "GET" or not request.GET:
                    raise
                return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

        return shown

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """The theme's form keeps only an address that says where to go on, so one without is given it."""
        if request.method == "GET" and REDIRECT_FIELD_NAME not in request.GET:
            query = urlencode({REDIRECT_FIELD_NAME: reverse("admin:index")})
            return HttpResponseRedirect(f"{request.path}?{query}")
        response: HttpResponseBase = super().login(request, extra_context)
        return response

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Django's own catalogue of the scripts' texts, and ours for what it lacks."""
        return JavaScriptCatalog.as_view()(request)

    def live(self, request: HttpRequest) -> HttpResponse:
        """The part of the dashboard that a browser fetches again every few seconds."""
        from tongyi_portal.console.dashboard import live_context

        return render(request, "console/live.html", live_context(request.user))
