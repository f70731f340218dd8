"""Database triggers that hold evidence still, so that more than our own Python refuses to change it.

They are put in place after every migration, because SQLite drops a table's triggers when a migration
rebuilds it. SQLite has no TRUNCATE, and Django empties test tables with DELETE, so that tests leave
EVIDENCE_DELETES_REFUSED off there.
"""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

_FREE_COLUMNS = {  # what an erasure empties: the account of a scan, and words about people
    "moderation_accountmeasure": {"note"},
    "moderation_bankentry": {"added_by_id", "removed_at", "removed_by_id", "removed_reason"},
    "moderation_decision": {"note"},
    "moderation_finding": {"evidence"},
    "moderation_keptframe": {"key", "erased_at"},
    "moderation_measurelift": {"note"},
    "moderation_scanrun": {"owner_id"},
    "moderation_strike": {"note"},
    "moderation_strikelift": {"note"},
}
_APPEND_ONLY = (
    "AccountMeasure",
    "AuditEntry",
    "BankEntry",
    "Decision",
    "Finding",
    "KeptFrame",
    "MeasureLift",
    "ReviewAnswer",
    "ScanRun",
    "ShadowVerdict",
    "StatementOfReasons",
    "Strike",
    "StrikeLift",
)
_DRAFT_ONLY = "moderation_policyrule"
# Changes that are refused depending on what the row was: table, name, and when.
_GUARDED = (
    (
        "moderation_policy",
        "thaw",
        "OLD.state <> 'draft' AND (NEW.state = 'draft' OR NEW.digest <> OLD.digest)",
    ),
    (
        "moderation_bankentry",
        "revival",
        "OLD.removed_at IS NOT NULL AND (NEW.removed_at IS NULL OR NEW.removed_at <> OLD.removed_at"
        " OR NEW.removed_reason <> OLD.removed_reason)",
    ),
    (  # hidden once and for good, and only then without its file
        "moderation_keptframe",
        "hiding",
        "(OLD.erased_at IS NOT NULL AND (NEW.erased_at IS NULL OR NEW.erased_at <> OLD.erased_at))"
        " OR (NEW.key <> OLD.key AND (OLD.erased_at IS NULL OR NEW.key <> ''))",
    ),
)
_NEVER_DELETED = ("ReviewItem",)  # they change, and none of them ever goes
_NOT_DRAFT = "EXISTS (SELECT 1 FROM moderation_policy WHERE id = {row}.policy_id AND state <> 'draft')"


def locks_install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers that are missing. Does nothing on other databases than PostgreSQL and SQLite."""
    statements = {"postgresql": _postgresql, "sqlite": _sqlite}.get(connection.vendor)
    if statements is None:
        return
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def locks_missing(connection: BaseDatabaseWrapper) -> list[str]:
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
    return sorted(_names(connection.vendor) - present)


def _tables() -> dict[str, list[str]]:
    """Append-only tables and the columns that must never change."""
    tables = {}
    for name in _APPEND_ONLY:
        model: Any = apps.get_model("moderation", name)
        free = _FREE_COLUMNS.get(model._meta.db_table, set())
        columns = [field.column for field in model._meta.concrete_fields]
        tables[model._meta.db_table] = [column for column in columns if column not in free]
    return tables


def _names(vendor: str) -> set[str]:
    verbs = _verbs(vendor)
    names = {f"{table}_no_{verb}" for table in _tables() for verb in verbs}
    names |= {f"{_DRAFT_ONLY}_no_{verb}" for verb in ("insert", *verbs)}
    if "delete" in verbs:
        names |= {f"{table}_no_delete" for table in _kept_tables()}
    return names | {f"{table}_no_{verb}" for table, verb, _when in _GUARDED}


def _kept_tables() -> list[str]:
    return [apps.get_model("moderation", name)._meta.db_table for name in _NEVER_DELETED]


def _verbs(vendor: str) -> tuple[str, ...]:
    refuses_deletes = vendor == "postgresql" or settings.EVIDENCE_DELETES_REFUSED
    return ("update", "delete") if refuses_deletes else ("update",)


def _sqlite() -> list[str]:
    template = (
        "CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {event} ON {table} {when} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    statements = [
        template.format(table=table, verb="update", event=_update_of(columns), when="")
        for table, columns in _tables().items()
    ]
    if "delete" in _verbs("sqlite"):
        statements += [
            template.format(table=table, verb="delete", event="DELETE", when="")
            for table in (*_tables(), *_kept_tables())
        ]
    for verb in ("insert", *_verbs("sqlite")):
        when = f"WHEN {_NOT_DRAFT.format(row='NEW' if verb == 'insert' else 'OLD')}"
        statements.append(template.format(table=_DRAFT_ONLY, verb=verb, event=verb.upper(), when=when))
    for table, verb, when in _GUARDED:
        statements.append(template.format(table=table, verb=verb, event="UPDATE", when=f"WHEN {when}"))
    return statements


def _postgresql() -> list[str]:
    refuse = (
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
    )
    function = (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    )
    trigger = (
        "CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {event} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    statements = [function.format(name="moderation_refuse_change", body=refuse)]
    for table, columns in _tables().items():
        for verb, event in (("update", _update_of(columns)), ("delete", "DELETE")):
            statements.append(
                trigger.format(table=table, verb=verb, event=event, function="moderation_refuse_change")
            )
    for table in _kept_tables():
        statements.append(
            trigger.format(table=table, verb="delete", event="DELETE", function="moderation_refuse_change")
        )
    for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
        name = f"moderation_refuse_rule_{verb}"
        returned = "OLD" if verb == "delete" else "NEW"
        body = f"IF {_NOT_DRAFT.format(row=row)} THEN {refuse} END IF; RETURN {returned};"
        statements.append(function.format(name=name, body=body))
        statements.append(trigger.format(table=_DRAFT_ONLY, verb=verb, event=verb.upper(), function=name))
    for table, verb, when in _GUARDED:
        name, body = f"moderation_refuse_{verb}", f"IF {when} THEN {refuse} END IF; RETURN NEW;"
        statements.append(function.format(name=name, body=body))
        statements.append(trigger.format(table=table, verb=verb, event="UPDATE", function=name))
    return statements


def _update_of(columns: list[str]) -> str:
    return f"UPDATE OF {', '.join(columns)}"
