"""Featured slots: order, dates, and what the catalogue is told."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.models import AuditEntry
from templates_app.models import NOT_FEATURED, DanceTemplate, FeaturedSlot
from templates_app.services.featuring import (
    SlotInvalid,
    SlotsChanged,
    featured_refresh,
    slot_add,
    slot_change,
    slot_remove,
    slots_reorder,
)
from tests.factories.accounts import UserFactory
from tests.factories.templates import TemplateFactory, superuser
from tongyi_portal.common.errors import NotFound, PermissionRefused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def positions() -> dict[str, int]:
    return dict(
        DanceTemplate.objects.exclude(featured_position=NOT_FEATURED).values_list("slug", "featured_position")
    )


def test_slots_are_added_at_the_end_and_reordered_at_once() -> None:
    by = superuser()
    first, second = (slot_add(template=TemplateFactory(slug=slug), by=by) for slug in ("one", "two"))
    assert positions() == {"one": 1, "two": 2}
    slots_reorder(ids=[second.pk, first.pk], by=by)
    assert positions() == {"two": 1, "one": 2}
    assert AuditEntry.objects.latest("sequence").data == {
        "what": "order",
        "slots": [str(second.pk), str(first.pk)],
    }


def test_only_slots_that_are_on_count_and_the_foremost_of_a_template_wins() -> None:
    by, now = superuser(), timezone.now()
    template = TemplateFactory(slug="one")
    slot_add(template=template, by=by, starts_at=now - 2 * HOUR, ends_at=now - HOUR)
    slot_add(template=template, by=by, starts_at=now + HOUR)
    assert positions() == {}
    slot_add(template=template, by=by, starts_at=now - HOUR, ends_at=now + HOUR)
    slot_add(template=template, by=by)
    assert positions() == {"one": 3}


def test_the_clock_alone_brings_a_slot_on_and_off() -> None:
    slot = slot_add(template=TemplateFactory(slug="one"), by=superuser(), starts_at=timezone.now() + HOUR)
    FeaturedSlot.objects.filter(pk=slot.pk).update(starts_at=timezone.now() - HOUR)
    assert (featured_refresh(), positions()) == (1, {"one": 1})
    FeaturedSlot.objects.filter(pk=slot.pk).update(ends_at=timezone.now() - HOUR / 2)
    assert (featured_refresh(), positions()) == (1, {})
    assert featured_refresh() == 0


def test_dates_are_changed_and_a_slot_removed() -> None:
    by, now = superuser(), timezone.now()
    slot = slot_add(template=TemplateFactory(slug="one"), by=by)
    slot_change(slot=slot, by=by, starts_at=now + HOUR)
    assert positions() == {}
    slot_change(slot=slot, by=by, starts_at=now - HOUR, ends_at=None)
    assert positions() == {"one": 1}
    slot_remove(slot=slot, by=by)
    assert positions() == {}
    with pytest.raises(NotFound):
        slot_remove(slot=slot, by=by)
    assert AuditEntry.objects.latest("sequence").data["what"] == "removed"


def test_faults_are_refused() -> None:
    by, now, template = superuser(), timezone.now(), TemplateFactory()
    with pytest.raises(SlotInvalid):
        slot_add(template=template, by=by, starts_at=now, ends_at=now)
    with pytest.raises(PermissionRefused):
        slot_add(template=template, by=UserFactory())
    slot = slot_add(template=template, by=by)
    with pytest.raises(SlotInvalid):
        slot_change(slot=slot, by=by, ends_at=now - HOUR)
    for wrong in ([], [slot.pk, slot.pk], [uuid.uuid4()]):
        with pytest.raises(SlotsChanged):
            slots_reorder(ids=wrong, by=by)
