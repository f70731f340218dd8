"""sample_takes: the same share of rows every time it is asked, chosen by nobody. audit_sample: passed content
that a person looks at all the same."""

import hashlib
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import ScanRun
from moderation.models.settings import ModerationSettings
from moderation.services.opening import review_open
from moderation.states import UNDECIDED
from moderation.taxonomy import Category, Severity, Verdict

AUDIT_DUE = timedelta(days=7)


def sample_takes(sample: str, row_id: uuid.UUID, percent: int) -> bool:
    """Whether a row belongs to the `percent` of rows that this sample takes.

    By the SHA-256 of the sample's name and the id: the same answer for the same row, and a larger share takes
    all rows of a smaller one.
    """
    digest = hashlib.sha256(f"{sample}:{row_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 100 < percent * 2**64


@transaction.atomic
def audit_sample(scan_run: ScanRun) -> ReviewItem | None:
    """Open an audit item of the lowest priority for a sampled run that passed; None for all others.

    Content that waits for a person anyway is not audited as well.
    """
    if scan_run.verdict != Verdict.PASS:
        return None
    if not sample_takes("audit", scan_run.pk, ModerationSettings.current().audit_percent):
        return None
    waiting = ReviewItem.objects.filter(state__in=list(UNDECIDED), subject_type=scan_run.subject_type)
    if waiting.filter(subject_id=scan_run.subject_id).exists():
        return None
    gravest = scan_run.findings.order_by("-severity", "-confidence").first()
    return review_open(
        scan_run=scan_run,
        category=Category(gravest.category) if gravest is not None else Category.TECHNICAL,
        severity=Severity.CONTEXT,
        reason_codes=scan_run.reason_codes,
        purpose=ReviewPurpose.AUDIT,
        due_at=timezone.now() + AUDIT_DUE,
    )
