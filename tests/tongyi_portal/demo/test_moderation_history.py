"""Made-up history is consistent, made once, and refused where it could be taken for real."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from moderation.models import Appeal, Decision, ReviewAnswer, ReviewItem, ScanRun
from moderation.models.review import ReviewPurpose
from moderation.services.audit import audit_verify
from moderation.services.decisions import decisions_verify
from moderation.services.evidence import evidence_verify

pytestmark = pytest.mark.django_db


def make(settings: Any, **options: Any) -> None:
    settings.DEBUG = True
    call_command("seed_moderation_history", **{"days": 4, "per_day": 60, **options}, stdout=io.StringIO())


def test_a_made_up_history_holds_as_evidence(settings: Any) -> None:
    make(settings)
    assert audit_verify().is_intact
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
