"""The console pages of the moderation app: importing them registers them."""

from moderation.admin import audit, decisions, policies, queues, reviews, scans, terms

__all__ = ["audit", "decisions", "policies", "queues", "reviews", "scans", "terms"]
