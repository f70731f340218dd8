"""Refusals of somebody's content, by a person or by the policy."""

import uuid
from typing import Any

from moderation.models import Decision
from moderation.services.decisions import decision_record
from moderation.services.reviews import review_claim, review_resolve
from moderation.taxonomy import Surface, Verdict
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory


def refused_by(person: Any, owner: Any, reason: str = "gore", **fields: Any) -> Decision:
    """A moderator refuses a photo of `owner` that the scanners had flagged."""
    item = ReviewItemFactory(owner=owner, **fields)
    return review_resolve(review_claim(item, person), person, False, reason, "looks bad")


def blocked_by_policy(
    owner: Any, reason: str = "sexual_explicit", scanner: str = "nsfw_detector", **fields: Any
) -> Decision:
    """The policy blocks a photo of `owner` by itself, because of what `scanner` saw."""
    run = ScanRunFactory(
        **{"owner": owner, "verdict": Verdict.BLOCK, "surface": Surface.PHOTO, "subject_id": uuid.uuid4()}
        | fields
    )
    FindingFactory(scan_run=run, scanner=scanner, category=reason, severity=6, confidence=99.0)
    return decision_record(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        verdict=Verdict.BLOCK,
        reason_codes=[reason],
        scan_run=run,
        policy=run.policy,
    )
