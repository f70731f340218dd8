"""AppConfig: keeps the role groups equal to the table after every migration; notes the language of staff."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "tongyi_portal.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        post_migrate.connect(_sync_roles, dispatch_uid="accounts.roles_sync")
        user_logged_in.connect(_note_language, dispatch_uid="accounts.note_language")


def _sync_roles(app_config: AppConfig, **_kwargs: Any) -> None:
    """Waits for the last app: only then do the permissions of all apps exist."""
    from tongyi_portal.accounts.services import roles_sync

    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
    if app_config is last:
        roles_sync()


def _note_language(*, user: Any, **_kwargs: Any) -> None:
    language = get_language() or ""
    if user.is_staff and user.language != language:
        type(user).objects.filter(pk=user.pk).update(language=language)
