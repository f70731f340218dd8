"""Reads of the review queue: who may take what, in which order, and how much waits.

A lane is the open part of one queue that one kind of moderator may take. Its order is an index of the
database, so the head of a lane is found at once however long it is; the next item is the most urgent head.
"""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from moderation.blindness import not_given_away_to
from moderation.models.answer import GoldItem
from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewItem
from moderation.states import UNDECIDED, ReviewState
from moderation.taking_part import without_takers_part
from tongyi_portal.common import roles

SOON = timedelta(days=2)
_URGENCY = ("-severity", "due_at", "id")
_SUMMED = ("open", "claimed", "overdue", "due_soon")
Tally = dict[str, Any]


@dataclass(frozen=True)
class BacklogCounts:
    """The queue in numbers at `counted_at`; by_severity and by_category count undecided items.

    answered: answers that are still to take effect. waiting: what somebody has still to answer.
    """

    open: int
    claimed: int
    answered: int
    overdue: int
    due_soon: int
    next_due_at: datetime | None
    by_severity: dict[int, int]
    by_category: dict[str, int]
    counted_at: datetime

    @property
    def waiting(self) -> int:
        return self.open + self.claimed

    @property
    def undecided(self) -> int:
        return self.open + self.claimed + self.answered


@dataclass(frozen=True)
class QueueCounts:
    """One queue in numbers. due_soon: within two days, without those that are late."""

    queue: ReviewQueue
    open: int
    claimed: int
    overdue: int
    due_soon: int
    next_due_at: datetime | None


def who_may_decide() -> QuerySet[Any]:
    """People who can be members of a queue."""
    deciding = Q(groups__name__in=[roles.MODERATOR, roles.SENIOR_MODERATOR]) | Q(is_superuser=True)
    return get_user_model().objects.filter(deciding, is_active=True).distinct()


def queues_open_to(user: Any) -> QuerySet[ReviewQueue]:
    """Queues whose ordinary items `user` may take: without members, or with `user` among them."""
    others_only = ReviewQueue.members.through.objects.filter(reviewqueue=OuterRef("pk"))
    own = others_only.filter(user=user.pk)
    return ReviewQueue.objects.filter(~Exists(others_only) | Exists(own))


