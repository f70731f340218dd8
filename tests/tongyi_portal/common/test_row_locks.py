"""Row locks: whichever app it belongs to, a trigger that is gone or idle is told of, and can be put back."""

import pytest
from django.db import connection

from moderation.evidence_locks import EVIDENCE_LOCKS
from templates_app.version_locks import VERSION_LOCKS
from tongyi_portal.common.row_locks import every_lock_missing

pytestmark = pytest.mark.django_db
TABLES = {
    "moderation_auditentry_no_update": "moderation_auditentry",
    "templates_app_templateversion_published_no_update": "templates_app_templateversion",
}
WAYS = {  # SQLite's triggers cannot be disabled
    "sqlite": ["DROP TRIGGER {trigger}"],
    "postgresql": ["DROP TRIGGER {trigger} ON {table}", "ALTER TABLE {table} DISABLE TRIGGER {trigger}"],
}


def test_what_is_missing_is_told_of_every_app_and_can_be_put_back() -> None:
    for way in WAYS[connection.vendor]:
        assert every_lock_missing(connection) == []
        with connection.cursor() as cursor:
            for trigger, table in TABLES.items():
                cursor.execute(way.format(trigger=trigger, table=table))
        assert every_lock_missing(connection) == list(TABLES)
        EVIDENCE_LOCKS.install(connection)
        VERSION_LOCKS.install(connection)
    assert every_lock_missing(connection) == []
