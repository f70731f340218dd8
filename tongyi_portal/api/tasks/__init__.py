"""Imports the siblings, so that Celery finds the tasks."""

from tongyi_portal.api.tasks import light

__all__ = ["light"]
