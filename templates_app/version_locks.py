"""VERSION_LOCKS: the database triggers that hold published versions still."""

from templates_app.models import TemplateVersion
from tongyi_portal.common.row_locks import RowLocks, Verbs

TABLE = TemplateVersion._meta.db_table
_PREFIX = f"{TABLE}_published_no_"


def _names(verbs: Verbs) -> set[str]:
    return {_PREFIX + verb for verb in verbs}


def _refused(verb: str, differs: str) -> str:
    """When a change of a row is refused: it was published, and its content would differ."""
    if verb == "delete":
        return "OLD.published_at IS NOT NULL"
    columns = sorted(
        str(field.column)
        for field in TemplateVersion._meta.concrete_fields
        if field.column and field.name in TemplateVersion.FROZEN
    )
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)
    return f"OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR {changed})"


def _sqlite(verbs: Verbs) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {_PREFIX}{verb} BEFORE {verb.upper()} ON {TABLE} "
        f"WHEN {_refused(verb, 'IS NOT')} "
        f"BEGIN SELECT RAISE(ABORT, 'a published version cannot be changed'); END"
        for verb in verbs
    ]


def _postgresql(verbs: Verbs) -> list[str]:
    """The condition stands in the function, so that a migration may still alter the columns."""
    statements = []
    for verb in verbs:
        function, returned = f"templates_refuse_published_{verb}", "OLD" if verb == "delete" else "NEW"
        statements.append(
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {_refused(verb, 'IS DISTINCT FROM')} THEN RAISE EXCEPTION "
            f"'a published version cannot be changed' USING ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {returned}; END $$"
        )
        statements.append(
            f"CREATE OR REPLACE TRIGGER {_PREFIX}{verb} BEFORE {verb.upper()} ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    return statements


VERSION_LOCKS = RowLocks(names=_names, sqlite=_sqlite, postgresql=_postgresql)
