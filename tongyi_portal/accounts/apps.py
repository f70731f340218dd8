"""AppConfig: keeps the role groups equal to the table after every migration."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "tongyi_portal.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        post_migrate.connect(_sync_roles, dispatch_uid="accounts.roles_sync")


def _sync_roles(app_config: AppConfig, **_kwargs: Any) -> None:
    """Waits for the last app: only then do the permissions of all apps exist."""
    from tongyi_portal.accounts.services import roles_sync

    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
    if app_config is last:
        roles_sync()
