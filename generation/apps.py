"""AppConfig: registers subject types, keeps engine profiles equal to the tables of kinds and engines."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"
    verbose_name = _("Generation")

    def ready(self) -> None:
        from generation import receivers
        from generation.personal_data import RESULTS, UPLOADS
        from generation.subjects import ArtifactSubject, UploadSubject
        from generation.texts import ACTIONS, kind_names
        from generation.usage_sources import SOURCES
        from moderation.personal_data import personal_data_register
        from moderation.subject_registry import register, register_job_kinds
        from moderation.texts import actions_register
        from templates_app import signals
        from templates_app.work import register_work
        from tongyi_portal.usage.sources import event_source_register

        register(UploadSubject())
        register(ArtifactSubject())
        register_job_kinds(kind_names)
        actions_register(ACTIONS)
        register_work(receivers.work_of)
        signals.extraction_wanted.connect(receivers.submit_extraction, dispatch_uid="generation.extract")
        signals.extraction_unwanted.connect(receivers.withdraw_extraction, dispatch_uid="generation.withdraw")
        signals.previews_wanted.connect(receivers.submit_previews, dispatch_uid="generation.preview")
        personal_data_register(RESULTS)
        personal_data_register(UPLOADS)
        for source in SOURCES:
            event_source_register(source)
        post_migrate.connect(
            receivers.sync_engine_profiles, sender=self, dispatch_uid="generation.sync_engine_profiles"
        )
