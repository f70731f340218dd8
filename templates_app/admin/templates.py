"""Dance templates in the console: the list with live clips, the form, history, many at once."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from templates_app.admin.shared import FindsTemplates, RoundsLength, TellsRefusals, preview_tags
from templates_app.curation_selectors import live_since
from templates_app.models import NOT_FEATURED, DanceTemplate, TemplateVersion
from templates_app.services.templates import template_create, template_update
from templates_app.states import VersionState
from templates_app.version_pages.bulk import bulk_page
from templates_app.version_pages.urls import template_urls
from tongyi_portal.common import roles
from tongyi_portal.common.admin import staff_of


class VersionInline(RoundsLength, TabularInline):  # type: ignore[misc]
    model = TemplateVersion
    extra = 0
    can_delete = False
    hide_title = True
    fields = ("page", "status", "since", "length", "bpm", "body_style", "created_by")
    readonly_fields = fields
    ordering = ("-number",)

    @display(description=_("number"))
    def page(self, version: TemplateVersion) -> SafeString:
        address = reverse("admin:templates_app_templateversion_change", args=[version.pk])
        return format_html('<a class="portal-link" href="{}">v{}</a>', address, version.number)

    @display(description=_("state"))
    def status(self, version: TemplateVersion) -> str:
        return str(version.get_state_display())

    @display(description=_("last live"))
    def since(self, version: TemplateVersion) -> str:
        """Since when or from when to when, and by whom; a dash for one that never was."""
        return "–" if version.published_at is None else since_text(version)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def since_text(version: TemplateVersion) -> str:
    """Since when a version that was published is live, or from when to when it was, and who made it so."""
    since = live_since([version.pk]).get(version.pk)
    at = since.at if since is not None else version.published_at
    if at is None:
        return "–"
    person = since.by.get_username() if since is not None and since.by is not None else gettext("the clock")
    if version.state == VersionState.PUBLISHED:
        return gettext("since %(at)s, %(person)s") % {"at": _moment(at), "person": person}
    until = _moment(since.until) if since is not None and since.until is not None else ""
    return f"{_moment(at)} – {until}, {person}" if until else f"{_moment(at)}, {person}"


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


WORDS = ("slug", ("name_zh", "name_en"), ("description_zh", "description_en"))
SHELF: tuple[Any, Any] = (_("Catalogue"), {"fields": (("category", "position"), "tags")})


@admin.register(DanceTemplate)
class DanceTemplateAdmin(FindsTemplates, TellsRefusals, ModelAdmin):  # type: ignore[misc]
    list_display = (
        *("clip", "name", "slug", "category", "live", "featured", "popularity", "trending", "position"),
    )
    list_display_links = ("name", "slug")
    list_filter = ("category", "tags", "is_demo")
    search_fields = ("search_text",)
    autocomplete_fields = ("category", "tags")
    readonly_fields = ("clips", "live", "created_by", "is_demo", "pages")
    fieldsets = (
        (None, {"fields": ("clips", "pages", *WORDS)}),
        SHELF,
        (_("State"), {"fields": (("live", "created_by"), "is_demo")}),
    )
    add_fieldsets = ((None, {"fields": WORDS}), SHELF)
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
    }
    inlines = (VersionInline,)
    list_before_template = "templates_app/parts/list_links.html"
    actions = ("retire", "feature", "add_tags", "move_to_category")
    list_per_page = 30
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[DanceTemplate]:
        return (
            super()
            .get_queryset(request)
            .select_related("category", "live_version", "live_version__cover")
            .prefetch_related("live_version__previews")
        )

    def get_urls(self) -> list[URLPattern]:
        """History, export and import stand before the theme's own addresses."""
        return [*template_urls(), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """A template that is only being made has nothing to show."""
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: models.Model | None) -> Any:
        return () if obj is None else self.inlines

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
        return preview_tags(template.live_version, "thumb")

    @display(description=_("previews"))
    def clips(self, template: DanceTemplate) -> SafeString:
        return preview_tags(template.live_version, "large")

    @display(description=_("pages"))
    def pages(self, template: DanceTemplate) -> SafeString:
        pages = [
            (f"{reverse('admin:motion_new')}?template={template.slug}", gettext("New version from a video")),
            (reverse("admin:template_history_page", args=[template.pk]), gettext("History")),
        ]
        if template.versions.exists():
            pages.append((reverse("admin:template_export", args=[template.pk]), gettext("Export as a file")))
        return format_html_join(" · ", '<a class="portal-link" href="{}">{}</a>', pages)

    @display(description=_("name"), ordering="name_zh")
    def name(self, template: DanceTemplate) -> SafeString:
        other = template.name_en if template.name == template.name_zh else template.name_zh
        return format_html("{}<br><small>{}</small>", template.name, other)

    @display(description=_("live"))
    def live(self, template: DanceTemplate) -> SafeString | str:
        version = template.live_version
        if version is None:
            return "–"
        address = reverse("admin:templates_app_templateversion_change", args=[version.pk])
        return format_html('<a class="portal-link" href="{}">v{}</a>', address, version.number)

    @display(description=_("featured"), ordering="featured_position")
    def featured(self, template: DanceTemplate) -> str:
        is_featured = template.featured_position != NOT_FEATURED
        return str(template.featured_position) if is_featured else "–"

    @display(description=_("trend"), ordering="trend")
    def trending(self, template: DanceTemplate) -> str:
        return f"×{template.trend:.1f}" if template.trend else "–"

    @admin.action(description=_("Retire the selected templates"), permissions=["retire"])
    def retire(self, request: HttpRequest, templates: models.QuerySet[DanceTemplate]) -> HttpResponse:
        return bulk_page(request, self, "retire", templates)

    @admin.action(description=_("Feature the selected templates"), permissions=["retire"])
    def feature(self, request: HttpRequest, templates: models.QuerySet[DanceTemplate]) -> HttpResponse:
        return bulk_page(request, self, "feature", templates)

    @admin.action(description=_("Add tags to the selected templates"), permissions=["change"])
    def add_tags(self, request: HttpRequest, templates: models.QuerySet[DanceTemplate]) -> HttpResponse:
        return bulk_page(request, self, "tag", templates)

    @admin.action(description=_("Move the selected templates to a category"), permissions=["change"])
    def move_to_category(
        self, request: HttpRequest, templates: models.QuerySet[DanceTemplate]
    ) -> HttpResponse:
        return bulk_page(request, self, "category", templates)

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TEMPLATE_PUBLISH))
