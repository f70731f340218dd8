"""AppConfig: after every migration, lock the evidence and see that policy, queues, settings, terms exist."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.acts import act_keeper_register
from tongyi_portal.common.row_locks import row_locks_register
from tongyi_portal.vision.sessions import fetched_models_lie_in


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("Moderation")

    def ready(self) -> None:
        from moderation import subject_registry
        from moderation.evidence_locks import EVIDENCE_LOCKS
        from moderation.models.review import ReviewPurpose
        from moderation.own_data import ENDPOINTS, TEXTS
        from moderation.personal_data import personal_data_register
        from moderation.services.appeals import appeal_settle
        from moderation.services.audit import audit_append
        from moderation.services.settling import settler_register
        from moderation.text_subject import CheckSubject, TextSubject
        from moderation.usage_sources import SOURCES
        from tongyi_portal.usage.sources import event_source_register

        subject_registry.register(TextSubject())
        subject_registry.register(CheckSubject())
        fetched_models_lie_in(settings.MODELS_ROOT)
        for source in SOURCES:
            event_source_register(source)
        settler_register(ReviewPurpose.APPEAL, appeal_settle)
        row_locks_register(self.name, EVIDENCE_LOCKS)
        act_keeper_register(self.name, audit_append)
        for kind in (TEXTS, ENDPOINTS):
            personal_data_register(kind)
        post_migrate.connect(_after_migrations, sender=self, dispatch_uid="moderation.after_migrations")


def _after_migrations(*, using: str, **_: Any) -> None:
    """Also runs when tests empty the database, so that a policy is in force in every test."""
    from moderation.evidence_locks import EVIDENCE_LOCKS
    from moderation.services.configuration import settings_install
    from moderation.services.evidence import evidence_begin
    from moderation.services.kept_frames import kept_frames_begin
    from moderation.services.list_contents import contents_begin
    from moderation.services.policies import policy_install_default
    from moderation.services.routing import queues_install
    from moderation.services.terms import terms_install_starter

    if "moderation_policyrule" not in connections[using].introspection.table_names():
        return  # migrated back to before this app existed
    EVIDENCE_LOCKS.install(connections[using])
    policy_install_default()
    settings_install()
    queues_install()
    terms_install_starter()
    contents_begin()
    kept_frames_begin()
    evidence_begin()
