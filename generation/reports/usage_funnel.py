"""From upload to sharing: how many get how far, and why the others do not."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.models import UploadSurface
from generation.reports.usage_base import APP, DATA, ENGINE, NOT_SUMMED, UsageReport, part_of
from generation.reports.usage_reasons import reason_name
from moderation.models.choices import SurfaceChoice, VerdictChoice
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Row,
    Series,
)
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.queries import Reason, kind_totals, reasons

K = UsageKind
LEAKING = (K.CHECK_FAILED.value, K.MODERATED.value, K.FAILED.value, K.CANCELLED.value)
UPLOADED = tuple(UploadSurface.values)
REASONS_NAMED = 3


class UsageFunnel(UsageReport):
    """Rows are steps, each with what became of those who did not go on."""

    key = "usage_funnel"
    title = _("From upload to sharing")
    description = _("How many get from a photo to a video that they keep, and where the others are lost.")
    identity = ("code",)
    not_narrowed = {"template": NOT_SUMMED}
    filters = (APP, ENGINE, DATA)
    columns = (
        Column("step", _("step"), ColumnKind.TEXT),
        Column("count", _("count"), is_compared=True),
        Column("of_before", _("of the step before"), ColumnKind.PERCENT, is_compared=True),
        Column("of_first", _("of all uploads"), ColumnKind.PERCENT),
        Column("lost", _("lost before it")),
        Column("why", _("most often because of"), ColumnKind.TEXT),
        Column("code", _("code"), ColumnKind.TEXT, is_for_programs=True),
    )

    def columns_for(self, asked: Asked) -> tuple[Column, ...]:
        without = {"of_first"} if asked.choice("engine") else set()
        return tuple(column for column in self.columns if column.key not in without)

    def rows(self, asked: Asked) -> list[Row]:
        wanted = self.wanted(asked)
        counts = kind_totals(wanted)
        if not any(counts[kind] for kind in (K.UPLOAD, K.SUBMITTED, K.FINISHED, K.WATCHED)):
            return []
        found = reasons(wanted, LEAKING)
        decided = [one for one in found if one.kind == K.MODERATED]
        refused = [one for one in decided if one.code == VerdictChoice.BLOCK]
        faulty = [one for one in found if one.kind == K.CHECK_FAILED]
        passed = _passed(decided, counts[K.UPLOAD])
        kept = max(counts[K.DOWNLOADED], counts[K.SHARED])
        steps: list[tuple[str, str, int, Iterable[Reason]]] = [
            ("uploaded", gettext("uploaded"), counts[K.UPLOAD], ()),
            (
                "passed",
                gettext("passed moderation"),
                passed,
                [one for one in refused if one.surface in UPLOADED],
            ),
            ("submitted", gettext("video asked for"), counts[K.SUBMITTED], faulty),
            ("finished", gettext("video made"), counts[K.FINISHED], _ended(found, counts[K.CANCELLED])),
            (
                "watched",
                gettext("watched"),
                counts[K.WATCHED],
                [one for one in refused if one.surface == SurfaceChoice.OUTPUT],
            ),
            ("used", gettext("downloaded or shared"), kept, ()),
        ]
        if asked.choice("engine"):  # what comes before a video is asked for has none
            steps = steps[2:]
        rows: list[Row] = []
        for place, (code, step, count, why) in enumerate(steps):
            before = steps[place - 1][2] if place else None
            rows.append(
                {
                    "step": step,
                    "count": count,
                    "of_before": part_of(count, before) if before is not None else None,
                    "of_first": part_of(count, steps[0][2]),
                    "lost": max(before - count, 0) if before is not None else None,
                    "why": _named(why),
                    "code": code,
                }
            )
        return rows

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        return Chart(
            ChartKind.BARS,
            _("How many get how far"),
            [row["step"] for row in rows],
            [Series(_("count"), [row["count"] for row in rows])],
            summary=(
                gettext("Of %(first)d videos asked for, %(last)d were downloaded or shared.")
                if asked.choice("engine")
                else gettext("Of %(first)d uploads, %(last)d videos were downloaded or shared.")
            )
            % {"first": rows[0]["count"], "last": rows[-1]["count"]},
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            *super().notes(asked, rows),
            *(
                [_("Photos have no engine yet: with one, the steps begin where a video is asked for.")]
                if asked.choice("engine")
                else []
            ),
            _("Steps are counted by their own time: who uploads at the end of the period dances after it."),
            _("A picture that still waits for a decision has not passed moderation."),
            _(
                "A step can be larger than the one before: one photo may be danced many times, apps may save "
                "a video without showing it, and what was made before the period may be watched in it."
            ),
            _(
                "Of downloads and shares the larger number is taken: events hold no person who could be "
                "followed from one to the other."
            ),
        ]


def _passed(decided: Iterable[Reason], uploads: int) -> int:
    """Pictures that were let through; one that is decided on again counts again, so uploads are the limit."""
    found = sum(one.count for one in decided if one.surface in UPLOADED and one.code == VerdictChoice.PASS)
    return min(found, uploads)


def _ended(found: Iterable[Reason], cancelled: int) -> list[Reason]:
    """Why jobs ended without a video. Those that people cancelled have no code, and so no sum by reasons."""
    ended = [one for one in found if one.kind in (K.FAILED, K.CANCELLED)]
    by_people = cancelled - sum(one.count for one in ended if one.kind == K.CANCELLED)
    return [*ended, Reason(K.CANCELLED.value, "", "", "", "", "", by_people)] if by_people > 0 else ended


def _named(found: Iterable[Reason]) -> str:
    """The most frequent reasons with their counts."""
    counts: dict[str, int] = {}
    for one in found:
        name = reason_name(one.kind, one.reason or one.code)
        counts[name] = counts.get(name, 0) + one.count
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:REASONS_NAMED]
    return ", ".join(f"{name} ({count})" for name, count in most)
