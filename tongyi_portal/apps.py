"""AppConfig of the project package: loads the Celery app, so that every package __init__ stays empty."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "tongyi_portal"
    label = "portal"

    def ready(self) -> None:
        from tongyi_portal import celery  # noqa: F401
