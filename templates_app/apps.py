"""AppConfig: registers the subject types."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TemplatesConfig(AppConfig):
    name = "templates_app"
    verbose_name = _("Templates")

    def ready(self) -> None:
        from moderation.subject_registry import register
        from templates_app.motion_subject import MotionVideoSubject
        from templates_app.subjects import TemplateVersionSubject

        register(MotionVideoSubject())
        register(TemplateVersionSubject())
