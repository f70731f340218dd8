"""Which item comes next on one moderator's desk: within the chosen queue, without those just skipped."""

import uuid
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from moderation.models import ReviewItem, ReviewQueue
from moderation.queue_selectors import review_heads_for, reviews_visible_to
from moderation.review.item_context import desk_url
from moderation.review.keys import key_of
from moderation.services.claims import claim_time
from moderation.services.exposure import exposure_break_begin
from moderation.services.gold import gold_next
from moderation.services.reviews import review_claim, review_claim_next
from tongyi_portal.common.errors import AppError

_PASSED_OVER = "review_passed_over"
_PASSED_OVER_LIMIT = 50


@dataclass(frozen=True)
class Step:
    """Where the desk goes: to a claimed item, or without one to `url` (the break, or the empty queue)."""

    item: ReviewItem | None
    url: str
    is_empty: bool = False


def take(request: HttpRequest) -> Step:
    """Claim the next item: the one that was loaded ahead ("next"), else the most urgent; or a break is due.

    Raises PermissionRefused.
    """
    if exposure_break_begin(request.user) is not None:
        return Step(None, reverse("admin:review_break"))
    item = _claim_ahead(request) or _claim_most_urgent(request)
    if item is None:
        return Step(None, queue_url(request), is_empty=True)
    queue = _queue_of(request)
    return Step(item, desk_url(item.pk) + (f"?queue={queue.slug}" if queue is not None else ""))


def peek(request: HttpRequest) -> ReviewItem | None:
    """The item to load ahead. A gold item is drawn here: it must not come later than all others do."""
    queue = _queue_of(request)
    if queue is None:
        gold = gold_next(request.user, timezone.now() + claim_time())
        if gold is not None:
            return gold
    known = {key for one in request.POST.getlist("has") if (key := key_of(one)) is not None}
    heads = review_heads_for(request.user, 1, queue, known | set(_passed_over(request)))
    return heads[0] if heads else None


def pass_over(request: HttpRequest, item: ReviewItem) -> None:
    """Do not give this item again soon: the moderator has skipped it."""
    passed = [*request.session.get(_PASSED_OVER, []), str(item.pk)]
    request.session[_PASSED_OVER] = passed[-_PASSED_OVER_LIMIT:]


def queue_url(request: HttpRequest) -> str:
    queue = _queue_of(request)
    return reverse("admin:review_queue") + (f"?queue={queue.slug}" if queue is not None else "")


def _claim_ahead(request: HttpRequest) -> ReviewItem | None:
    key = key_of(request.POST.get("next", ""))
    item = reviews_visible_to(request.user).filter(pk=key).first() if key is not None else None
    if item is None:
        return None
    try:
        return review_claim(item, request.user)
    except AppError:
        return None


def _claim_most_urgent(request: HttpRequest) -> ReviewItem | None:
    """Items that were skipped come again once nothing else is left."""
    queue, passed = _queue_of(request), _passed_over(request)
    item = review_claim_next(request.user, queue, passing_over=passed)
    if item is None and passed:
        request.session[_PASSED_OVER] = []
        item = review_claim_next(request.user, queue)
    return item


def _passed_over(request: HttpRequest) -> list[uuid.UUID]:
    return [key for one in request.session.get(_PASSED_OVER, []) if (key := key_of(one)) is not None]


def _queue_of(request: HttpRequest) -> ReviewQueue | None:
    slug = request.POST.get("queue") or request.GET.get("queue") or ""
    return ReviewQueue.objects.filter(slug=slug).first() if slug else None
