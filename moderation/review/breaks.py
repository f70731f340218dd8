"""The break page: shown when the exposure budget of a shift is used up."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from moderation.models import ExposureBreak
from moderation.models.exposure import BreakOutcome
from moderation.services.exposure import break_over_at, exposure_break_end
from tongyi_portal.common.admin import staff_of


@require_http_methods(["GET", "POST"])
def break_page(request: HttpRequest) -> HttpResponse:
    """GET: how long the break still lasts. POST: go on; before its end only with the box ticked."""
    pause = ExposureBreak.objects.filter(by=staff_of(request), outcome=BreakOutcome.WAITING).first()
    if pause is None:
        return HttpResponseRedirect(reverse("admin:review_queue"))
    over_at = break_over_at(pause)
    is_over = timezone.now() >= over_at
    if request.method == "POST" and (is_over or request.POST.get("sure") == "yes"):
        exposure_break_end(request.user)
        messages.success(
            request,
            gettext("Welcome back.") if is_over else gettext("You go on without a break; that was noted."),
        )
        return HttpResponseRedirect(reverse("admin:review_queue"))
    context = {
        **admin.site.each_context(request),
        "title": gettext("Time for a break"),
        "pause": pause,
        "over_at": over_at,
        "is_over": is_over,
        "minutes_left": max(0, -int((timezone.now() - over_at).total_seconds() // 60)),
    }
    return TemplateResponse(request, "moderation/review/break.html", context)
