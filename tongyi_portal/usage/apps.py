"""AppConfig: after every migration, locks the events and makes the months that they go to."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.row_locks import row_locks_register


class UsageConfig(AppConfig):
    name = "tongyi_portal.usage"
    label = "usage"
    verbose_name = _("Usage")

    def ready(self) -> None:
        from tongyi_portal.usage import worker_signals
        from tongyi_portal.usage.event_locks import EVENT_LOCKS

        row_locks_register(self.label, EVENT_LOCKS)
        worker_signals.connect()
        post_migrate.connect(_after_migrations, sender=self, dispatch_uid="usage.after_migrations")


def _after_migrations(*, using: str, **_: Any) -> None:
    from tongyi_portal.usage.event_locks import EVENT_LOCKS, TABLE
    from tongyi_portal.usage.services.partitions import partitions_ensure

    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return  # migrated back to before this app existed
    EVENT_LOCKS.install(connection)
    partitions_ensure()
