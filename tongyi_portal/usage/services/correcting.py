"""event_correct: an event that told something else than its row is replaced by one that tells the same."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongyi_portal.usage.models import EventCorrection, UsageEvent
from tongyi_portal.usage.services.recording import hour_note_late


@transaction.atomic
def event_correct(*, event: UsageEvent, columns: Mapping[str, Any]) -> UsageEvent:
    """Write the event anew with other values in these columns, and take the wrong one back.

    Time and person stay: nobody could tell the person again once the day's salt is gone. That it was done
    stays readable in an EventCorrection, without which the database would keep the event. Its hour is noted
    as late.
    """
    EventCorrection.objects.create(event=event.pk, at=event.at, columns=sorted(columns))
    same = {field.attname: getattr(event, field.attname) for field in UsageEvent._meta.concrete_fields}
    right = UsageEvent.objects.create(**{**same, **columns, "id": None})
    UsageEvent.objects.filter(pk=event.pk, at=event.at).delete()
    hour_note_late(event.at, timezone.now())
    return right
