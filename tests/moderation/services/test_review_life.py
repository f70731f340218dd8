"""Whatever happens to items in whatever order: each is decided at most once, and none gets lost."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from moderation import subject_registry
from moderation.models import Decision, ModerationSettings, ReviewAnswer, ReviewItem
from moderation.services import reviews
from moderation.states import UNDECIDED, ReviewState
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, member_of
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PEOPLE = st.integers(0, 2)
ITEMS = st.integers(0, 2)


class ItemLife(RuleBasedStateMachine):
    """Three people, one of them senior, do anything with three items; services may refuse, never corrupt."""

    @initialize()
    def start(self) -> None:
        self.savepoint = transaction.savepoint()
        self.subject = RecordingSubject()
        self.before = subject_registry._TYPES.get(self.subject.key)
        subject_registry._TYPES[self.subject.key] = self.subject
        ModerationSettings.objects.update(second_review_percent=50)
        self.people = [member_of(roles.MODERATOR, "a"), member_of(roles.MODERATOR, "b")]
        self.people.append(member_of(roles.SENIOR_MODERATOR, "c"))
        self.keys = [ReviewItemFactory().pk for _ in range(3)]

    def attempt(self, act: Any) -> None:
        with suppress(AppError):
            act()

    def item(self, number: int) -> ReviewItem:
        return ReviewItem.objects.get(pk=self.keys[number])

    @rule(person=PEOPLE)
    def claim_next(self, person: int) -> None:
        self.attempt(lambda: reviews.review_claim_next(self.people[person]))

    @rule(person=PEOPLE, number=ITEMS)
    def claim(self, person: int, number: int) -> None:
        self.attempt(lambda: reviews.review_claim(self.item(number), self.people[person]))

    @rule(person=PEOPLE, number=ITEMS, approve=st.booleans())
    def answer(self, person: int, number: int, approve: bool) -> None:
        self.attempt(
            lambda: reviews.review_answer(
                self.item(number), self.people[person], approve, "" if approve else "gore", ""
            )
        )

    @rule(person=PEOPLE, approve=st.booleans())
    def answer_all(self, person: int, approve: bool) -> None:
        items = list(ReviewItem.objects.all())
        reviews.reviews_answer_many(items, self.people[person], approve, "" if approve else "gore", "")

    @rule(person=PEOPLE, number=ITEMS)
    def undo(self, person: int, number: int) -> None:
        self.attempt(lambda: reviews.review_undo(self.item(number), self.people[person]))

    @rule(person=PEOPLE, number=ITEMS)
    def release(self, person: int, number: int) -> None:
        self.attempt(lambda: reviews.review_release(self.item(number), self.people[person]))

    @rule(person=PEOPLE, number=ITEMS)
    def escalate(self, person: int, number: int) -> None:
        self.attempt(lambda: reviews.review_escalate(self.item(number), self.people[person], "Look."))

    @rule(number=ITEMS, is_broken=st.booleans())
    def time_passes(self, number: int, is_broken: bool) -> None:
        past = timezone.now() - timedelta(seconds=1)
        ReviewItem.objects.filter(pk=self.keys[number], state=ReviewState.CLAIMED).update(
            claim_expires_at=past
        )
        ReviewItem.objects.filter(state=ReviewState.ANSWERED).update(settle_at=past)
        self.subject.fault = RuntimeError("locked") if is_broken else None
        reviews.reviews_settle_due()

    @rule(number=ITEMS)
    def withdraw_and_reopen(self, number: int) -> None:
        item = self.item(number)
        if reviews.review_withdraw(item.subject_type, item.subject_id):
            reviews.review_reopen(item.subject_type, item.subject_id)

    @invariant()
    def each_is_decided_at_most_once_and_none_is_lost(self) -> None:
        for key in self.keys:
            item = ReviewItem.objects.get(pk=key)
            decided = Decision.objects.filter(review_item=item, overrides__isnull=True).count()
            answers = ReviewAnswer.objects.filter(item=item).count()
            assert decided == answers == int(item.is_decided)
            assert item.is_decided or item.state in UNDECIDED
        told = [subject_id for subject_id, _approved, _reasons in self.subject.told]
        firsts = ReviewItem.objects.filter(pk__in=self.keys).values_list("subject_id", flat=True)
        overridden = Decision.objects.filter(overrides__isnull=False).count()
        assert len([one for one in told if one in set(firsts)]) <= len(self.keys) + overridden

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            if self.before is None:
                subject_registry._TYPES.pop(self.subject.key, None)
            transaction.savepoint_rollback(self.savepoint)


class TestItemLife(ItemLife.TestCase, TestCase):  # type: ignore[misc]
    """Runs the machine; each of its examples is rolled back."""

    settings = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
