"""Made-up history is consistent, made once, and refused where it could be taken for real."""

import io
from typing import Any

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from generation.models import Upload
from moderation.models import Appeal, Decision, ReviewAnswer, ReviewItem, ScanRun
from moderation.models.review import ReviewPurpose
from moderation.services.audit import audit_verify
from moderation.services.decisions import decisions_verify
from moderation.services.evidence import evidence_verify
from moderation.services.standing_content import items_verify, standing_verify
from moderation.subject_registry import subject_type
from tongyi_portal.accounts.models import User
from tongyi_portal.common import storage

pytestmark = pytest.mark.django_db


def make(settings: Any, **options: Any) -> None:
    settings.DEBUG = True
    call_command("seed_moderation_history", **{"days": 4, "per_day": 60, **options}, stdout=io.StringIO())


def test_a_made_up_history_holds_as_evidence(settings: Any) -> None:
    make(settings)
    assert audit_verify().is_intact
    assert [*items_verify(), *standing_verify()] == []
    assert decisions_verify() == []
    assert evidence_verify() == []


def test_it_has_something_of_everything(settings: Any) -> None:
    make(settings, per_day=120)
    assert set(ScanRun.objects.values_list("verdict", flat=True)) == {"pass", "review", "block"}
    kinds = set(ReviewItem.objects.values_list("purpose", flat=True))
    assert {ReviewPurpose.ORDINARY, ReviewPurpose.AUDIT, ReviewPurpose.GOLD} <= kinds
    assert ReviewAnswer.objects.filter(purpose=ReviewPurpose.GOLD, is_right=True).exists()
    assert ReviewItem.objects.filter(state="open").exists()
    assert Decision.objects.filter(by__isnull=False).exists()
    assert ScanRun.objects.dates("created_at", "day").count() >= 4
    assert not ScanRun.objects.exclude(owner__username__startswith="history-").exists()
    assert Appeal.objects.count() <= Decision.objects.filter(verdict="block").count()


def test_it_is_made_only_once(settings: Any) -> None:
    make(settings, days=1, seed=9)
    assert ScanRun.objects.count() > 0
    with pytest.raises(CommandError, match="already"):
        make(settings)


def test_it_is_refused_without_debug(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_moderation_history")
    assert not ScanRun.objects.exists()


def test_items_of_pictures_have_a_drawn_one_that_can_be_looked_at(settings: Any) -> None:
    make(settings)
    items = ReviewItem.objects.filter(scan_run__medium="image")
    assert items.exists()
    states = {"open": "in_review", "approved": "accepted", "refused": "blocked"}
    for item in items.filter(purpose=ReviewPurpose.ORDINARY):
        upload = Upload.objects.get(pk=item.subject_id)
        pixels = cv2.imdecode(
            np.frombuffer(storage.read_bytes(storage.UPLOADS, upload.key), np.uint8), cv2.IMREAD_COLOR
        )
        assert pixels.shape == (upload.height, upload.width, 3)
        assert (upload.owner_id, upload.state) == (item.owner_id, states[item.state])
        preview = subject_type(item.subject_type).preview(item.subject_id)
        assert preview is not None
        assert preview.media == "image"
    digests = list(Upload.objects.values_list("sha256", flat=True))
    assert len(digests) == len(set(digests)) >= items.values("subject_id").distinct().count()


def test_one_command_takes_the_pictures_away_and_leaves_the_evidence(settings: Any) -> None:
    make(settings)
    keys = list(Upload.objects.values_list("key", flat=True))
    runs = ScanRun.objects.count()
    for _turn in range(2):
        call_command("seed_moderation_history", "--hide", stdout=io.StringIO())
    assert keys
    assert not any(storage.exists(storage.UPLOADS, key) for key in keys)
    assert not ReviewItem.objects.filter(state="open").exclude(purpose=ReviewPurpose.APPEAL).exists()
    assert not User.objects.filter(username__startswith="history-", is_active=True).exists()
    assert ScanRun.objects.count() == runs
    assert audit_verify().is_intact
    assert decisions_verify() == []
