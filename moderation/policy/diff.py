"""rules_diff: what differs between two sets of rules. Pure Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RuleRow = Mapping[str, Any]
_PLACE = ("category", "surface", "job_kind", "min_severity")
_REST = ("min_confidence", "verdict", "reason_code")


@dataclass(frozen=True)
class RuleChange:
    """before None: the rule is new; after None: it is gone; both: it stands where the other stood."""

    before: RuleRow | None
    after: RuleRow | None


def rules_diff(old: Sequence[RuleRow], new: Sequence[RuleRow]) -> list[RuleChange]:
    """All differences by category; rules for the same place are told as one change, milder verdicts first."""
    before, after = _by_place(old), _by_place(new)
    changes: list[RuleChange] = []
    for place in sorted({*before, *after}):
        gone = [row for row in before.get(place, []) if not _holds(after.get(place, []), row)]
        added = [row for row in after.get(place, []) if not _holds(before.get(place, []), row)]
        for row in list(gone):
            match = next((one for one in added if one["verdict"] == row["verdict"]), None)
            if match is not None:
                gone.remove(row)
                added.remove(match)
                changes.append(RuleChange(row, match))
        paired = min(len(gone), len(added))
        changes += [RuleChange(one, other) for one, other in zip(gone, added, strict=False)]
        changes += [RuleChange(row, None) for row in gone[paired:]]
        changes += [RuleChange(None, row) for row in added[paired:]]
    return changes


def _by_place(rows: Sequence[RuleRow]) -> dict[tuple[str, ...], list[RuleRow]]:
    places: dict[tuple[str, ...], list[RuleRow]] = {}
    for row in rows:
        places.setdefault(tuple(str(row[field]) for field in _PLACE), []).append(row)
    return places


def _holds(rows: Sequence[RuleRow], row: RuleRow) -> bool:
    return any(all(str(one[field]) == str(row[field]) for field in _REST) for one in rows)
