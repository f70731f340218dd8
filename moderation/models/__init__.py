"""All models of the moderation app."""

from moderation.models.audit import AuditEntry, AuditHead
from moderation.models.decision import Decision
from moderation.models.policy import Policy, PolicyRule
from moderation.models.review import ReviewItem
from moderation.models.scan import Finding, ScanMedium, ScanPurpose, ScanRun

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Decision",
    "Finding",
    "Policy",
    "PolicyRule",
    "ReviewItem",
    "ScanMedium",
    "ScanPurpose",
    "ScanRun",
]
