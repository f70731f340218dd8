"""delivery_attempt: one try of one delivery, claimed by a lease; deliveries_wake_due: what the clock calls.

A delivery may be sent twice (when a worker dies between sending and writing that down), never not at all.
"""

import logging
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.common.outbound import OutboundFailed, OutboundRefused, outbound_request
from tongyi_portal.common.queue import enqueue
from tongyi_portal.webhooks.models import Attempt, Delivery, Endpoint
from tongyi_portal.webhooks.models.delivery import RESPONSE_KEPT
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.schedule import pause_after, wait_after
from tongyi_portal.webhooks.services.events import DELIVER_TASK
from tongyi_portal.webhooks.signing import SecretUnreadable, message_body, signed_headers
from tongyi_portal.webhooks.states import DELIVERY, ENDPOINT, DeliveryState, EndpointState

logger = logging.getLogger(__name__)
AT_ONCE = 2  # deliveries in flight to one endpoint
WOKEN_AT_ONCE = 200
WAKE_AGAIN = timedelta(seconds=60)  # a wake-up that brought nothing by then is taken for lost
GONE = 410
_NO_LEASE = {"lease_token": "", "lease_until": None}


@dataclass(frozen=True)
class Outcome:
    """What one try brought. wish: what Retry-After asked for."""

    status: int | None = None
    error: str = ""
    response: str = ""
    milliseconds: int = 0
    wish: timedelta = timedelta(0)

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def delivery_attempt(*, delivery_id: uuid.UUID) -> Delivery | None:
    """Send a delivery that is due, once; None when there is nothing to do. Safe under duplicate wake-ups."""
    delivery = _claim(delivery_id)
    if delivery is None:
        return None
    if not _may_still_listen(delivery.endpoint):
        endpoint_switch_off(delivery.endpoint, DisabledReason.OWNER)
        Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).update(**_NO_LEASE)
        return None
    outcome = _send(delivery)
    _record(delivery, outcome)
    if outcome.is_success:
        _wake(_due().filter(endpoint=delivery.endpoint_id), AT_ONCE)
    return delivery


@transaction.atomic
def deliveries_wake_due() -> int:
    """Wake deliveries that are due and that nobody is sending; returns how many."""
    return _wake(_due(), WOKEN_AT_ONCE)


def endpoint_switch_off(endpoint: Endpoint, reason: DisabledReason) -> None:
    """Send nothing more to it; what waits goes on waiting. Does nothing when it is off already."""
    try:
        ENDPOINT.move(endpoint, EndpointState.DISABLED, disabled_reason=reason, disabled_at=timezone.now())
    except TransitionRefused:
        return
    logger.warning("webhook endpoint off", extra={"endpoint": str(endpoint.pk), "reason": reason.value})


def _due() -> QuerySet[Delivery]:
    moment = timezone.now()
    return Delivery.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=moment),
        Q(endpoint__paused_until__isnull=True) | Q(endpoint__paused_until__lte=moment),
        Q(woken_at__isnull=True) | Q(woken_at__lt=F("due_at")) | Q(woken_at__lt=moment - WAKE_AGAIN),
        state=DeliveryState.PENDING,
        due_at__lte=moment,
        endpoint__state=EndpointState.ACTIVE,
    )


def _wake(due: QuerySet[Delivery], limit: int) -> int:
    keys = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
    Delivery.objects.filter(pk__in=keys).update(woken_at=timezone.now())
    for key in keys:
        enqueue(DELIVER_TASK, key)
    return len(keys)


