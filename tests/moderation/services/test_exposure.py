"""The exposure budget: grave items seen in a shift, breaks taken and declined."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.models import ExposureBreak, ExposureEvent
from moderation.models.settings import ModerationSettings
from moderation.services.exposure import (
    exposure_break_begin,
    exposure_break_end,
    exposure_record,
    exposure_status,
)
from tests.factories.accounts import UserFactory
from tests.factories.moderation import ReviewItemFactory
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _budget_of_two() -> None:
    ModerationSettings.objects.update_or_create(pk=1, defaults={"exposure_budget": 2})


def look(person: Any, severity: int = 4, count: int = 1) -> None:
    for _ in range(count):
        exposure_record(item=ReviewItemFactory(severity=severity), by=person, seconds=3)


def test_different_grave_items_count_each_once(moderator: Any) -> None:
    item = ReviewItemFactory()
    for _ in range(3):
        exposure_record(item=item, by=moderator, seconds=2)
    look(moderator, severity=2)
    status = exposure_status(moderator)
    assert (status.grave_count, status.seconds, status.percent) == (1, 9, 50)
    assert not status.is_break_due


def test_looks_of_an_earlier_shift_no_longer_count(moderator: Any) -> None:
    look(moderator, count=2)
    ExposureEvent.objects.update(created_at=timezone.now() - timedelta(hours=9))
    assert exposure_status(moderator).grave_count == 0


def test_a_break_is_due_at_the_budget_and_begins_once(moderator: Any) -> None:
    assert exposure_break_begin(moderator) is None
    look(moderator, count=2)
    pause = exposure_break_begin(moderator)
    assert pause is not None
    assert pause.grave_count == 2
    assert exposure_break_begin(moderator) == pause


def test_a_break_that_lasted_counts_as_taken_and_gives_the_whole_budget_again(moderator: Any) -> None:
    look(moderator, count=2)
    exposure_break_begin(moderator)
    ExposureBreak.objects.update(started_at=timezone.now() - timedelta(minutes=16))
    pause = exposure_break_end(moderator)
    assert pause is not None
    assert pause.outcome == "taken"
    assert exposure_status(moderator).grave_count == 0
    assert exposure_break_begin(moderator) is None


def test_going_on_early_is_noted(moderator: Any) -> None:
    look(moderator, count=2)
    exposure_break_begin(moderator)
    pause = exposure_break_end(moderator)
    assert pause is not None
    assert pause.outcome == "continued"
    assert exposure_break_end(moderator) is None


def test_without_a_budget_no_break_is_ever_due(moderator: Any) -> None:
    ModerationSettings.objects.update(exposure_budget=0)
    look(moderator, count=5)
    assert not exposure_status(moderator).is_break_due


def test_only_moderators_record_looks(moderator: Any) -> None:
    with pytest.raises(PermissionRefused):
        exposure_record(item=ReviewItemFactory(), by=UserFactory(), seconds=1)
