"""StateMachine: one transition table, moved with a compare-and-set UPDATE; state_moved tells of each move."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import models
from django.dispatch import Signal
from django.utils import timezone

from tongyi_portal.common.errors import TransitionRefused

# (before, after): a row as the mover had read it, and as it is now; sent inside the mover's transaction.
state_moved = Signal()


class StateMachine:
    """The allowed moves of one model's `state` field.

    `table` maps each state to the set of states that may follow it; an absent or empty set is an end state.
    """

    def __init__(self, table: Mapping[str, frozenset[str] | set[str]]) -> None:
        self.table = {state: frozenset(following) for state, following in table.items()}
        unknown = {follower for following in self.table.values() for follower in following} - set(self.table)
        if unknown:
            raise ValueError(f"States {sorted(unknown)} are reached but not in the table.")

    def sources(self, target: str) -> frozenset[str]:
        """The states from which `target` may be entered."""
        return frozenset(state for state, following in self.table.items() if target in following)

    def is_end(self, state: str) -> bool:
        return not self.table[state]

    def move(
        self, row: models.Model, target: str, *, guard: Mapping[str, Any] | None = None, **changes: Any
    ) -> None:
        """Set the row's state to `target` and `changes` with it, only if its stored state allows the move.

        `guard` adds conditions on the stored row (a lease token, a claim owner). The instance is refreshed on
        success. Raises TransitionRefused when no row matched; nothing is changed then.
        """
        if any(field.name == "updated_at" for field in row._meta.fields):
            changes.setdefault("updated_at", timezone.now())
        matched = (
            type(row)
            ._default_manager.filter(pk=row.pk, state__in=self.sources(target), **(guard or {}))
            .update(state=target, **changes)
        )
        if not matched:
            raise TransitionRefused(details={"target": target})
        before = copy(row)
        row.refresh_from_db()
        state_moved.send(sender=type(row), before=before, after=row)
