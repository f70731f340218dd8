"""period_controls, filter_controls: what a reader chooses a report's question with, as its pages show it."""

from collections.abc import Callable, Iterable
from typing import Any

from tongyi_portal.common.report_periods import Compare, Preset
from tongyi_portal.common.reports import Asked, ChoiceFilter


def period_controls(asked: Asked) -> dict[str, Any]:
    """Presets and comparisons, for parts/controls.html."""
    return {
        "presets": _options(Preset.choices, asked.period.preset),
        "compares": _options(Compare.choices, asked.compare),
    }


def filter_controls(filters: Iterable[ChoiceFilter], chosen: Callable[[str], str]) -> list[dict[str, Any]]:
    """Each filter with the values that it offers. chosen: the value of a filter, by its key."""
    return [
        {"key": one.key, "title": one.title, "options": _options(one.offered(), chosen(one.key))}
        for one in filters
    ]


def _options(choices: Iterable[tuple[str, Any]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "name": name, "is_chosen": value == chosen} for value, name in choices]
