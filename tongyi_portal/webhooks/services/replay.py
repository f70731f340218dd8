"""delivery_replay and deliveries_replay: send again what was sent, or never arrived."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tongyi_portal.accounts.models import User
from tongyi_portal.common.queue import enqueue
from tongyi_portal.webhooks.errors import EndpointIsOff, ReplayTooLarge
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Endpoint, Event
from tongyi_portal.webhooks.services.endpoints import endpoint_require
from tongyi_portal.webhooks.services.events import DELIVER_TASK, deliveries_create
from tongyi_portal.webhooks.states import DELIVERY, DeliveryState

MAX_REPLAYED = 1000


@transaction.atomic
def delivery_replay(*, delivery: Delivery, by: User) -> Delivery:
    """Send it again at once, under the same webhook-id, with a full set of attempts.

    One that is still being tried is tried at once, too. Raises PermissionRefused, EndpointIsOff.
    """
    endpoint_require(delivery.endpoint, by)
    if not delivery.endpoint.is_active:
        raise EndpointIsOff
    moment = timezone.now()
    fresh: dict[str, Any] = {"tries": 0, "due_at": moment, "woken_at": moment, "replays": F("replays") + 1}
    if delivery.state == DeliveryState.PENDING:
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING).update(
            **fresh, updated_at=moment
        )
        delivery.refresh_from_db()
    else:
        DELIVERY.move(delivery, DeliveryState.PENDING, **fresh)
    enqueue(DELIVER_TASK, delivery.pk)
    return delivery


@transaction.atomic
def deliveries_replay(
    *, endpoint: Endpoint, by: User, since: datetime, until: datetime, is_failed_only: bool
) -> int:
    """Send again what happened from `since` to `until`; returns how many deliveries.

    is_failed_only: only what did not arrive: given up, or never sent because the endpoint was off or did not
    listen. Raises PermissionRefused, EndpointIsOff, ReplayTooLarge.
    """
    endpoint_require(endpoint, by)
    if not endpoint.is_active:
        raise EndpointIsOff
    states = [DeliveryState.FAILED] if is_failed_only else [DeliveryState.FAILED, DeliveryState.DELIVERED]
    again = Delivery.objects.select_related("endpoint").filter(
        endpoint=endpoint, state__in=states, event__created_at__gte=since, event__created_at__lte=until
    )
    missed = [event for event in _missed(endpoint, since, until) if endpoint.wants(event.type)]
    count = again.count() + len(missed)
    if count > MAX_REPLAYED:
        raise ReplayTooLarge(details={"found": count, "limit": MAX_REPLAYED})
    for delivery in again.order_by("event__created_at"):
        delivery_replay(delivery=delivery, by=by)
    for event in missed:
        deliveries_create(event, [endpoint])
    return count


def _missed(endpoint: Endpoint, since: datetime, until: datetime) -> QuerySet[Event]:
    """Events of the range that the endpoint may see and of which it has no delivery."""
    events = Event.objects.filter(created_at__gte=since, created_at__lte=until).exclude(type="webhook.test")
    if not endpoint.is_staff_wide:
        staff_only = [name for name, kind in EVENT_TYPES.items() if kind.is_staff_only]
        events = events.filter(Q(owner_id=endpoint.owner_id)).exclude(type__in=staff_only)
    return events.exclude(deliveries__endpoint=endpoint).order_by("created_at")[: MAX_REPLAYED + 1]
