"""Shared parts of the console's model pages: read-only evidence, media played in place, bulk actions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from tongyi_portal.common.errors import AppError


class ReadOnly:
    """Rows are read, found and opened, never written. Stands before the admin class that it closes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class EvidenceAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """A page of rows that only services write."""

    list_per_page = 30
    show_full_result_count = False
    compressed_fields = True


class ShortId:
    """Adds the column `short_id`: the first eight characters of a UUID key, enough to tell rows apart."""

    @display(description=_("id"), ordering="id")
    def short_id(self, row: Any) -> str:
        return str(row.pk)[:8]


def staff_of(request: HttpRequest) -> Any:
    """The account that acts; the console lets nobody else in."""
    return request.user


def picture_tag(url: str, alternative: str, size: str = "thumb") -> SafeString:
    """A picture; size: "thumb" for lists, "large" for a row's own page."""
    return format_html(
        '<img class="portal-media portal-media--{}" src="{}" alt="{}" loading="lazy">', size, url, alternative
    )


def video_tag(url: str, alternative: str, *, poster: str = "", size: str = "thumb") -> SafeString:
    """A video that plays in place. A thumbnail is silent, loops, and starts when pointed at or focused.

    Without a poster its first picture is shown, which phones do only for an address with a time.
    """
    url = url if poster else f"{url}#t=0.1"
    if size == "thumb":
        return format_html(
            '<video class="portal-media portal-media--thumb" src="{}" poster="{}" aria-label="{}" '
            'tabindex="0" muted loop playsinline preload="{}" data-portal-hover-play></video>',
            url,
            poster,
            alternative,
            "none" if poster else "metadata",
        )
    return format_html(
        '<video class="portal-media portal-media--large" src="{}" poster="{}" aria-label="{}" '
        'controls muted loop playsinline preload="metadata"></video>',
        url,
        poster,
        alternative,
    )


def json_list_text(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values) or "–"


def facts_table(facts: Mapping[str, Any]) -> SafeString:
    """Plain JSON facts as a small table of names and values; a dash for none."""
    rows = format_html_join(
        "", "<tr><th>{}</th><td>{}</td></tr>", ((key, _fact_text(value)) for key, value in facts.items())
    )
    return format_html('<table class="portal-facts">{}</table>', rows) if rows else SafeString("–")


def _fact_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return json_list_text(f"{key}: {_fact_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return json_list_text(_fact_text(inner) for inner in value)
    return "–" if value in ("", None) else str(value)


def for_each_row(
    request: HttpRequest,
    rows: Iterable[models.Model],
    act: Callable[[Any], object],
    done: Any,
) -> None:
    """Run a service on each row by itself, and tell how many went well and why each other one did not.

    done: ngettext_lazy(..., "count"), both forms with %(count)d.
    """
    count = 0
    for row in rows:
        try:
            act(row)
            count += 1
        except AppError as error:
            messages.error(request, f"{row}: {gettext(str(error.message))}")
    if count:
        messages.success(request, done % {"count": count})
