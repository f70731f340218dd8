"""Imports the siblings, so that Celery finds the tasks."""

from tongyi_portal.usage.tasks import light, outbound

__all__ = ["light", "outbound"]
