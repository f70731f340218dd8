"""Featured slots in the console: one page that orders, adds, changes and removes them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from templates_app.models import FeaturedSlot
from templates_app.version_pages.slots import slots_page
from templates_app.version_pages.urls import slot_urls
from tongyi_portal.common.admin import EvidenceAdmin


@admin.register(FeaturedSlot)
class FeaturedSlotAdmin(EvidenceAdmin):
    def get_urls(self) -> list[URLPattern]:
        """What the page's buttons do stands before the theme's own addresses."""
        return [*slot_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page of all slots stands where the theme's list would."""
        del extra_context
        return slots_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A slot has no page of its own."""
        del object_id, form_url, extra_context
        return slots_page(request)
