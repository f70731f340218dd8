"""The template library in the console."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from moderation.texts import reasons_text
from templates_app.editor_pages.urls import editor_urls
from templates_app.models import Category, DanceTemplate, Preview, PreviewKind, Tag, TemplateVersion
from templates_app.selectors import preview_url
from templates_app.services.publishing import template_retire, version_publish
from templates_app.services.templates import (
    TemplateWordsRefused,
    shelf_save,
    template_create,
    template_update,
)
from templates_app.states import VersionState
from tongyi_portal.common import roles
from tongyi_portal.common.admin import (
    EvidenceAdmin,
    for_each_row,
    picture_tag,
    staff_of,
    video_tag,
)

VERSION_COLOURS = {
    VersionState.DRAFT: "info",
    VersionState.PROCESSING: "info",
    VersionState.READY: "info",
    VersionState.IN_REVIEW: "warning",
    VersionState.PUBLISHED: "success",
    VersionState.RETIRED: "info",
    VersionState.REJECTED: "danger",
}


def previews_of(version: TemplateVersion | None, size: str) -> SafeString:
    """Every looping clip of the version, each with the cover of the same character as its poster."""
    if version is None:
        return SafeString("–")
    previews = list(version.previews.all())
    covers = {preview.character: preview for preview in previews if preview.kind == PreviewKind.COVER}
    clips = [preview for preview in previews if preview.kind != PreviewKind.COVER]
    if size == "thumb":
        clips = [clip for clip in clips if clip.kind == PreviewKind.LOOP][:1]
    tags = [
        video_tag(preview_url(clip), str(clip), poster=_cover_url(covers.get(clip.character)), size=size)
        for clip in clips
    ] or [picture_tag(preview_url(cover), str(cover), size) for cover in covers.values()]
    return format_html_join(" ", "{}", ((tag,) for tag in tags)) or SafeString("–")


def _cover_url(cover: Preview | None) -> str:
    return preview_url(cover) if cover else ""


class TellsRefusals:
    """Words that moderation refuses are told above the form, and nothing is changed."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            page: HttpResponse = super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        except TemplateWordsRefused as error:
            messages.error(request, gettext(str(error.message)))
            messages.error(request, reasons_text(error.details["reasons"]))
            return HttpResponseRedirect(request.get_full_path())
        return page


@admin.register(Category, Tag)
class ShelfAdmin(TellsRefusals, ModelAdmin):  # type: ignore[misc]
    list_display = ("slug", "name_zh", "name_en")
    search_fields = ("slug", "name_zh", "name_en")

    def save_model(self, request: HttpRequest, obj: Category | Tag, form: Any, change: bool) -> None:
        """Make or change it through its service."""
        shelf_save(shelf=obj, by=staff_of(request))


class RoundsLength:
    """Adds the column `length`: the duration to a tenth of a second."""

    @display(description=_("seconds"), ordering="duration_seconds")
    def length(self, version: TemplateVersion) -> str:
        return f"{version.duration_seconds:.1f}"


class VersionInline(RoundsLength, TabularInline):  # type: ignore[misc]
    model = TemplateVersion
    extra = 0
    can_delete = False
    hide_title = True
    fields = ("page", "state", "length", "fps", "bpm", "body_style", "published_at")
    readonly_fields = fields

    @display(description=_("number"))
    def page(self, version: TemplateVersion) -> SafeString:
        address = reverse("admin:templates_app_templateversion_change", args=[version.pk])
        return format_html('<a class="portal-link" href="{}">v{}</a>', address, version.number)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(DanceTemplate)
