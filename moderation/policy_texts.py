"""What people read about a policy's rules: faults as sentences, rules in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SurfaceChoice, VerdictChoice
from moderation.policy.checks import RuleFault
from moderation.policy.rules import ANY

_FAULTS: Mapping[str, Any] = {
    "invalid": _("%(rule)s: this rule is not valid: %(detail)s"),
    "twice": _("%(rule)s: two rules speak of the same findings; keep one."),
    "failed_scanner": _("A rule must send every failed scanner to review or block it, on any surface."),
    "gap": _("The category “%(category)s” has no rule for any kind of job on: %(surfaces)s."),
    "covered": _("%(rule)s: this rule never counts, because another always matches too: %(other)s."),
    "extreme_passes": _("In the category “%(category)s” even the gravest finding passes on: %(surfaces)s."),
}


def fault_text(fault: RuleFault, rows: Sequence[Mapping[str, Any]]) -> str:
    """The remark as a sentence in the reader's language. rows: those that were checked."""
    named = [rule_words(rows[position]) for position in fault.positions]
    values = {
        "rule": named[0] if named else "",
        "other": named[1] if len(named) > 1 else "",
        "detail": fault.detail,
        "category": category_text(fault.category) if fault.category else "",
        "surfaces": listed(surface_text(surface) for surface in fault.surfaces),
    }
    return str(_FAULTS[fault.code]) % values


def rule_words(row: Mapping[str, Any]) -> str:
    """A rule in one line: where, from which severity and confidence, and what it leads to."""
    values = {
        "category": category_text(row["category"]),
        "surface": surface_text(row["surface"]),
        "severity": row["min_severity"],
        "confidence": row["min_confidence"],
        "verdict": verdict_text(row["verdict"]),
    }
    words = gettext(
        "%(category)s, %(surface)s, severity ≥ %(severity)s, confidence ≥ %(confidence)s %% → %(verdict)s"
    )
    if row["job_kind"] == ANY:
        return words % values
    return f"{words % values} ({row['job_kind']})"


def category_text(category: str) -> str:
    """The category's name; an unknown one stands for itself."""
    return str(dict(CategoryChoice.choices).get(str(category), category))


def surface_text(surface: str) -> str:
    """The surface's name, also of ANY."""
    if surface == ANY:
        return gettext("any surface")
    return str(dict(SurfaceChoice.choices).get(str(surface), surface))


def verdict_text(verdict: str) -> str:
    """The verdict's name."""
    return str(dict(VerdictChoice.choices).get(str(verdict), verdict))


def listed(words: Iterable[str]) -> str:
    """An enumeration in the reader's language."""
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(words)
