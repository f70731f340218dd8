"""AppConfig of the project package: loads Celery and the reports, so that every __init__ stays empty."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "tongyi_portal"
    label = "portal"

    def ready(self) -> None:
        from tongyi_portal import celery  # noqa: F401

        autodiscover_modules("reports")  # every app's package of this name registers its reports
