"""Samples are drawn by the id, so anybody can draw them again; an audit of what passed can take it down."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from moderation.models import Decision, ModerationSettings, ReviewAnswer, ReviewItem, ReviewPurpose
from moderation.services.reviews import review_claim, review_claim_next, review_open, review_resolve
from moderation.services.sampling import audit_sample, sample_takes
from moderation.services.scanning import scan_picture
from moderation.states import ReviewState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tests.factories.moderation import (
    FindingFactory,
    RecordingSubject,
    ReviewItemFactory,
    ScanRunFactory,
    plain_picture,
)

pytestmark = pytest.mark.django_db


def test_a_sample_takes_its_share_and_always_the_same_rows() -> None:
    ids = [uuid.UUID(int=number) for number in range(4000)]
    taken = {one for one in ids if sample_takes("second", one, 5)}
    assert 150 < len(taken) < 250
    assert taken == {one for one in ids if sample_takes("second", one, 5)}
    assert taken < {one for one in ids if sample_takes("second", one, 20)}
    assert taken != {one for one in ids if sample_takes("audit", one, 5)}
    assert not any(sample_takes("second", one, 0) for one in ids)
    assert all(sample_takes("second", one, 100) for one in ids)


@pytest.fixture
def passed_item(db: None) -> ReviewItem:
    ModerationSettings.objects.update(audit_percent=100)
    run = ScanRunFactory(verdict=Verdict.PASS, reason_codes=[])
    FindingFactory(scan_run=run, category=Category.SEXUAL_SUGGESTIVE, severity=Severity.MILD)
    item = audit_sample(run)
    assert item is not None
    return item


def test_passed_content_waits_behind_everything_else(moderator: Any, passed_item: ReviewItem) -> None:
    assert (passed_item.purpose, passed_item.severity) == (ReviewPurpose.AUDIT, Severity.CONTEXT)
    assert passed_item.category == Category.SEXUAL_SUGGESTIVE
    ordinary = ReviewItemFactory(severity=Severity.MILD)
    assert review_claim_next(moderator) == ordinary


def test_an_approved_audit_confirms_what_the_policy_said(
    moderator: Any, passed_item: ReviewItem, subject: RecordingSubject
) -> None:
    assert review_resolve(review_claim(passed_item, moderator), moderator, True, "", "") is None
    assert passed_item.state == ReviewState.APPROVED
    assert ReviewAnswer.objects.get().purpose == "audit"
    assert not Decision.objects.exists()
    assert subject.told == []


def test_a_refused_audit_takes_the_content_down(
    moderator: Any, passed_item: ReviewItem, subject: RecordingSubject
) -> None:
    decision = review_resolve(review_claim(passed_item, moderator), moderator, False, "gore", "")
    assert decision is not None
    assert decision.verdict == Verdict.BLOCK
    assert subject.told == [(passed_item.subject_id, False, ["gore"])]


def test_only_what_passed_is_audited(db: None) -> None:
    ModerationSettings.objects.update(audit_percent=100)
    assert audit_sample(ScanRunFactory(verdict=Verdict.REVIEW)) is None
    ModerationSettings.objects.update(audit_percent=0)
    assert audit_sample(ScanRunFactory(verdict=Verdict.PASS)) is None


def test_an_audit_becomes_an_ordinary_review_when_a_newer_scan_asks_for_one(
    passed_item: ReviewItem,
) -> None:
    run = ScanRunFactory(subject_id=passed_item.subject_id)
    item = review_open(scan_run=run, category=Category.GORE, severity=Severity.SERIOUS, reason_codes=["gore"])
    assert (item, item.purpose, item.severity) == (passed_item, ReviewPurpose.ORDINARY, Severity.SERIOUS)
    assert (item.scan_run, ReviewItem.objects.count()) == (run, 1)


def test_a_scan_that_passes_is_audited_and_one_that_asks_for_a_person_is_not(
    only_scanners: Callable[..., None],
) -> None:
    ModerationSettings.objects.update(audit_percent=100)
    for scanner, purpose in (("SeesNothing", ReviewPurpose.AUDIT), ("Breaks", ReviewPurpose.ORDINARY)):
        only_scanners(f"tests.moderation.stand_in_scanners:{scanner}")
        subject_id = uuid.uuid4()
        scan_picture(
            subject_type="test_subject", subject_id=subject_id, surface=Surface.PHOTO, pixels=plain_picture()
        )
        assert ReviewItem.objects.get(subject_id=subject_id).purpose == purpose


def test_content_that_waits_for_a_person_is_not_audited_as_well() -> None:
    ModerationSettings.objects.update(audit_percent=100)
    item = ReviewItemFactory()
    run = ScanRunFactory(subject_id=item.subject_id, verdict=Verdict.PASS)
    assert audit_sample(run) is None
    item.refresh_from_db()
    assert item.scan_run != run
