"""The review queue in the console; an item is looked at on the desk."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.models import ReviewItem
from moderation.review.urls import desk_urls
from moderation.review.views import desk_url
from moderation.states import ReviewState
from tongyi_portal.common.admin import EvidenceAdmin

REVIEW_COLOURS = {
    ReviewState.OPEN: "warning",
    ReviewState.CLAIMED: "primary",
    ReviewState.APPROVED: "success",
    ReviewState.REFUSED: "danger",
    ReviewState.WITHDRAWN: "info",
}


@admin.register(ReviewItem)
class ReviewItemAdmin(EvidenceAdmin):
    list_display = ("item", "surface", "category", "severity", "status", "claimed_by", "due_at", "owner")
    list_filter = ("state", "category", "severity", "surface", "job_kind")
    search_fields = ("id", "subject_id", "owner__username")
    list_select_related = ("owner", "claimed_by")

    def get_urls(self) -> list[URLPattern]:
        return [*desk_urls(), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An item is looked at on the desk; without one, back to the list with a word."""
        item = self.get_object(request, object_id)
        if item is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(desk_url(item.pk))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What waits is on the queue page; the list is for looking up items of any state."""
        if not request.GET and request.method == "GET":
            return HttpResponseRedirect(reverse("admin:review_queue"))
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "state__in" or super().lookup_allowed(lookup, value, request)

    @display(description=_("item"))
    def item(self, row: ReviewItem) -> SafeString:
        return format_html('<a href="{}">{}</a>', desk_url(row.pk), str(row.pk)[:8])

    @display(description=_("state"), label=REVIEW_COLOURS)
    def status(self, row: ReviewItem) -> tuple[str, str]:
        return row.state, row.get_state_display()
