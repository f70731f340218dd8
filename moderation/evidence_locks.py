"""EVIDENCE_LOCKS: the database triggers that hold evidence still."""

from typing import Any

from django.apps import apps

from tongyi_portal.common.row_locks import RowLocks, Verbs

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


def _tables() -> dict[str, list[str]]:
    """Append-only tables and the columns that must never change."""
    tables = {}
    for name in _APPEND_ONLY:
        model: Any = apps.get_model("moderation", name)
        free = _FREE_COLUMNS.get(model._meta.db_table, set())
        columns = [field.column for field in model._meta.concrete_fields]
        tables[model._meta.db_table] = [column for column in columns if column not in free]
    return tables


def _names(verbs: Verbs) -> set[str]:
    names = {f"{table}_no_{verb}" for table in _tables() for verb in verbs}
    names |= {f"{_DRAFT_ONLY}_no_{verb}" for verb in ("insert", *verbs)}
    if "delete" in verbs:
        names |= {f"{table}_no_delete" for table in _kept_tables()}
    return names | {f"{table}_no_{verb}" for table, verb, _when in _GUARDED}


def _kept_tables() -> list[str]:
    return [apps.get_model("moderation", name)._meta.db_table for name in _NEVER_DELETED]


def _sqlite(verbs: Verbs) -> list[str]:
    template = (
        "CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {event} ON {table} {when} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    statements = [
        template.format(table=table, verb="update", event=_update_of(columns), when="")
        for table, columns in _tables().items()
    ]
    if "delete" in verbs:
        statements += [
            template.format(table=table, verb="delete", event="DELETE", when="")
            for table in (*_tables(), *_kept_tables())
        ]
    for verb in ("insert", *verbs):
        when = f"WHEN {_NOT_DRAFT.format(row='NEW' if verb == 'insert' else 'OLD')}"
        statements.append(template.format(table=_DRAFT_ONLY, verb=verb, event=verb.upper(), when=when))
    for table, verb, when in _GUARDED:
        statements.append(template.format(table=table, verb=verb, event="UPDATE", when=f"WHEN {when}"))
    return statements


def _postgresql(verbs: Verbs) -> list[str]:
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
    change = "moderation_refuse_change"
    statements = [function.format(name=change, body=refuse)]
    for table, columns in _tables().items():
        for verb in verbs:
            event = _update_of(columns) if verb == "update" else verb.upper()
            statements.append(trigger.format(table=table, verb=verb, event=event, function=change))
    if "delete" in verbs:
        statements += [
            trigger.format(table=table, verb="delete", event="DELETE", function=change)
            for table in _kept_tables()
        ]
    for verb in ("insert", *verbs):
        row, returned = ("NEW" if verb == "insert" else "OLD"), ("OLD" if verb == "delete" else "NEW")
        name = f"moderation_refuse_rule_{verb}"
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


EVIDENCE_LOCKS = RowLocks(names=_names, sqlite=_sqlite, postgresql=_postgresql)
