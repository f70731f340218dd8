"""AppConfig: registers the subject types and the names of their audit actions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TemplatesConfig(AppConfig):
    name = "templates_app"
    verbose_name = _("Templates")

    def ready(self) -> None:
        from moderation.subject_registry import register
        from moderation.texts import actions_register
        from templates_app.motion_subject import MotionVideoSubject
        from templates_app.subjects import TemplateVersionSubject
        from templates_app.texts import ACTIONS

        register(MotionVideoSubject())
        register(TemplateVersionSubject())
        actions_register(ACTIONS)
