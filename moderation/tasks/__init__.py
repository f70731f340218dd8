"""Tasks of the moderation app."""

from moderation.tasks import light, policies

__all__ = ["light", "policies"]
