"""queue_for, due_at_for: where a new item waits and until when. queue_save, queue_remove, service_target_set,
review_route, queues_install."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from moderation.errors import QueueInUse, QueueInvalid, QueueTaken, QueueTakesAll
from moderation.models.queue import DEFAULT_QUEUE, ReviewQueue, ServiceTarget
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.policy.defaults import review_hours
from moderation.services.audit import audit_append, audit_append_all
from moderation.services.evidence import evidence_gone, evidence_note
from moderation.states import UNDECIDED
from moderation.taxonomy import Category, Surface
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused, gettext_noop

DEFAULT_QUEUE_NAME = gettext_noop("General")
LANGUAGES = ("zh", "en")
_LAST_POSITION = 1000


@transaction.atomic
def queues_install() -> None:
    """See that the general queue and a due time for each category are there. Changes nothing that is."""
    notes = []
    queue, is_new = ReviewQueue.objects.get_or_create(
        slug=DEFAULT_QUEUE, defaults={"name": DEFAULT_QUEUE_NAME, "position": _LAST_POSITION}
    )
    if is_new:
        notes.append(evidence_note("moderation.queue.installed", queue))
    known = set(ServiceTarget.objects.values_list("category", flat=True))
    for category in Category:
        if category in known:
            continue
        target, is_new = ServiceTarget.objects.get_or_create(
            category=category, defaults={"minutes": review_hours(category) * 60}
        )
        if is_new:
            notes.append(evidence_note("moderation.service_target.installed", target))
    audit_append_all(notes)


def queue_for(*, category: str, language: str, surface: str) -> ReviewQueue:
    """The first queue, by position, that takes such an item; the general one takes what no other does."""
    queues = ReviewQueue.objects.exclude(slug=DEFAULT_QUEUE)
    for queue in queues:
        if queue.takes(category=category, language=language, surface=surface):
            return queue
    return ReviewQueue.objects.get(slug=DEFAULT_QUEUE)


def due_at_for(category: Category, since: datetime | None = None) -> datetime:
    """Until when a person should have decided on content of this category that came in at `since` (now)."""
    minutes = ServiceTarget.objects.filter(category=category).values_list("minutes", flat=True).first()
    return (since or timezone.now()) + timedelta(minutes=minutes or review_hours(category) * 60)


@transaction.atomic
def queue_save(*, queue: ReviewQueue, members: Collection[Any] | None = None, by: Any) -> ReviewQueue:
    """Store a new or changed queue; waiting items keep their queue (see `queue_route_again`).

    members: None leaves them as they are. Raises PermissionRefused, QueueInvalid, QueueTakesAll, QueueTaken.
    """
    roles.require(by, roles.QUEUE_CHANGE)
    if queue.is_default and (queue.categories or queue.languages or queue.surfaces):
        raise QueueTakesAll
    if ReviewQueue.objects.filter(slug=queue.slug).exclude(pk=queue.pk).exists():
        raise QueueTaken(details={"slug": queue.slug})
    unknown = sorted(
        {*set(queue.categories) - set(Category), *set(queue.surfaces) - set(Surface)}
        | (set(queue.languages) - set(LANGUAGES))
    )
    if unknown:
        raise QueueInvalid(details={"unknown": unknown})
    queue.save()
    if members is not None:
        queue.members.set(members)
    waiting = queue.items.filter(state__in=list(UNDECIDED), escalated_at__isnull=True)
    waiting.exclude(purpose=ReviewPurpose.ADJUDICATION).exclude(for_senior=queue.needs_senior).update(
        for_senior=queue.needs_senior
    )
    facts = {
        "slug": queue.slug,
        "categories": list(queue.categories),
        "languages": list(queue.languages),
        "surfaces": list(queue.surfaces),
        "position": queue.position,
        "needs_senior": queue.needs_senior,
        "members": sorted(str(pk) for pk in queue.members.values_list("pk", flat=True)),
    }
    stored = ReviewQueue.objects.get(pk=queue.pk)
    audit_append_all([evidence_note("moderation.queue.saved", stored, by, **facts)])
    return queue


@transaction.atomic
def queue_remove(*, queue: ReviewQueue, by: Any) -> None:
    """Remove a queue that never held an item. Raises PermissionRefused, QueueInUse."""
    roles.require(by, roles.QUEUE_CHANGE)
    count = queue.items.count()
    if queue.is_default or count:
        raise QueueInUse(details={"items": count})
    audit_append_all([evidence_gone("moderation.queue.removed", queue, by, slug=queue.slug)])
    queue.delete()


@transaction.atomic
def queue_route_again(*, queue: ReviewQueue, by: Any) -> int:
    """Route the waiting items of a queue anew, after queues were changed; how many went elsewhere."""
    roles.require(by, roles.QUEUE_CHANGE)
    moved = 0
    for item in queue.items.filter(state__in=list(UNDECIDED)).select_for_update(skip_locked=True):
        target = queue_for(category=item.category, language=item.language, surface=item.surface)
        if target.pk != queue.pk:
            _move(item, target)
            moved += 1
    if moved:
        audit_append(action="moderation.queue.routed_again", subject=queue, actor=by, data={"count": moved})
    return moved


@transaction.atomic
def review_route(item: ReviewItem, by: Any, queue: ReviewQueue) -> ReviewItem:
    """Put one undecided item into another queue by hand. Raises PermissionRefused, TransitionRefused."""
    roles.require(by, roles.QUEUE_CHANGE)
    if not _move(item, queue):
        raise TransitionRefused(details={"state": item.state})
    item.refresh_from_db()
    audit_append(action="moderation.review.routed", subject=item, actor=by, data={"queue": queue.slug})
    return item


@transaction.atomic
def service_target_set(*, target: ServiceTarget, minutes: int, by: Any) -> ServiceTarget:
    """Change within how many minutes items of a category are due; those that wait keep their due time."""
    roles.require(by, roles.QUEUE_CHANGE)
    target.minutes = minutes
    target.save(update_fields=["minutes"])
    stored = ServiceTarget.objects.get(pk=target.pk)
    facts = {"category": target.category, "minutes": minutes}
    audit_append_all([evidence_note("moderation.service_target.set", stored, by, **facts)])
    return target


def is_for_senior(queue: ReviewQueue, *, purpose: str, is_escalated: bool) -> bool:
    """Whether only a senior moderator may take such an item in this queue."""
    return queue.needs_senior or is_escalated or purpose == ReviewPurpose.ADJUDICATION


def _move(item: ReviewItem, queue: ReviewQueue) -> bool:
    for_senior = is_for_senior(queue, purpose=item.purpose, is_escalated=item.escalated_at is not None)
    waiting = ReviewItem.objects.filter(Q(state__in=list(UNDECIDED)), pk=item.pk)
    return bool(waiting.update(queue=queue, for_senior=for_senior, updated_at=timezone.now()))