class DanceTemplateAdmin(TellsRefusals, ModelAdmin):  # type: ignore[misc]
    list_display = ("clip", "slug", "name_zh", "name_en", "category", "live", "use_count", "position")
    list_display_links = ("slug", "name_zh", "name_en")
    list_filter = ("category", "tags", "is_demo")
    search_fields = ("slug", "name_zh", "name_en", "description_zh", "description_en", "tags__slug")
    autocomplete_fields = ("category", "tags")
    readonly_fields = ("clips", "live_version", "created_by", "is_demo")
    fieldsets = (
        (None, {"fields": ("clips", "slug", ("name_zh", "name_en"), ("description_zh", "description_en"))}),
        (_("Catalogue"), {"fields": (("category", "position"), "tags")}),
        (_("State"), {"fields": (("live_version", "created_by"), "is_demo")}),
    )
    inlines = (VersionInline,)
    actions = ("retire",)
    list_per_page = 30
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[DanceTemplate]:
        return (
            super()
            .get_queryset(request)
            .select_related("category", "live_version")
            .prefetch_related("live_version__previews")
            .annotate(use_total=models.Count("versions__jobs"))
        )

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else (*self.readonly_fields, "slug")

    def save_model(self, request: HttpRequest, obj: DanceTemplate, form: Any, change: bool) -> None:
        """Make or change the template through its service."""
        if change:
            template_update(template=obj, by=staff_of(request), **form.cleaned_data)
        else:
            made = template_create(by=staff_of(request), **form.cleaned_data)
            obj.__dict__.update(made.__dict__)

    @display(description=_("preview"))
    def clip(self, template: DanceTemplate) -> SafeString:
        return previews_of(template.live_version, "thumb")

    @display(description=_("previews"))
    def clips(self, template: DanceTemplate) -> SafeString:
        return previews_of(template.live_version, "large")

    @display(description=_("live"), boolean=True)
    def live(self, template: DanceTemplate) -> bool:
        return template.is_live

    @display(description=_("jobs"), ordering="use_total")
    def use_count(self, template: Any) -> int:
        return int(template.use_total)

    @admin.action(description=_("Retire the selected templates"), permissions=["retire"])
    def retire(self, request: HttpRequest, templates: models.QuerySet[DanceTemplate]) -> None:
        for_each_row(
            request,
            templates,
            lambda template: template_retire(template=template, by=staff_of(request)),
            ngettext_lazy("%(count)d template was retired.", "%(count)d templates were retired.", "count"),
        )

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TEMPLATE_PUBLISH))


@admin.register(TemplateVersion)
class TemplateVersionAdmin(RoundsLength, EvidenceAdmin):
    list_display = ("clip", "template", "number", "status", "length", "bpm", "published_at")
    list_display_links = ("template", "number")
    list_filter = ("state", "body_style")
    search_fields = ("template__slug", "template__name_zh", "template__name_en")
    list_select_related = ("template",)
    actions = ("publish",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "clips",
                    ("template", "number"),
                    ("state", "created_by"),
                    ("published_at", "cleared_at"),
                )
            },
        ),
        (
            _("Movement"),
            {
                "fields": (
                    ("length", "fps"),
                    ("frame_count", "bpm"),
                    ("body_style", "people_count"),
                    "is_loop",
                )
            },
        ),
        (_("Moderation"), {"fields": ("reasons", "pose_sha256")}),
    )
    readonly_fields = ("clips", "length", "reasons")

    def get_urls(self) -> list[URLPattern]:
        return [*editor_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[TemplateVersion]:
        return super().get_queryset(request).prefetch_related("previews")

    @display(description=_("preview"))
    def clip(self, version: TemplateVersion) -> SafeString:
        return previews_of(version, "thumb")

    @display(description=_("previews"))
    def clips(self, version: TemplateVersion) -> SafeString:
        return previews_of(version, "large")

    @display(description=_("state"), label=VERSION_COLOURS)
    def status(self, version: TemplateVersion) -> tuple[str, str]:
        return version.state, version.get_state_display()

    @display(description=_("reasons"))
    def reasons(self, version: TemplateVersion) -> str:
        return reasons_text(version.reason_codes)

    @admin.action(description=_("Publish the selected versions"), permissions=["publish"])
    def publish(self, request: HttpRequest, versions: models.QuerySet[TemplateVersion]) -> None:
        for_each_row(
            request,
            versions,
            lambda version: version_publish(version=version, by=staff_of(request)),
            ngettext_lazy("%(count)d version was published.", "%(count)d versions were published.", "count"),
        )

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TEMPLATE_PUBLISH))
