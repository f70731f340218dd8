"""docs/states.md draws the transition tables as they are, and every table is sound."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from tongyi_portal.common.states import StateMachine

MODULES = (
    "templates_app.states",
    "moderation.states",
    "generation.states",
    "tongyi_portal.webhooks.states",
    "tongyi_portal.usage.states",
)


def _machines() -> dict[str, StateMachine]:
    return {
        f"{module}.{name}": value
        for module in MODULES
        for name, value in vars(import_module(module)).items()
        if isinstance(value, StateMachine)
    }


def _drawn(document: str, title: str) -> set[tuple[str, str]]:
    match = re.search(rf"^## `{re.escape(title)}`.*?```mermaid\n(.*?)```", document, re.DOTALL | re.MULTILINE)
    assert match is not None, f"docs/states.md has no drawing of {title}"
    return set(re.findall(r"^\s*(\w+) --> (\w+)$", match[1], re.MULTILINE))


@pytest.mark.parametrize("title", sorted(_machines()))
def test_the_drawing_shows_the_table(project_root: Path, title: str) -> None:
    table = _machines()[title].table
    moves = {(str(state), str(target)) for state, targets in table.items() for target in targets}
    assert _drawn((project_root / "docs" / "states.md").read_text(), title) == moves


@pytest.mark.parametrize("title", sorted(_machines()))
def test_every_state_but_the_first_can_be_reached(title: str) -> None:
    machine = _machines()[title]
    _first, *others = machine.table
    assert [state for state in others if not machine.sources(state)] == []


@pytest.mark.parametrize("title", sorted(_machines()))
def test_the_same_states_are_offered_as_choices_of_the_field(title: str) -> None:
    table = _machines()[title].table
    choices = type(next(iter(table)))
    assert set(table) == set(choices)
