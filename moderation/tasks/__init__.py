"""Tasks of the moderation app."""

from moderation.tasks import light

__all__ = ["light"]
