"""Who sees which items, and the backlog in numbers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.models import ReviewItem
from moderation.queue_selectors import backlog_counts, review_queue_for, reviews_visible_to
from moderation.selectors import history_known_to
from moderation.services.reviews import review_claim, review_resolve
from moderation.taxonomy import Category, Severity
from tests.factories.moderation import FindingFactory, RecordingSubject, ReviewItemFactory, member_of
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


def test_the_queue_holds_what_one_may_take(moderator: Any, other_moderator: Any) -> None:
    open_, own_claim, lapsed = ReviewItemFactory(), ReviewItemFactory(), ReviewItemFactory()
    taken, own_content = ReviewItemFactory(), ReviewItemFactory(owner=moderator)
    review_claim(own_claim, moderator)
    review_claim(taken, other_moderator)
    review_claim(lapsed, other_moderator)
    ReviewItem.objects.filter(pk=lapsed.pk).update(claim_expires_at=timezone.now() - timedelta(minutes=1))
    assert set(review_queue_for(moderator)) == {open_, own_claim, lapsed}
    assert own_content in review_queue_for(other_moderator)


def test_others_see_no_queue() -> None:
    ReviewItemFactory()
    app = member_of(roles.APP, "app")
    assert list(review_queue_for(app)) == []
    assert list(reviews_visible_to(app)) == []


def test_the_backlog_is_counted(moderator: Any, subject: RecordingSubject) -> None:
    late = timezone.now() - timedelta(hours=2)
    ReviewItemFactory(due_at=late, severity=Severity.EXTREME, category=Category.GORE)
    review_claim(ReviewItemFactory(), moderator)
    review_resolve(review_claim(ReviewItemFactory(due_at=late), moderator), moderator, True, "", "")
    counts = backlog_counts()
    assert (counts.open, counts.claimed, counts.undecided, counts.overdue) == (1, 1, 2, 1)
    assert counts.next_due_at == late
    assert counts.by_severity == {4: 1, 6: 1}
    assert counts.by_category == {"gore": 1, "sexual_nudity": 1}


def test_an_empty_backlog_is_zero() -> None:
    assert (backlog_counts().undecided, backlog_counts().next_due_at) == (0, None)


def test_the_history_of_a_subject_is_complete(
    moderator: Any, subject: RecordingSubject, django_assert_max_num_queries: Any
) -> None:
    item = ReviewItemFactory()
    FindingFactory(scan_run=item.scan_run)
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    ReviewItemFactory()
    moderator.get_all_permissions()
    with django_assert_max_num_queries(4):
        history = history_known_to(moderator, item)
        assert [len(run.findings.all()) for run in history.scan_runs] == [1]
        assert [decision.by for decision in history.decisions] == [moderator]
        assert history.review_items == [item]
