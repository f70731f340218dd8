"""Apps hear of what the library offers."""

import pytest
from django.utils import timezone

from templates_app.services.publishing import template_retire, version_publish
from tests.factories.templates import live_template, superuser
from tests.factories.webhooks import EndpointFactory
from tongyi_portal.webhooks.models import Delivery, Event
from tongyi_portal.webhooks.models.endpoint import DisabledReason

pytestmark = pytest.mark.django_db


def test_every_listening_app_hears_that_a_template_is_gone() -> None:
    first, second = EndpointFactory(), EndpointFactory(event_types=["templates.template.retired"])
    EndpointFactory(event_types=["moderation.decision.made"])
    template = live_template(slug="kemusan")
    template_retire(template=template, by=superuser())
    (event,) = Event.objects.all()
    assert (event.type, event.owner_id, event.data["template"], event.data["version"]) == (
        "templates.template.retired",
        None,
        "kemusan",
        1,
    )
    assert {delivery.endpoint_id for delivery in Delivery.objects.all()} == {first.pk, second.pk}


def test_retiring_what_is_not_offered_tells_nobody() -> None:
    EndpointFactory()
    template = live_template()
    template_retire(template=template, by=superuser())
    template_retire(template=template, by=superuser())
    assert Event.objects.count() == 1


def test_what_is_switched_off_by_hand_hears_nothing() -> None:
    EndpointFactory(state="disabled", disabled_reason=DisabledReason.BY_HAND, disabled_at=timezone.now())
    template_retire(template=live_template(), by=superuser())
    assert Event.objects.count() == 0


def test_bringing_a_version_back_is_told_as_published() -> None:
    EndpointFactory()
    template = live_template(slug="kemusan")
    version = template.live_version
    assert version is not None
    template_retire(template=template, by=superuser())
    version_publish(version=version, by=superuser())
    assert list(Event.objects.order_by("created_at").values_list("type", flat=True)) == [
        "templates.template.retired",
        "templates.template.published",
    ]
