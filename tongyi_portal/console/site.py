"""ConsoleSite: the admin site with the live part of the dashboard; who may enter it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """Entered by active staff accounts only; what each may see follows from its roles."""

    index_title = _("Dashboard")

    def extra_urls(self) -> list[URLPattern]:
        return [path("live/", self.admin_view(self.live), name="portal_live")]

    def live(self, request: HttpRequest) -> HttpResponse:
        """The part of the dashboard that a browser fetches again every few seconds."""
        from tongyi_portal.console.dashboard import live_context

        return render(request, "console/live.html", live_context(request.user))
