"""Imports the siblings, so that Celery finds the tasks."""

from templates_app.tasks import light

__all__ = ["light"]
