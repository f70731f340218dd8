"""AppConfig: registers subject types and audit actions; locks published versions after migrations."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.row_locks import row_locks_register


class TemplatesConfig(AppConfig):
    name = "templates_app"
    verbose_name = _("Templates")

    def ready(self) -> None:
        from moderation.subject_registry import register
        from moderation.texts import actions_register
        from templates_app.motion_subject import MotionVideoSubject
        from templates_app.subjects import TemplateVersionSubject
        from templates_app.texts import ACTIONS
        from templates_app.version_locks import VERSION_LOCKS

        register(MotionVideoSubject())
        register(TemplateVersionSubject())
        actions_register(ACTIONS)
        row_locks_register(self.name, VERSION_LOCKS)
        post_migrate.connect(_after_migrations, sender=self, dispatch_uid="templates_app.after_migrations")


def _after_migrations(*, using: str, **_: Any) -> None:
    from templates_app.models import TemplateVersion
    from templates_app.version_locks import TABLE, VERSION_LOCKS

    connection = connections[using]
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return  # migrated back to before this app existed
        described = connection.introspection.get_table_description(cursor, TABLE)
    wanted = {field.column for field in TemplateVersion._meta.concrete_fields}
    if wanted <= {column.name for column in described}:  # else migrated back to an earlier table
        VERSION_LOCKS.install(connection)
