"""The database itself refuses to change or remove what was published."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from moderation.models import AuditEntry
from templates_app.models import TemplateVersion
from templates_app.services.publishing import content_digest, version_publish
from templates_app.states import VersionState
from templates_app.version_locks import TABLE, VERSION_LOCKS
from tests.factories.templates import cleared_version, live_template, superuser, version_of

pytestmark = pytest.mark.django_db
OTHER_VALUES = {
    "CharField": "'x'",
    "JSONField": "'[7]'",
    "BooleanField": "NOT {column}",
    "ForeignKey": "'00000000-0000-4000-8000-000000000000'",
}
ASSIGNMENTS = {
    field.column: f"{field.column} = "
    + OTHER_VALUES.get(field.get_internal_type(), "{column} + 1").format(column=field.column)
    for field in TemplateVersion._meta.concrete_fields
    if field.name in TemplateVersion.FROZEN
}


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("column", [*sorted(ASSIGNMENTS), "published_at"])
def test_no_statement_changes_what_was_published(column: str) -> None:
    version_publish(version=cleared_version(bpm=120.0), by=superuser())
    with pytest.raises(DatabaseError, match="published version cannot be changed"):
        run(f"UPDATE templates_app_templateversion SET {ASSIGNMENTS.get(column, 'published_at = NULL')}")


def test_a_draft_may_change_and_a_published_version_may_retire() -> None:
    version_of()
    run("UPDATE templates_app_templateversion SET bpm = 99, is_loop = NOT is_loop")
    live = live_template().live_version
    assert live is not None
    assert set(TemplateVersion.objects.exclude(pk=live.pk).values_list("bpm", flat=True)) == {99.0}
    run("UPDATE templates_app_templateversion SET state = 'retired' WHERE published_at IS NOT NULL")
    assert TemplateVersion.objects.get(pk=live.pk).state == VersionState.RETIRED


def test_published_versions_are_not_removed_where_deletes_are_refused(settings: Any) -> None:
    settings.EVIDENCE_DELETES_REFUSED = True  # off in tests, as Django empties SQLite's tables with DELETE
    if connection.vendor == "sqlite":
        assert VERSION_LOCKS.missing(connection) == ["templates_app_templateversion_published_no_delete"]
    VERSION_LOCKS.install(connection)
    assert VERSION_LOCKS.missing(connection) == []
    draft = version_of()
    live_template()
    with pytest.raises(DatabaseError, match="published version cannot be changed"):
        run("DELETE FROM templates_app_templateversion")
    run(f"DELETE FROM templates_app_templateversion WHERE id = '{draft.pk.hex}'")


def test_a_trigger_that_is_gone_is_named_when_the_evidence_is_checked() -> None:
    trigger = "templates_app_templateversion_published_no_update"
    run(f"DROP TRIGGER {trigger}" + (f" ON {TABLE}" if connection.vendor == "postgresql" else ""))
    told = StringIO()
    with pytest.raises(CommandError, match="does not hold"):
        call_command("audit_verify", stderr=told)
    assert told.getvalue().splitlines() == [f"The database trigger {trigger} is missing."]
    VERSION_LOCKS.install(connection)
    call_command("audit_verify", stdout=StringIO())


def test_the_audit_chain_keeps_a_digest_of_what_was_published() -> None:
    version = version_publish(version=cleared_version(bpm=120.0), by=superuser())
    entry = AuditEntry.objects.get(action="templates.version.published")
    assert entry.data["content_sha256"] == content_digest(TemplateVersion.objects.get(pk=version.pk))
    version.bpm = 121.0
    assert content_digest(version) != entry.data["content_sha256"]
