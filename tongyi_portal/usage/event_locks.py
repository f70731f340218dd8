"""EVENT_LOCKS: the database triggers that make the events append-only.

An event never changes. One may be deleted only when it is demo data, or lies before RollupMark.kept_from: so
whoever removes history must first say so in a row that everybody sees. PostgreSQL drops whole months, which
no trigger sees; `usage_purge` moves kept_from first there as well.
"""

from tongyi_portal.common.row_locks import RowLocks, Verbs
from tongyi_portal.usage.models import RollupMark, UsageEvent

TABLE = UsageEvent._meta.db_table
_MARK = RollupMark._meta.db_table
_WHY = f"{TABLE} is append-only"
_KEPT_FROM = f"(SELECT kept_from FROM {_MARK} WHERE id = 1)"  # noqa: S608  # a table of ours
_REFUSED = {
    "update": "TRUE",
    "delete": f"NOT OLD.is_demo AND NOT COALESCE(OLD.at < {_KEPT_FROM}, FALSE)",
}


def _names(verbs: Verbs) -> set[str]:
    return {f"{TABLE}_no_{verb}" for verb in verbs}


def _sqlite(verbs: Verbs) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
        f"WHEN {_REFUSED[verb]} BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
        for verb in verbs
    ]


def _postgresql(verbs: Verbs) -> list[str]:
    statements = []
    for verb in verbs:
        function, returned = f"usage_refuse_event_{verb}", "OLD" if verb == "delete" else "NEW"
        statements.append(
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {_REFUSED[verb]} THEN RAISE EXCEPTION '{_WHY}' "
            f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {returned}; END $$"
        )
        statements.append(
            f"CREATE OR REPLACE TRIGGER {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    return statements


EVENT_LOCKS = RowLocks(names=_names, sqlite=_sqlite, postgresql=_postgresql)
