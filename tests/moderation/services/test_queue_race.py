"""Many moderators empty one queue at once: no item is decided twice and none is lost, also when one dies.

Runs on SQLite, and again on PostgreSQL with more items (tests/services/test_postgres_queue.py).
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from moderation import subject_registry
from moderation.models import Decision, ReviewAnswer, ReviewItem, ReviewQueue, ScanRun
from moderation.services.audit import audit_verify
from moderation.services.decisions import decisions_verify
from moderation.services.reviews import (
    review_answer,
    review_claim_next,
    review_undo,
    reviews_settle_due,
)
from moderation.states import ReviewState
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, ScanRunFactory, member_of
from tongyi_portal.common import roles

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ITEMS = int(os.environ.get("QUEUE_RACE_ITEMS", "60"))


@pytest.fixture(autouse=True)
def known_subject(monkeypatch: pytest.MonkeyPatch) -> RecordingSubject:
    recording = RecordingSubject()
    monkeypatch.setitem(subject_registry._TYPES, recording.key, recording)
    return recording


def fill(count: int) -> None:
    runs = ScanRunFactory.build_batch(count, policy=ScanRunFactory().policy)
    ScanRun.objects.bulk_create(runs)
    queue, due_at = ReviewQueue.objects.get(), timezone.now() + timedelta(days=1)
    ReviewItem.objects.bulk_create(
        ReviewItemFactory.build(
            scan_run=run, subject_id=run.subject_id, queue=queue, due_at=due_at, severity=2 * (number % 4)
        )
        for number, run in enumerate(runs)
    )


def at_once(works: list[Callable[[], None]]) -> list[Exception]:
    """Run each in a thread with a connection of its own; the faults that they met."""
    start, faults = Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait()
            work()
        except Exception as error:  # noqa: BLE001  # a thread's fault must reach the test
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    return faults


def empty_the_queue(
    by: Any, seen: list[Any], dies_after: int | None = None, death: Event | None = None
) -> Callable[[], None]:
    """Answer until nothing is left, taking an answer back now and then; or vanish with an item in hand.

    death: set by whoever vanishes; the others leave most of the queue until then, however slow that one is.
    """

    def work() -> None:
        while (item := review_claim_next(by)) is not None:
            if dies_after is not None and len(seen) >= dies_after:
                if death is not None:
                    death.set()
                return
            if dies_after is None and death is not None and len(seen) >= 3:
                death.wait(300)
            review_answer(item, by, len(seen) % 3 > 0, "" if len(seen) % 3 else "gore", "")
            if len(seen) % 7 == 6:
                review_undo(item, by)
                review_answer(item, by, True, "", "")
            seen.append(item.pk)

    return work


def settle_all() -> None:
    ReviewItem.objects.filter(state=ReviewState.ANSWERED).update(settle_at=timezone.now())
    while reviews_settle_due():
        pass


@pytest.mark.parametrize("people", [2, 8])
def test_every_item_is_decided_once_whoever_dies(people: int, known_subject: RecordingSubject) -> None:
    fill(ITEMS)
    moderators = [member_of(roles.MODERATOR, f"moderator-{number}") for number in range(people)]
    seen = [list[Any]() for _ in moderators]
    death = Event()
    works = [
        empty_the_queue(by, done, ITEMS // (4 * people) if number == 0 else None, death)
        for number, (by, done) in enumerate(zip(moderators, seen, strict=True))
    ]
    assert at_once(works) == []
    left = ReviewItem.objects.exclude(state=ReviewState.ANSWERED)
    assert [item.claimed_by for item in left] == [moderators[0]]
    left.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    assert at_once([empty_the_queue(moderators[1], seen[1])]) == []
    assert at_once([settle_all, settle_all]) == []
    given = Counter(pk for done in seen for pk in done)
    assert len(given) == ITEMS
    assert set(given.values()) == {1}
    told = Counter(subject_id for subject_id, _approved, _reasons in known_subject.told)
    assert len(told) == ITEMS
    assert set(told.values()) == {1}
    assert Decision.objects.count() == ReviewAnswer.objects.count() == ITEMS
    assert not ReviewItem.objects.exclude(state__in=[ReviewState.APPROVED, ReviewState.REFUSED]).exists()
    assert audit_verify().is_intact
    assert decisions_verify() == []


def test_an_answer_is_settled_or_taken_back_never_both(known_subject: RecordingSubject) -> None:
    by = member_of(roles.MODERATOR, "moderator")
    for _ in range(10):
        item = ReviewItemFactory()
        claimed = review_claim_next(by)
        assert claimed == item
        review_answer(claimed, by, True, "", "")
        ReviewItem.objects.filter(pk=item.pk).update(settle_at=timezone.now())
        faults = at_once(
            [lambda: reviews_settle_due() and None, lambda item=item: review_undo(item, by) and None]
        )
        item.refresh_from_db()
        is_told = item.subject_id in {told[0] for told in known_subject.told}
        assert item.state == (ReviewState.APPROVED if is_told else ReviewState.CLAIMED)
        assert len(faults) == is_told
        ReviewItem.objects.filter(pk=item.pk, state=ReviewState.CLAIMED).update(
            state=ReviewState.WITHDRAWN, claimed_by=None, claim_expires_at=None
        )
