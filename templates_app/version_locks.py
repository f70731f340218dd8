"""Database triggers that hold published versions still, so that more than our own Python refuses changes.

They are put in place after every migration, as those of moderation.evidence_locks are, and for the same
reasons; tests leave EVIDENCE_DELETES_REFUSED off on SQLite.
"""

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from templates_app.models import TemplateVersion

TABLE = TemplateVersion._meta.db_table
_PREFIX = f"{TABLE}_published_no_"


def version_locks_install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers that are missing. Does nothing on other databases than PostgreSQL and SQLite."""
    statements = {"postgresql": _postgresql, "sqlite": _sqlite}.get(connection.vendor)
    if statements is None:
        return
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def version_locks_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that should be there and are not (also those that somebody has disabled)."""
    catalogue = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    if connection.vendor not in catalogue:
        return []
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        present = {row[0] for row in cursor.fetchall()}
    return sorted({_PREFIX + verb for verb in _verbs(connection.vendor)} - present)


def _verbs(vendor: str) -> tuple[str, ...]:
    refuses_deletes = vendor == "postgresql" or settings.EVIDENCE_DELETES_REFUSED
    return ("update", "delete") if refuses_deletes else ("update",)


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


def _sqlite() -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {_PREFIX}{verb} BEFORE {verb.upper()} ON {TABLE} "
        f"WHEN {_refused(verb, 'IS NOT')} "
        f"BEGIN SELECT RAISE(ABORT, 'a published version cannot be changed'); END"
        for verb in _verbs("sqlite")
    ]


def _postgresql() -> list[str]:
    """The condition stands in the function, so that a migration may still alter the columns."""
    statements = []
    for verb, returned in (("update", "NEW"), ("delete", "OLD")):
        function = f"templates_refuse_published_{verb}"
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
