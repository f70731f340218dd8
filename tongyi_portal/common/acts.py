"""act_tell: what staff do in apps that lie below the audit chain is told to whoever keeps such acts."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.db import models


class ActKeeper(Protocol):
    """Writes an act down inside the caller's transaction, as its last step; the arguments are act_tell's."""

    def __call__(
        self, *, action: str, subject: models.Model | None, actor: Any, data: Mapping[str, Any] | None
    ) -> object: ...


_KEEPERS: dict[str, ActKeeper] = {}


def act_keeper_register(name: str, keeper: ActKeeper) -> None:
    """Called in AppConfig.ready by the app that keeps acts."""
    _KEEPERS[name] = keeper


def act_tell(*, action: str, subject: models.Model, actor: Any, data: Mapping[str, Any]) -> None:
    """Have an act kept; call it last in the transaction, as keepers may lock what all writers share.

    action: "<thing>.<part>.<what happened>". data: JSON without floats. Raises LookupError where nobody keeps
    acts, so that none is lost in silence.
    """
    if not _KEEPERS:
        raise LookupError(f"Nobody keeps acts such as {action!r}.")
    for keeper in _KEEPERS.values():
        keeper(action=action, subject=subject, actor=actor, data=data)
