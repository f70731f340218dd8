"""Imports the siblings, so that Celery finds the tasks."""

from generation.tasks import gpu, light

__all__ = ["gpu", "light"]
