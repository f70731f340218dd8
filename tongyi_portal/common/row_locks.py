"""RowLocks: database triggers that hold rows still, so that more than our own Python refuses to change them.

They are put in place after every migration, because SQLite drops a table's triggers when a migration
rebuilds it. SQLite has no TRUNCATE, and Django empties test tables with DELETE, so that tests leave
EVIDENCE_DELETES_REFUSED off there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

Verbs = tuple[str, ...]
_PRESENT = {  # a trigger that somebody has disabled holds nothing
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


@dataclass(frozen=True)
class RowLocks:
    """The triggers of one app; each callable is given the verbs that its database refuses.

    names: of the triggers. sqlite, postgresql: statements that create those that are not there.
    """

    names: Callable[[Verbs], set[str]]
    sqlite: Callable[[Verbs], list[str]]
    postgresql: Callable[[Verbs], list[str]]

    def install(self, connection: BaseDatabaseWrapper) -> None:
        """Create the triggers that are missing; on PostgreSQL and SQLite, nothing on other databases."""
        statements = {"postgresql": self.postgresql, "sqlite": self.sqlite}.get(connection.vendor)
        if statements is None:
            return
        with connection.cursor() as cursor:
            for statement in statements(refused_verbs(connection.vendor)):
                cursor.execute(statement)

    def missing(self, connection: BaseDatabaseWrapper) -> list[str]:
        """Names of triggers that should be there and are not (also those that somebody has disabled)."""
        if connection.vendor not in _PRESENT:
            return []
        with connection.cursor() as cursor:
            cursor.execute(_PRESENT[connection.vendor])
            present = {row[0] for row in cursor.fetchall()}
        return sorted(self.names(refused_verbs(connection.vendor)) - present)


_LOCKS: dict[str, RowLocks] = {}


def row_locks_register(app: str, locks: RowLocks) -> None:
    """Called once in the app's AppConfig.ready."""
    _LOCKS[app] = locks


def every_lock_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """What is missing of the triggers of all apps."""
    return [name for locks in _LOCKS.values() for name in locks.missing(connection)]


def refused_verbs(vendor: str) -> Verbs:
    """What no statement may do to a row that is held still."""
    refuses_deletes = vendor == "postgresql" or settings.EVIDENCE_DELETES_REFUSED
    return ("update", "delete") if refuses_deletes else ("update",)
