"""Why things do not go on: rejections by reason and scanner, failures by engine and code."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import APP, DATA, ENGINE, NOT_SUMMED, UsageReport, part_of
from generation.texts import ERROR_TEXTS, PHOTO_FAULTS
from moderation.models.choices import SurfaceChoice
from moderation.policy.rules import REASONS, reason_text
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    ChoiceFilter,
    Column,
    ColumnKind,
    Row,
    Series,
    sum_of,
)
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.queries import kind_totals, reasons

K = UsageKind
BARS_DRAWN = 12
_BY_PERSON, _BY_CHECK = _("a person"), _("the check of the photo")


def reason_name(kind: str, code: str) -> str:
    """What a code means, in the reader's language, without a full stop; an unknown one stands for itself."""
    text: Any = code
    if kind == K.CHECK_FAILED:
        text = PHOTO_FAULTS.get(code, code)
    elif kind == K.FAILED:
        text = ERROR_TEXTS.get(code, code)
    elif code in REASONS:
        text = reason_text(code, get_language() or "en")
    elif not code:
        text = _("a person ended it") if kind == K.CANCELLED else _("no reason given")
    return str(text).rstrip(".。")


class UsageRejections(UsageReport):
    """Rows are reasons with the scanner that found them and the surface."""

    key = "usage_rejections"
    title = _("Rejections")
    description = _("What was refused, and why: by the check of the photo, by a scanner, by a person.")
    identity = ("code", "by_code", "surface_code")
    not_narrowed = {"template": NOT_SUMMED}
    filters = (
        APP,
        ENGINE,
        DATA,
        ChoiceFilter(
            "step",
            _("step"),
            lambda: [(K.CHECK_FAILED.value, _("check of the photo")), (K.MODERATED.value, _("moderation"))],
        ),
    )
    columns = (
        Column("reason", _("reason"), ColumnKind.TEXT),
        Column("by", _("found by"), ColumnKind.TEXT),
        Column("surface", _("surface"), ColumnKind.TEXT),
        Column("count", _("count"), is_compared=True),
        Column(
            "share", _("share"), ColumnKind.PERCENT, _("Of all rejections of the period."), is_compared=True
        ),
        Column("code", _("code"), ColumnKind.TEXT),
        Column(
            "by_code",
            _("found by, code"),
            ColumnKind.TEXT,
            _("A scanner, photo_check, or empty for a person."),
            is_for_programs=True,
        ),
        Column("surface_code", _("surface, code"), ColumnKind.TEXT, is_for_programs=True),
    )

    def rows(self, asked: Asked) -> list[Row]:
        step = asked.choice("step")
        kinds = (step,) if step else (K.CHECK_FAILED.value, K.MODERATED.value)
        counts: dict[tuple[str, str, str, str], int] = {}
        for one in reasons(self.wanted(asked), kinds):
            if one.kind == K.CHECK_FAILED or one.code == "block":
                key = (one.kind, one.reason or one.code, one.scanner, one.surface)
                counts[key] = counts.get(key, 0) + one.count
        whole = sum(counts.values())
        surfaces = dict(SurfaceChoice.choices)
        rows: list[Row] = [
            {
                "reason": reason_name(kind, code),
                "by": scanner or str(_BY_CHECK if kind == K.CHECK_FAILED else _BY_PERSON),
                "surface": str(surfaces.get(surface, surface or "–")),
                "count": count,
                "share": part_of(count, whole),
                "code": code,
                "by_code": scanner or ("photo_check" if kind == K.CHECK_FAILED else ""),
                "surface_code": surface,
            }
            for (kind, code, scanner, surface), count in counts.items()
        ]
        return sorted(rows, key=lambda row: (-row["count"], row["reason"], row["by"], row["surface"]))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        return {"reason": gettext("together"), "count": sum_of(rows, "count")}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        shown = rows[:BARS_DRAWN]
        return Chart(
            ChartKind.BARS,
            _("The most frequent reasons"),
            [f"{row['reason']}\n{row['by']} · {row['surface']}" for row in shown],
            [Series(_("count"), [row["count"] for row in shown])],
            summary=f"{shown[0]['reason']}: {shown[0]['count']}.",
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            *super().notes(asked, rows),
            _("What waits for a person is counted once that person has decided."),
            _("A photo that is checked again after a fault is counted again."),
            _("A result has two files, video and cover, and each is decided on."),
            *(
                [_("Photos and texts are checked before an engine is chosen: with one, only results count.")]
                if asked.choice("engine")
                else []
            ),
        ]


class UsageFailures(UsageReport):
    """Rows are error codes of engines."""

    key = "usage_failures"
    title = _("Failures")
    description = _("Videos that could not be made, by engine and error.")
    identity = ("engine", "code")
    not_narrowed = {"template": NOT_SUMMED}
    filters = (APP, ENGINE, DATA)
    columns = (
        Column("engine", _("engine"), ColumnKind.TEXT),
        Column("meaning", _("what happened"), ColumnKind.TEXT),
        Column("count", _("failed"), is_compared=True),
        Column(
            "share",
            _("share"),
            ColumnKind.PERCENT,
            _("Of all videos that this question is about and that ended, made or failed."),
            is_compared=True,
        ),
        Column("code", _("code"), ColumnKind.TEXT),
    )

    def rows(self, asked: Asked) -> list[Row]:
        wanted = self.wanted(asked)
        counts: dict[tuple[str, str], int] = {}
        for one in reasons(wanted, (K.FAILED.value,)):
            counts[one.engine, one.code] = counts.get((one.engine, one.code), 0) + one.count
        ended = self._ended(asked)
        rows: list[Row] = [
            {
                "engine": engine or "–",
                "meaning": reason_name(K.FAILED, code),
                "count": count,
                "share": part_of(count, ended),
                "code": code,
            }
            for (engine, code), count in counts.items()
        ]
        return sorted(rows, key=lambda row: (-row["count"], row["engine"], row["code"]))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        ended = self._ended(asked)
        failed = sum_of(rows, "count")
        return {"engine": gettext("together"), "count": failed, "share": part_of(failed, ended)}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        shown = rows[:BARS_DRAWN]
        return Chart(
            ChartKind.BARS,
            _("The most frequent failures"),
            [f"{row['engine']}: {row['code']}" for row in shown],
            [Series(_("failed"), [row["count"] for row in shown])],
            summary=f"{shown[0]['engine']}, {shown[0]['code']}: {shown[0]['count']}.",
        )

    def _ended(self, asked: Asked) -> int:
        counts = kind_totals(self.wanted(asked))
        return counts[K.FINISHED] + counts[K.FAILED]
