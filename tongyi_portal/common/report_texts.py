"""cell_text, seconds_text, compared_text: values of reports as people read them, on pages and in mails."""

from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext

from tongyi_portal.common.report_periods import Period
from tongyi_portal.common.reports import Column, ColumnKind

NOTHING = "–"
PLACES = {ColumnKind.COUNT: 0, ColumnKind.NUMBER: 1, ColumnKind.RATIO: 2, ColumnKind.PERCENT: 1}


def cell_text(column: Column, value: Any) -> str:
    """A value with its unit, in the reader's language."""
    if value is None:
        return NOTHING
    if column.kind == ColumnKind.TEXT:
        return str(value)
    if column.kind == ColumnKind.FLAG:
        return gettext("yes") if value else gettext("no")
    if column.kind == ColumnKind.MOMENT:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if column.kind == ColumnKind.SECONDS:
        return seconds_text(value)
    if column.kind == ColumnKind.HOURS:
        return seconds_text(value * 3600)
    text = number_text(value, PLACES[column.kind])
    return f"{text} %" if column.kind == ColumnKind.PERCENT else text


def number_text(value: float, places: int) -> str:
    """Rounded first: Django would cut the rest off."""
    return str(formats.number_format(round(value, places), places, use_l10n=True, force_grouping=True))


def seconds_text(seconds: float | None) -> str:
    """A duration for people: "–", "4.2 s", "3 min 05 s" or "2 h 10 min"."""
    if seconds is None:
        return "–"
    if seconds >= 3600:
        return gettext("%(hours)d h %(minutes)02d min") % {
            "hours": int(seconds // 3600),
            "minutes": int(seconds % 3600 // 60),
        }
    if seconds < 60:
        return gettext("%(seconds).1f s") % {"seconds": seconds}
    return gettext("%(minutes)d min %(seconds)02d s") % {
        "minutes": int(seconds // 60),
        "seconds": int(seconds % 60),
    }


def compared_text(compared: Period) -> str:
    """The days that a report is compared with, and the time at which they end where that is earlier."""
    end = timezone.localtime(compared.cut).strftime("%Y-%m-%d %H:%M") if compared.cut else compared.last
    return gettext("Compared with %(first)s to %(last)s.") % {"first": compared.first, "last": end}
