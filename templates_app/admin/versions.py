"""Versions in the console: a list, and a page of its own for each."""

import uuid
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from templates_app.admin.shared import VERSION_COLOURS, FindsTemplates, RoundsLength, preview_tags
from templates_app.models import TemplateVersion
from templates_app.version_pages.bulk import bulk_page
from templates_app.version_pages.page import version_page
from templates_app.version_pages.urls import version_urls
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin


@admin.register(TemplateVersion)
class TemplateVersionAdmin(FindsTemplates, RoundsLength, EvidenceAdmin):
    list_display = ("clip", "dance", "number", "status", "cleared", "length", "publish_at", "published_at")
    list_display_links = ("dance", "number")
    list_filter = ("state", "body_style")
    search_fields = ("template__search_text",)
    template_path = "template"
    list_select_related = ("template", "cover")
    ordering = ("-updated_at",)
    actions = ("publish", "schedule", "retire")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[TemplateVersion]:
        return super().get_queryset(request).prefetch_related("previews")

    def get_urls(self) -> list[URLPattern]:
        """The steps of a version stand before the theme's own addresses."""
        return [*version_urls(), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The version's own page stands where the theme's form would."""
        del form_url, extra_context
        try:
            return version_page(request, uuid.UUID(object_id))
        except ValueError:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    @display(description=_("preview"))
    def clip(self, version: TemplateVersion) -> SafeString:
        return preview_tags(version, "thumb")

    @display(description=_("template"), ordering="template__slug")
    def dance(self, version: TemplateVersion) -> SafeString:
        """Names may occur twice, slugs do not."""
        return format_html("{}<br><small>{}</small>", version.template, version.template.slug)

    @display(description=_("state"), label=VERSION_COLOURS)
    def status(self, version: TemplateVersion) -> tuple[str, str]:
        return version.state, version.get_state_display()

    @display(description=_("cleared"), boolean=True)
    def cleared(self, version: TemplateVersion) -> bool:
        return version.cleared_at is not None

    @admin.action(description=_("Publish the selected versions"), permissions=["publish"])
    def publish(self, request: HttpRequest, versions: models.QuerySet[TemplateVersion]) -> HttpResponse:
        return bulk_page(request, self, "publish", versions)

    @admin.action(description=_("Schedule the selected versions"), permissions=["publish"])
    def schedule(self, request: HttpRequest, versions: models.QuerySet[TemplateVersion]) -> HttpResponse:
        return bulk_page(request, self, "schedule", versions)

    @admin.action(description=_("Retire the selected versions"), permissions=["publish"])
    def retire(self, request: HttpRequest, versions: models.QuerySet[TemplateVersion]) -> HttpResponse:
        return bulk_page(request, self, "retire", versions)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TEMPLATE_PUBLISH))
