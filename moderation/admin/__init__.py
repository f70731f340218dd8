"""The console pages of the moderation app: importing them registers them."""

from moderation.admin import audit, decisions, policies, reviews, scans

__all__ = ["audit", "decisions", "policies", "reviews", "scans"]
