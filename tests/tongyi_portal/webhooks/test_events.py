"""event_emit: who is told of what."""

import uuid
from typing import Any

import pytest
from django.db import transaction

from tests.factories.accounts import user_with
from tests.factories.webhooks import DECISION, EndpointFactory, app_user
from tongyi_portal.common import roles
from tongyi_portal.webhooks.errors import UnknownEventType
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Event
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.services.endpoints import endpoint_disable
from tongyi_portal.webhooks.services.events import event_emit
from tongyi_portal.webhooks.services.sending import endpoint_switch_off

pytestmark = pytest.mark.django_db


def test_nobody_listens_and_nothing_is_written(django_assert_num_queries: Any) -> None:
    def data() -> dict[str, Any]:
        raise AssertionError("asked for what nobody wants to know")

    with django_assert_num_queries(1):
        assert event_emit(type=DECISION, owner_id=uuid.uuid4(), data=data) is None

    assert not Event.objects.exists()


def test_each_endpoint_of_the_owner_gets_one_delivery() -> None:
    owner = app_user()
    mine = [EndpointFactory(owner=owner), EndpointFactory(owner=owner, event_types=[DECISION])]
    EndpointFactory(owner=owner, event_types=["moderation.strike.issued"])
    EndpointFactory()  # of somebody else

    event = event_emit(type=DECISION, owner_id=owner.pk, data={"verdict": "block"})

    assert event is not None
    assert set(event.deliveries.values_list("endpoint", flat=True)) == {one.pk for one in mine}


def test_an_endpoint_for_all_accounts_is_told_of_everybodys_events() -> None:
    staff = EndpointFactory(owner=user_with(roles.OPERATOR), is_staff_wide=True)

    event_emit(type=DECISION, owner_id=uuid.uuid4(), data={})
    event_emit(type="moderation.policy.published", owner_id=None, data={})

    assert Delivery.objects.filter(endpoint=staff).count() == 2


def test_an_app_is_not_told_that_its_content_waits_for_a_moderator() -> None:
    endpoint = EndpointFactory()

    assert event_emit(type="moderation.review.opened", owner_id=endpoint.owner_id, data={}) is None


def test_an_event_is_undone_with_what_it_tells_of() -> None:
    endpoint = EndpointFactory()

    with transaction.atomic():
        event_emit(type=DECISION, owner_id=endpoint.owner_id, data={})
        transaction.set_rollback(True)

    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_what_happens_while_an_endpoint_fails_is_kept_for_later() -> None:
    endpoint = EndpointFactory()
    endpoint_switch_off(endpoint, DisabledReason.FAILING)

    event = event_emit(type=DECISION, owner_id=endpoint.owner_id, data={})

    assert event is not None
    assert not event.deliveries.exists()


def test_an_endpoint_switched_off_by_hand_costs_nothing() -> None:
    endpoint = EndpointFactory()
    endpoint_disable(endpoint=endpoint, by=endpoint.owner)

    assert event_emit(type=DECISION, owner_id=endpoint.owner_id, data={}) is None


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownEventType):
        event_emit(type="moderation.typo", owner_id=None, data={})


def test_examples_hold_no_personal_data() -> None:
    names = {"username", "email", "name", "ip", "prompt", "text", "url", "note"}

    for kind in EVENT_TYPES.values():
        assert not names & set(kind.example)
