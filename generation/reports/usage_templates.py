"""Which templates are danced: rank, share, how both moved, and by how much the first is ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import (
    APP,
    DATA,
    ENGINE,
    TEMPLATE,
    UsageReport,
    part_of,
    template_names,
)
from tongyi_portal.common.report_periods import Compare, Period
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Row,
    Series,
    sum_of,
)
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.queries import template_totals

COUNTED = (UsageKind.SUBMITTED.value, UsageKind.FINISHED.value)
_SUBMITTED, _FINISHED = COUNTED
BARS_DRAWN = 12


class UsageTemplates(UsageReport):
    """Rows are templates, the most danced first."""

    key = "usage_templates"
    title = _("Templates by use")
    description = _("Which dances people ask for: share, change, moves in rank, and the lead of the first.")
    identity = ("slug",)
    filters = (APP, TEMPLATE, ENGINE, DATA)
    columns = (
        Column("template", _("template"), ColumnKind.TEXT),
        Column("rank", _("rank"), help=_("Templates with the same number share the better rank.")),
        Column("moved", _("move in rank"), ColumnKind.TEXT, _("Since the period that it is compared with.")),
        Column(
            "moved_code",
            _("move in rank, code"),
            ColumnKind.TEXT,
            _("new, same, up or down."),
            is_for_programs=True,
        ),
        Column("moved_steps", _("move in rank, steps"), help=_("Below zero for down."), is_for_programs=True),
        Column("submitted", _("submitted"), is_compared=True),
        Column(
            "share",
            _("share"),
            ColumnKind.PERCENT,
            _("Of all videos asked for with any template."),
            is_compared=True,
        ),
        Column("ahead", _("ahead"), help=_("By how many videos it leads the next in rank.")),
        Column("finished", _("finished"), is_compared=True),
        Column("slug", _("slug"), ColumnKind.TEXT),
    )

    def columns_for(self, asked: Asked) -> tuple[Column, ...]:
        without = {"moved", "moved_code", "moved_steps"} if asked.compare == Compare.NONE else set()
        return tuple(column for column in self.columns if column.key not in without)

    def rows(self, asked: Asked) -> list[Row]:
        """With a template only its own row, which keeps its rank and share among all."""
        chosen = asked.choice("template")
        return [row for row in self._ranked(asked) if not chosen or row["slug"] == chosen]

    def _ranked(self, asked: Asked) -> list[Row]:
        totals = self._totals(asked, asked.period)
        ranks = _ranks(totals)
        earlier = asked.period.compared(asked.compare, asked.now)
        before = _ranks(self._totals(asked, earlier)) if earlier is not None else {}
        known = template_names(tuple(sorted(totals, key=str)))
        names = {one: name for one, (name, _slug) in known.items()}
        slugs = {one: slug for one, (_name, slug) in known.items()}
        whole = sum(counts[_SUBMITTED] for counts in totals.values())
        order = sorted(totals, key=lambda one: (ranks[one], names[one]))
        rows: list[Row] = []
        for place, one in enumerate(order):
            count = totals[one][_SUBMITTED]
            following = totals[order[place + 1]][_SUBMITTED] if place + 1 < len(order) else None
            rows.append(
                {
                    "template": names[one],
                    "rank": ranks[one],
                    **_moved(ranks[one], before.get(one)),
                    "submitted": count,
                    "share": part_of(count, whole),
                    "ahead": count - following if following is not None else None,
                    "finished": totals[one][_FINISHED],
                    "slug": slugs[one],
                }
            )
        return rows

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        return {"template": gettext("together"), **{key: sum_of(rows, key) for key in COUNTED}}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        shown = rows[:BARS_DRAWN]
        return Chart(
            ChartKind.BARS,
            _("Share of the most danced templates"),
            [row["template"] for row in shown],
            [Series(_("share"), [row["share"] for row in shown])],
            " %",
            summary=lead_text(rows),
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        lead = lead_text(rows)
        return [*([lead] if lead else []), *super().notes(asked, rows)]

    def _totals(self, asked: Asked, period: Period) -> Mapping[UUID, Mapping[str, int]]:
        wanted = replace(self.wanted(asked, period), template=None)
        totals = template_totals(wanted, period, COUNTED)
        return {one: counts for one, counts in totals.items() if counts[_SUBMITTED] or counts[_FINISHED]}


def lead_text(rows: Sequence[Row]) -> str:
    """By how much the first one leads, as a sentence; empty when there is nobody to lead."""
    if len(rows) < 2:
        return ""
    first, second = rows[0], rows[1]
    if not rows[0]["ahead"]:
        return gettext("%(first)s and %(second)s share the lead.") % {
            "first": first["template"],
            "second": second["template"],
        }
    return gettext("%(first)s leads by %(ahead)d videos, %(points)s points of share before %(second)s.") % {
        "first": first["template"],
        "ahead": first["ahead"],
        "points": f"{(first['share'] or 0) - (second['share'] or 0):.1f}",
        "second": second["template"],
    }


def _ranks(totals: Mapping[UUID, Mapping[str, int]]) -> dict[UUID, int]:
    counts = sorted((one[_SUBMITTED] for one in totals.values()), reverse=True)
    first = {count: place for place, count in reversed(list(enumerate(counts, 1)))}
    return {template: first[one[_SUBMITTED]] for template, one in totals.items()}


def _moved(rank: int, before: int | None) -> dict[str, Any]:
    """The move as a text, as a code and in steps; none of a template that was not danced before."""
    steps = before - rank if before is not None else None
    code = "new" if steps is None else "same" if steps == 0 else "up" if steps > 0 else "down"
    text = {
        "new": gettext("new"),
        "same": gettext("same"),
        "up": gettext("up %(steps)d"),
        "down": gettext("down %(steps)d"),
    }[code]
    return {
        "moved": text % {"steps": abs(steps or 0)},
        "moved_code": code,
        "moved_steps": steps,
    }
