"""What can happen to an endpoint: made, changed, switched on and off, given a new secret, tested, deleted."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.common.outbound import OutboundRefused, checked_url
from tongyi_portal.webhooks.errors import (
    EndpointAddressRefused,
    EndpointIsOff,
    TooManyEndpoints,
    UnknownEventType,
)
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Endpoint, Event
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.services.events import deliveries_create
from tongyi_portal.webhooks.services.sending import endpoint_switch_off
from tongyi_portal.webhooks.signing import secret_new, secret_seal
from tongyi_portal.webhooks.states import ENDPOINT, EndpointState

OLD_SECRET_SIGNS = timedelta(hours=24)
TEST = "webhook.test"


@transaction.atomic
def endpoint_create(
    *,
    by: User,
    url: str,
    description: str = "",
    event_types: Collection[str] = (),
    is_staff_wide: bool = False,
) -> tuple[Endpoint, str]:
    """An endpoint of `by`, and its secret, which nobody can read again later.

    event_types: empty for all. is_staff_wide: told of everybody's events; needs WEBHOOK_ALL. Raises
    PermissionRefused, EndpointAddressRefused, UnknownEventType, TooManyEndpoints.
    """
    roles.require(by, roles.WEBHOOK_ALL if is_staff_wide else roles.API_USE)
    limit = settings.WEBHOOK_ENDPOINTS_PER_ACCOUNT
    User.objects.select_for_update().get(pk=by.pk)  # two at once must not pass the limit together
    if Endpoint.objects.filter(owner=by).count() >= limit:
        raise TooManyEndpoints(details={"limit": limit})
    secret = secret_new()
    endpoint = Endpoint.objects.create(
        owner=by,
        url=_checked(url),
        description=description,
        event_types=_known(event_types),
        is_staff_wide=is_staff_wide,
        sealed_secret=secret_seal(secret),
    )
    return endpoint, secret


@transaction.atomic
def endpoint_update(*, endpoint: Endpoint, by: User, **changes: Any) -> Endpoint:
    """Change url, description, event_types, is_active. Raises like `endpoint_create`."""
    endpoint_require(endpoint, by)
    if "url" in changes:
        changes["url"] = _checked(changes["url"])
    if "event_types" in changes:
        changes["event_types"] = _known(changes["event_types"])
    is_active = changes.pop("is_active", None)
    Endpoint.objects.filter(pk=endpoint.pk).update(**changes, updated_at=timezone.now())
    endpoint.refresh_from_db()
    if is_active is False:
        endpoint_switch_off(endpoint, DisabledReason.BY_HAND)
    elif is_active and not endpoint.is_active:
        endpoint_enable(endpoint=endpoint, by=by)
    return endpoint


@transaction.atomic
def endpoint_enable(*, endpoint: Endpoint, by: User) -> Endpoint:
    """Send to it again, first what waits. Raises PermissionRefused, TransitionRefused when it is on."""
    endpoint_require(endpoint, by)
    ENDPOINT.move(
        endpoint,
        EndpointState.ACTIVE,
        disabled_reason="",
        disabled_at=None,
        failures=0,
        failing_since=None,
        paused_until=None,
    )
    return endpoint


@transaction.atomic
def endpoint_disable(*, endpoint: Endpoint, by: User) -> Endpoint:
    """Send nothing more to it; what has not been sent goes on waiting. Twice is no fault."""
    endpoint_require(endpoint, by)
    endpoint_switch_off(endpoint, DisabledReason.BY_HAND)
    return endpoint


@transaction.atomic
def endpoint_rotate_secret(*, endpoint: Endpoint, by: User) -> tuple[Endpoint, str]:
    """A new secret, shown once; for OLD_SECRET_SIGNS the old one signs beside it. Raises PermissionRefused.

    Rotating again within that time ends the oldest secret.
    """
    endpoint_require(endpoint, by)
    secret, moment = secret_new(), timezone.now()
    row = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    row.sealed_previous_secret, row.sealed_secret = row.sealed_secret, secret_seal(secret)
    row.previous_secret_until = moment + OLD_SECRET_SIGNS
    row.save(update_fields=["sealed_previous_secret", "sealed_secret", "previous_secret_until", "updated_at"])
    return row, secret


@transaction.atomic
def endpoint_delete(*, endpoint: Endpoint, by: User) -> None:
    """Remove it with its deliveries. Raises PermissionRefused."""
    endpoint_require(endpoint, by)
    endpoint.delete()


@transaction.atomic
def endpoint_test(*, endpoint: Endpoint, by: User) -> Delivery:
    """Send it an event that tells of nothing. Raises PermissionRefused, EndpointIsOff."""
    endpoint_require(endpoint, by)
    if not endpoint.is_active:
        raise EndpointIsOff
    event = Event.objects.create(type=TEST, owner_id=endpoint.owner_id, data=EVENT_TYPES[TEST].example)
    return deliveries_create(event, [endpoint])[0]


def endpoint_require(endpoint: Endpoint, by: User) -> None:
    """Raise PermissionRefused unless `by` owns the endpoint or manages everybody's."""
    needed = roles.API_USE if endpoint.owner_id == by.pk and not endpoint.is_staff_wide else roles.WEBHOOK_ALL
    if not by.has_perm(needed) and not by.has_perm(roles.WEBHOOK_ALL):
        raise PermissionRefused(details={"permission": needed})


def _checked(url: str) -> str:
    try:
        checked_url(url)
    except OutboundRefused as error:
        raise EndpointAddressRefused(error.message, details=error.details) from error
    return url


def _known(event_types: Collection[str]) -> list[str]:
    unknown = sorted(set(event_types) - set(EVENT_TYPES))
    if unknown:
        raise UnknownEventType(details={"unknown": unknown, "known": sorted(EVENT_TYPES)})
    return sorted(set(event_types))