def _claim(delivery_id: uuid.UUID) -> Delivery | None:
    """Take the lease if it is free: by a compare-and-set on the row's own columns alone."""
    moment = timezone.now()
    delivery = Delivery.objects.select_related("endpoint").filter(pk=delivery_id).first()
    if delivery is None or not delivery.endpoint.is_active:
        return None
    paused_until = delivery.endpoint.paused_until
    in_flight = Delivery.objects.filter(endpoint=delivery.endpoint_id, lease_until__gt=moment).count()
    if (paused_until is not None and paused_until > moment) or in_flight >= AT_ONCE:
        Delivery.objects.filter(pk=delivery_id).update(woken_at=None)
        return None
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    lease = {
        "lease_token": uuid.uuid4().hex,
        "lease_until": moment + timedelta(seconds=2 * settings.WEBHOOK_TIMEOUT_SECONDS + 30),
    }
    due = Delivery.objects.filter(free, pk=delivery_id, state=DeliveryState.PENDING, due_at__lte=moment)
    if not due.update(**lease):
        return None
    return Delivery.objects.select_related("endpoint__owner", "event").get(pk=delivery_id)


def _may_still_listen(endpoint: Endpoint) -> bool:
    owner = endpoint.owner
    return owner.is_active and (not endpoint.is_staff_wide or owner.has_perm(roles.WEBHOOK_ALL))


def _send(delivery: Delivery) -> Outcome:
    body = message_body(delivery.event)
    try:
        headers = signed_headers(delivery.endpoint, delivery.event, body, timezone.now())
        answer = outbound_request(
            "POST",
            delivery.endpoint.url,
            headers={"content-type": "application/json", **headers},
            body=body,
            seconds=settings.WEBHOOK_TIMEOUT_SECONDS,
            max_bytes=RESPONSE_KEPT,
            cut=True,
        )
    except (OutboundFailed, OutboundRefused) as error:
        return Outcome(error=f"{error.code}:{error.details['reason']}")
    except SecretUnreadable:
        return Outcome(error="secret_unreadable")
    text = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    wish = answer.headers.get("retry-after", "")
    return Outcome(
        status=answer.status,
        response=text[:RESPONSE_KEPT],
        milliseconds=answer.milliseconds,
        wish=timedelta(seconds=int(wish)) if wish.isdigit() and len(wish) < 7 else timedelta(0),
    )


@transaction.atomic
def _record(delivery: Delivery, outcome: Outcome) -> None:
    """Write the attempt down and say what comes next; a lease that is lost by now decides nothing."""
    tries, moment = delivery.tries + 1, timezone.now()
    Attempt.objects.create(
        delivery=delivery,
        number=tries,
        status=outcome.status,
        error=outcome.error,
        response=outcome.response,
        milliseconds=outcome.milliseconds,
    )
    changes = {"tries": tries, "last_status": outcome.status, "last_error": outcome.error, **_NO_LEASE}
    guard = {"lease_token": delivery.lease_token}
    wait = wait_after(tries, chance=random.random(), wish=outcome.wish)
    try:
        if outcome.is_success:
            DELIVERY.move(
                delivery, DeliveryState.DELIVERED, guard=guard, delivered_at=moment, due_at=None, **changes
            )
        elif outcome.status == GONE or wait is None:
            DELIVERY.move(delivery, DeliveryState.FAILED, guard=guard, due_at=None, **changes)
        else:
            kept = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, **guard)
            kept.update(due_at=moment + wait, updated_at=moment, **changes)
            delivery.refresh_from_db()
    except TransitionRefused:
        logger.warning("webhook lease lost", extra={"delivery": str(delivery.pk)})
    _note_on_endpoint(delivery.endpoint, outcome, moment)


def _note_on_endpoint(endpoint: Endpoint, outcome: Outcome, moment: datetime) -> None:
    row = Endpoint.objects.filter(pk=endpoint.pk)
    if outcome.is_success:
        row.update(failures=0, failing_since=None, paused_until=None, last_success_at=moment)
        return
    row.update(
        failures=F("failures") + 1,
        failing_since=Coalesce(F("failing_since"), moment),
        paused_until=moment + pause_after(endpoint.failures + 1),
    )
    if outcome.status == GONE:
        endpoint_switch_off(endpoint, DisabledReason.GONE)
        return
    since = endpoint.failing_since
    if since is not None and moment - since >= timedelta(hours=settings.WEBHOOK_DISABLE_AFTER_HOURS):
        endpoint_switch_off(endpoint, DisabledReason.FAILING)
