"""AppConfig: registers subject types, keeps engine profiles equal to the tables of kinds and engines."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"
    verbose_name = _("Generation")

    def ready(self) -> None:
        from generation.receivers import sync_engine_profiles
        from generation.services.erasing import jobs_erase_of, uploads_erase_of
        from generation.subjects import ArtifactSubject, UploadSubject
        from moderation.erasers import eraser_register
        from moderation.subject_registry import register

        register(UploadSubject())
        register(ArtifactSubject())
        eraser_register("results", jobs_erase_of)
        eraser_register("uploads", uploads_erase_of)
        post_migrate.connect(
            sync_engine_profiles, sender=self, dispatch_uid="generation.sync_engine_profiles"
        )