def review_queue_for(user: Any, queue: ReviewQueue | None = None) -> QuerySet[ReviewItem]:
    """Items that `user` may take now, most urgent first: not their own, not held by somebody else.

    Left out as well: what they decided before and somebody else must look at, queues of others, items for
    seniors when they are none, and answers that wait to take effect. Items that the user already holds come
    with the others. Empty for an account that may not decide. For the head of a long queue use
    `review_heads_for`.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return ReviewItem.objects.none()
    takeable = (
        Q(state=ReviewState.OPEN)
        | Q(state=ReviewState.CLAIMED, claimed_by=user)
        | (Q(state=ReviewState.CLAIMED, claim_expires_at__lte=timezone.now()) & ~Q(purpose="gold"))
    )
    reachable = Q(for_senior=False, queue__in=queues_open_to(user))
    if user.has_perm(roles.REVIEW_ESCALATED):
        reachable |= Q(for_senior=True)
    items = _not_barred(ReviewItem.objects.filter(takeable).filter(reachable), user)
    if queue is not None:
        items = items.filter(queue=queue)
    return items.select_related("scan_run", "owner", "claimed_by", "queue").order_by(*_URGENCY)


def review_lane_of(
    user: Any, *, queue_id: Any, for_senior: bool, passing_over: Collection[uuid.UUID] = ()
) -> QuerySet[ReviewItem]:
    """One lane in its order of urgency. queue_id: a key, or OuterRef of one."""
    lane = ReviewItem.objects.filter(queue_id=queue_id, for_senior=for_senior, state=ReviewState.OPEN)
    if passing_over:
        lane = lane.exclude(pk__in=list(passing_over))
    return _not_barred(lane, user).order_by(*_URGENCY)


def review_head_for(
    user: Any, queue: ReviewQueue | None = None, passing_over: Collection[uuid.UUID] = ()
) -> ReviewItem | None:
    """The most urgent open item that `user` may take; None when there is none. Two queries at any length."""
    lane = partial(review_lane_of, user, queue_id=OuterRef("pk"), passing_over=passing_over)
    heads: dict[str, Any] = {"head": Subquery(lane(for_senior=False).values("pk")[:1])}
    queues = queues_open_to(user)
    if user.has_perm(roles.REVIEW_ESCALATED):
        heads = {
            "head": Case(When(Exists(queues.filter(pk=OuterRef("pk"))), then=heads["head"])),
            "senior_head": Subquery(lane(for_senior=True).values("pk")[:1]),
        }
        queues = ReviewQueue.objects.all()
    if queue is not None:
        queues = queues.filter(pk=queue.pk)
    found = queues.order_by().annotate(**heads).values_list(*heads)
    keys = [key for row in found for key in row if key is not None]
    items = ReviewItem.objects.filter(pk__in=keys).select_related("scan_run", "owner", "claimed_by", "queue")
    return items.order_by(*_URGENCY).first() if keys else None


def review_heads_for(
    user: Any, count: int = 5, queue: ReviewQueue | None = None, passing_over: Collection[uuid.UUID] = ()
) -> list[ReviewItem]:
    """The first few open items that `user` may take, most urgent first; fast on a queue of any length."""
    if not user.has_perm(roles.REVIEW_DECIDE):
        return []
    found: list[ReviewItem] = []
    while len(found) < count:
        head = review_head_for(user, queue, [*passing_over, *(item.pk for item in found)])
        if head is None:
            break
        found.append(head)
    return found


def held_by(user: Any, queue: ReviewQueue | None = None) -> QuerySet[ReviewItem]:
    """Items that `user` has claimed and not answered, most urgent first."""
    held = ReviewItem.objects.filter(
        state=ReviewState.CLAIMED, claimed_by=user, claim_expires_at__gt=timezone.now()
    )
    if queue is not None:
        held = held.filter(queue=queue)
    return held.order_by(*_URGENCY)


def reviews_visible_to(user: Any) -> QuerySet[ReviewItem]:
    """All items, decided ones too, for whoever may read the queue; empty for everybody else.

    Gold items and answers to them are seen by whoever holds them and by people who may mark gold items. Left
    out are items that tell what was decided on content that the viewer is to judge blindly, or who decided.
    """
    if not user.has_perm("moderation.view_reviewitem"):
        return ReviewItem.objects.none()
    items = ReviewItem.objects.select_related("scan_run", "owner", "claimed_by", "queue")
    if not user.has_perm(roles.GOLD_MARK):
        items = items.filter(~Q(purpose="gold") | Q(claimed_by=user) | Q(answered_by=user))
    return not_given_away_to(
        user, items, written_at="decided_at", may_stay=Q(decided_at=None), has_names=True
    )


def gold_items_for(user: Any) -> QuerySet[GoldItem]:
    """Gold items for people who may mark them, without what `user` is being asked; empty for the others."""
    if not user.has_perm(roles.GOLD_MARK):
        return GoldItem.objects.none()
    in_hand = Q(state=ReviewState.CLAIMED, claimed_by=user) | Q(state=ReviewState.ANSWERED, answered_by=user)
    held = ReviewItem.objects.filter(in_hand, gold__isnull=False)
    return GoldItem.objects.exclude(pk__in=held.order_by().values("gold"))


def backlog_counts() -> BacklogCounts:
    """How much waits, how much of it is late, and what it is. Gold items are no work that waits."""
    return _backlog_of(timezone.now(), _tallies())


def backlog_counts_recent() -> BacklogCounts:
    """`backlog_counts`, at most QUEUE_COUNTS_SECONDS old: for what stands on every page."""
    return _backlog_of(*_tallies_recent())


def queue_counts_recent() -> list[QueueCounts]:
    """Every queue with its numbers, by position; at most QUEUE_COUNTS_SECONDS old."""
    _counted_at, tallies = _tallies_recent()
    return _queues_of(tallies)


def _tallies() -> list[Tally]:
    """Numbers of what waits, a row for each queue, severity and category: one look through the backlog."""
    totals: dict[str, Any] = {"all": Count("id"), **_totals()}
    return [dict(row) for row in _undecided().values("queue", "severity", "category").annotate(**totals)]


def _tallies_recent() -> tuple[datetime, list[Tally]]:
    seconds = settings.QUEUE_COUNTS_SECONDS
    found = cache.get_or_set("moderation.backlog", lambda: (timezone.now(), _tallies()), seconds)
    return cast(tuple[datetime, list[Tally]], found)


def _backlog_of(counted_at: datetime, tallies: list[Tally]) -> BacklogCounts:
    by_severity, by_category = Counter[int](), Counter[str]()
    for row in tallies:
        by_severity[row["severity"]] += row["all"]
        by_category[row["category"]] += row["all"]
    sums = {key: sum(row[key] for row in tallies) for key in (*_SUMMED, "answered")}
    return BacklogCounts(
        **sums,
        next_due_at=_earliest(tallies),
        by_severity=dict(by_severity),
        by_category=dict(by_category),
        counted_at=counted_at,
    )


def _queues_of(tallies: list[Tally]) -> list[QueueCounts]:
    counts = []
    for queue in ReviewQueue.objects.all():
        own = [row for row in tallies if row["queue"] == queue.pk]
        sums = {key: sum(row[key] for row in own) for key in _SUMMED}
        counts.append(QueueCounts(queue=queue, **sums, next_due_at=_earliest(own)))
    return counts


def _earliest(tallies: list[Tally]) -> datetime | None:
    return min((row["next_due_at"] for row in tallies), default=None)


def _undecided() -> QuerySet[ReviewItem]:
    return ReviewItem.objects.filter(state__in=list(UNDECIDED)).exclude(purpose="gold").order_by()


def _totals() -> dict[str, Any]:
    moment = timezone.now()
    return {
        "open": Count("id", filter=Q(state=ReviewState.OPEN)),
        "claimed": Count("id", filter=Q(state=ReviewState.CLAIMED)),
        "answered": Count("id", filter=Q(state=ReviewState.ANSWERED)),
        "overdue": Count("id", filter=Q(due_at__lt=moment)),
        "due_soon": Count("id", filter=Q(due_at__gte=moment, due_at__lt=moment + SOON)),
        "next_due_at": Min("due_at"),
    }


def _not_barred(items: QuerySet[ReviewItem], user: Any) -> QuerySet[ReviewItem]:
    others = items.exclude(owner_id=user.pk).exclude(not_by_id=user.pk).exclude(not_by_other_id=user.pk)
    return without_takers_part(others, user)
