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


def refused_when(
    *, table: str, prefix: str, functions: str, why: str, condition: Callable[[str, str], str]
) -> RowLocks:
    """Locks of one table that refuse a verb where a condition on OLD and NEW holds.

    prefix, functions: of the names of triggers and, on PostgreSQL, of their functions; the verb follows. why:
    what the database says. condition: SQL for a verb and for what tells two values apart, also from NULL, on
    this database. On PostgreSQL it stands in the function, so that a migration may still alter the columns.
    """

    def sqlite(verbs: Verbs) -> list[str]:
        return [
            f"CREATE TRIGGER IF NOT EXISTS {prefix}{verb} BEFORE {verb.upper()} ON {table} "
            f"WHEN {condition(verb, 'IS NOT')} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            for verb in verbs
        ]

    def postgresql(verbs: Verbs) -> list[str]:
        statements = []
        for verb in verbs:
            function, returned = f"{functions}{verb}", "OLD" if verb == "delete" else "NEW"
            statements.append(
                f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition(verb, 'IS DISTINCT FROM')} THEN RAISE EXCEPTION '{why}' "
                f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {returned}; END $$"
            )
            statements.append(
                f"CREATE OR REPLACE TRIGGER {prefix}{verb} BEFORE {verb.upper()} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {function}()"
            )
        return statements

    def names(verbs: Verbs) -> set[str]:
        return {prefix + verb for verb in verbs}

    return RowLocks(names=names, sqlite=sqlite, postgresql=postgresql)


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
