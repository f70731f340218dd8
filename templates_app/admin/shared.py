"""Parts that several of the library's console pages use."""

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.texts import reasons_text
from templates_app.models import DanceTemplate, Preview, PreviewKind, TemplateVersion
from templates_app.selectors import BEST_MATCH, preview_url, templates_search
from templates_app.services.templates import TemplateWordsRefused
from templates_app.states import VersionState
from tongyi_portal.common.admin import picture_tag, video_tag

VERSION_COLOURS = {
    VersionState.DRAFT: "info",
    VersionState.PROCESSING: "info",
    VersionState.READY: "info",
    VersionState.CHECKING: "warning",
    VersionState.IN_REVIEW: "warning",
    VersionState.SCHEDULED: "primary",
    VersionState.PUBLISHED: "success",
    VersionState.RETIRED: "default",
    VersionState.REJECTED: "danger",
}


def preview_tags(version: TemplateVersion | None, size: str) -> SafeString:
    """The version's clips, each with its character's cover as its poster; "thumb": one loop."""
    if version is None:
        return SafeString("–")
    previews = list(version.previews.all())
    covers = {preview.character: preview for preview in previews if preview.kind == PreviewKind.COVER}
    clips = [preview for preview in previews if preview.mime.startswith("video/")]
    if size == "thumb":
        chosen = version.cover.character if version.cover is not None else ""
        loops = [clip for clip in clips if clip.kind == PreviewKind.LOOP]
        clips = sorted(loops, key=lambda clip: clip.character != chosen)[:1]
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


class RoundsLength:
    """Adds the column `length`: the duration to a tenth of a second."""

    @display(description=_("seconds"), ordering="duration_seconds")
    def length(self, version: TemplateVersion) -> str:
        return f"{version.duration_seconds:.1f}"


class FindsTemplates:
    """Searches as the catalogue does: traditional characters, pinyin, initials. Best matches first, unless
    the list was ordered by hand. template_path: from a row to its template, "" for templates themselves.
    """

    template_path = ""

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        if self.template_path:
            templates = templates_search(DanceTemplate.objects.all(), search_term).values("pk")
            return queryset.filter(**{f"{self.template_path}__in": templates}), False
        found = templates_search(queryset, search_term)
        return (found if "o" in request.GET else found.order_by(*BEST_MATCH)), False
