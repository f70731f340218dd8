"""The console pages of the moderation app: importing them registers them."""

from moderation.admin import audit, banks, decisions, people, policies, queues, reviews, rights, scans, terms

__all__ = [
    "audit",
    "banks",
    "decisions",
    "people",
    "policies",
    "queues",
    "reviews",
    "rights",
    "scans",
    "terms",
]
