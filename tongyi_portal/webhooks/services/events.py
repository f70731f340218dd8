"""event_emit: tell whoever listens, by rows written in the caller's transaction."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongyi_portal.common.queue import enqueue
from tongyi_portal.webhooks.errors import UnknownEventType
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Endpoint, Event
from tongyi_portal.webhooks.models.endpoint import DisabledReason

DELIVER_TASK = "tongyi_portal.webhooks.tasks.outbound.deliver"


def event_emit(
    *,
    type: str,  # noqa: A002  # the name the payload has
    owner_id: uuid.UUID | None,
    data: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
) -> Event | None:
    """Tell every endpoint that listens; None, for the price of one indexed query, when nobody does.

    owner_id: whose endpoints are told, besides those for all accounts; None for an event of the site, which
    only those hear of, unless its type is for all. data: plain JSON, never personal data; a function is
    called only when somebody listens. Raises UnknownEventType.
    Nothing is sent before the caller's transaction is committed.
    """
    if type not in EVENT_TYPES:
        raise UnknownEventType(details={"unknown": [type], "known": sorted(EVENT_TYPES)})
    listening = [endpoint for endpoint in _listening(type, owner_id) if endpoint.wants(type)]
    if not listening:
        return None
    with transaction.atomic():
        told = data() if callable(data) else data
        event = Event.objects.create(type=type, owner_id=owner_id, data=dict(told))
        deliveries_create(event, [endpoint for endpoint in listening if endpoint.is_active])
    return event


def deliveries_create(event: Event, endpoints: list[Endpoint]) -> list[Delivery]:
    """One delivery of `event` for each of `endpoints`, due at once, with a wake-up on commit."""
    moment = timezone.now()
    rows = [
        Delivery(endpoint=endpoint, event=event, due_at=moment, woken_at=moment) for endpoint in endpoints
    ]
    for row in Delivery.objects.bulk_create(rows):
        enqueue(DELIVER_TASK, row.pk)
    return rows


def _listening(event_type: str, owner_id: uuid.UUID | None) -> list[Endpoint]:
    """Endpoints that may be told: also those that failed and may come back, so that they can catch up."""
    switched_on = Endpoint.objects.exclude(disabled_reason=DisabledReason.BY_HAND)
    if EVENT_TYPES[event_type].is_for_all:
        return list(switched_on)
    mine = Q(is_staff_wide=True)
    if owner_id is not None and not EVENT_TYPES[event_type].is_staff_only:
        mine |= Q(owner_id=owner_id)
    return list(switched_on.filter(mine))
