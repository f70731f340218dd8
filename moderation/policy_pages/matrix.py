"""The rules of a policy as the console draws them: for each category a matrix of surfaces and severities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language

from moderation.models.choices import CategoryChoice, SeverityChoice, VerdictChoice
from moderation.policy.bands import Bands, bands, strictest
from moderation.policy.checks import RULE_FIELDS
from moderation.policy.rules import ANY, REASONS, reason_text
from moderation.policy_texts import surface_text
from moderation.subject_registry import job_kinds
from moderation.taxonomy import Surface, Verdict

RuleRow = Mapping[str, Any]
SURFACES = (
    ANY,
    Surface.PHOTO,
    Surface.GARMENT,
    Surface.MOTION_VIDEO,
    Surface.OUTPUT,
    Surface.PROMPT,
    Surface.QUOTED_TEXT,
)

NEW_RULE: RuleRow = {
    "category": "",
    "surface": ANY,
    "job_kind": ANY,
    "min_severity": 0,
    "min_confidence": 50,
    "verdict": Verdict.REVIEW.value,
    "reason_code": "other",
}


@dataclass(frozen=True)
class Cell:
    """One surface and severity. rules: those that begin exactly here, with their position in the form."""

    severity: int
    severity_name: str
    key: str
    bands: Bands
    rules: list[tuple[int, RuleRow]]


@dataclass(frozen=True)
class Row:
    surface: str
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Section:
    """One category. count: its rules; summary: for each severity the strictest of all surfaces."""

    category: str
    name: str
    rows: list[Row]
    count: int
    summary: list[Cell]


def sections(rules: Sequence[RuleRow]) -> list[Section]:
    """All categories in the order of the taxonomy; rules are numbered in the order of the form."""
    numbers = iter(range(len(rules)))
    return [_section(str(value), str(name), rules, numbers) for value, name in CategoryChoice.choices]


def ordered(rules: Sequence[RuleRow]) -> list[RuleRow]:
    """The rules in the order in which the form shows and sends them."""
    return [
        rule
        for section in sections(rules)
        for row in section.rows
        for cell in row.cells
        for _number, rule in cell.rules
    ]


def drawable(rules: Sequence[RuleRow]) -> list[RuleRow]:
    """Rules of which some are invalid: what is no number is drawn as 0, so that the rest can be shown."""
    numbers = ("min_severity", "min_confidence")
    return [
        {**rule, **{field: rule[field] if isinstance(rule[field], int) else 0 for field in numbers}}
        for rule in rules
    ]


def strips(rules: Sequence[RuleRow]) -> dict[str, dict[str, Any]]:
    """Bands of every cell by its key, for the browser."""
    found: dict[str, dict[str, Any]] = {}
    for section in sections(rules):
        for cell in (*section.summary, *(cell for row in section.rows for cell in row.cells)):
            one = cell.bands
            found[cell.key] = {"review": one.review_from, "block": one.block_from, "known": one.has_rule}
    return found


def rows_from_form(data: Any) -> list[dict[str, Any]]:
    """The rules that the editor sends as parallel lists. Raises ValueError when the lists do not fit."""
    columns = [data.getlist(field) for field in RULE_FIELDS]
    rows = [dict(zip(RULE_FIELDS, values, strict=True)) for values in zip(*columns, strict=True)]
    for row in rows:
        for field in ("min_severity", "min_confidence"):
            row[field] = _whole(row[field])
    return rows


def choices() -> dict[str, Any]:
    """What the editor's fields offer."""
    return {
        "verdicts": VerdictChoice.choices,
        "severities": SeverityChoice.choices,
        "reasons": [(code, reason_text(code, get_language() or "en")) for code in REASONS],
        "reason_texts": {code: {"en": text.english, "zh": text.chinese} for code, text in REASONS.items()},
        "job_kinds": job_kinds(),
        "surfaces": [(str(surface), surface_text(surface)) for surface in Surface],
    }


def _section(category: str, name: str, rules: Sequence[RuleRow], numbers: Any) -> Section:
    own = [rule for rule in rules if rule["category"] == category]
    rows = [
        Row(
            str(surface),
            surface_text(surface),
            [
                _cell(category, str(surface), severity, str(severity_name), own, numbers)
                for severity, severity_name in SeverityChoice.choices
            ],
        )
        for surface in SURFACES
    ]
    return Section(category, name, rows, len(own), _summary(category, rows))


def _summary(category: str, rows: Sequence[Row]) -> list[Cell]:
    columns = zip(*(row.cells for row in rows if row.surface != ANY), strict=True)
    return [
        replace(
            cells[0],
            key=f"{category}|all|{cells[0].severity}",
            bands=strictest(cell.bands for cell in cells),
            rules=[],
        )
        for cells in columns
    ]


def _cell(
    category: str, surface: str, severity: int, severity_name: str, rules: Sequence[RuleRow], numbers: Any
) -> Cell:
    here = [
        rule for rule in rules if rule["surface"] == surface and int(rule["min_severity"]) == int(severity)
    ]
    placed = sorted(here, key=lambda rule: (rule["job_kind"] != ANY, int(rule["min_confidence"])))
    return Cell(
        int(severity),
        severity_name,
        f"{category}|{surface}|{int(severity)}",
        bands(rules, category, surface, int(severity)),
        [(next(numbers), rule) for rule in placed],
    )


def _whole(text: str) -> Any:
    """The number that was typed; the text itself when it is none, so that the check can name it."""
    try:
        return int(text)
    except ValueError:
        return text


def severity_names() -> list[str]:
    """Headings of the columns."""
    return [str(name) for _value, name in SeverityChoice.choices]
