"""Counts of a simulation as its page and the confirmation show them."""

from dataclasses import dataclass
from typing import Any

from moderation.models import PolicySimulation
from moderation.policy.replay import (
    LIVE,
    THEN,
    Matrix,
    changed_of,
    matrix_of,
    totals_after,
    totals_before,
)
from moderation.policy_texts import category_text, surface_text, verdict_text
from moderation.services.simulations import ReviewLoad, days_covered, review_load
from moderation.subject_registry import job_kinds
from moderation.taxonomy import Verdict


@dataclass(frozen=True)
class MatrixCell:
    before: str
    after: str
    count: int
    is_same: bool


@dataclass(frozen=True)
class MatrixRow:
    verdict: str
    name: str
    cells: list[MatrixCell]
    total: int


@dataclass(frozen=True)
class Side:
    """One baseline: its matrix, and how many scans get another verdict."""

    baseline: str
    rows: list[MatrixRow]
    totals: list[int]
    changed: int
    load: ReviewLoad


@dataclass(frozen=True)
class GroupRow:
    """One surface, category or job kind: scans with each verdict, before (live) and after."""

    name: str
    key: str
    changed: int
    verdicts: list[tuple[int, int]]


def simulation_summary(simulation: PolicySimulation) -> dict[str, Any]:
    """Both matrices, the groups, and what the new policy asks of reviewers."""
    counts = simulation.counts
    after = totals_after(matrix_of(counts, LIVE))
    days = days_covered(simulation)
    return {
        "sides": [side(simulation, baseline, days) for baseline in (THEN, LIVE)],
        "verdict_names": [verdict_text(verdict) for verdict in Verdict],
        "load": review_load(after[Verdict.REVIEW], days),
        "groups": [
            ("surface", _groups(counts, "surface", surface_text)),
            ("category", _groups(counts, "category", category_text)),
            ("job_kind", _groups(counts, "job_kind", lambda key: job_kinds().get(key, key) or "–")),
        ],
    }


def side(simulation: PolicySimulation, baseline: str, days: float) -> Side:
    """The matrix against one baseline; days: that its scans cover."""
    matrix = matrix_of(simulation.counts, baseline)
    before = totals_before(matrix)
    return Side(
        baseline,
        matrix_rows(matrix),
        list(totals_after(matrix).values()),
        changed_of(matrix),
        review_load(before[Verdict.REVIEW], days),
    )


def matrix_rows(matrix: Matrix) -> list[MatrixRow]:
    """Rows of a matrix with names."""
    return [
        MatrixRow(
            before,
            verdict_text(before),
            [MatrixCell(before, after, count, before == after) for after, count in row.items()],
            sum(row.values()),
        )
        for before, row in matrix.items()
    ]


def _groups(counts: dict[str, Any], kind: str, name_of: Any) -> list[GroupRow]:
    rows: list[GroupRow] = []
    for key, group in counts.get(kind, {}).items():
        matrix = matrix_of(group, LIVE)
        before, after = totals_before(matrix), totals_after(matrix)
        verdicts = [(before[verdict], after[verdict]) for verdict in Verdict]
        rows.append(GroupRow(name_of(key), key, changed_of(matrix), verdicts))
    return sorted(rows, key=lambda row: (-row.changed, row.name))
