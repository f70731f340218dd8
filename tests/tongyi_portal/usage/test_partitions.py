"""On PostgreSQL events lie in months. Collected there alone, see conftest.py."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories.usage import event
from tongyi_portal.usage.models import UsageEvent
from tongyi_portal.usage.services.partitions import partitions_drop, partitions_ensure

pytestmark = pytest.mark.django_db


def holder(row: UsageEvent) -> str:
    """The partition in which an event lies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM usage_usageevent WHERE id = %s", [row.pk])
        return str(cursor.fetchone()[0])


def test_events_of_now_lie_in_their_month_and_others_in_the_default_partition() -> None:
    now = timezone.now()
    assert holder(event(now)) == f"usage_usageevent_{now:%Y_%m}"
    assert holder(event(datetime(2031, 5, 6, tzinfo=UTC))) == "usage_usageevent_rest"


def test_months_are_made_ahead_once_and_dropped_whole() -> None:
    since, until = datetime(2030, 11, 5, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    names = ["usage_usageevent_2030_11", "usage_usageevent_2030_12", "usage_usageevent_2031_01"]
    assert partitions_ensure(since=since, until=until) == names
    assert partitions_ensure(since=since, until=until) == []
    kept = event(datetime(2030, 12, 1, tzinfo=UTC))
    event(datetime(2030, 11, 30, 23, 59, 59, 999999, tzinfo=UTC))
    assert partitions_drop(before=datetime(2030, 12, 31, tzinfo=UTC))[-1:] == names[:1]
    assert list(UsageEvent.objects.all()) == [kept]


def test_a_month_that_the_default_partition_has_begun_stays_there() -> None:
    begun = event(datetime(2031, 5, 6, tzinfo=UTC))
    month = datetime(2031, 5, 1, tzinfo=UTC)
    assert partitions_ensure(since=month, until=month) == []
    assert holder(begun) == "usage_usageevent_rest"
    assert holder(event(datetime(2031, 5, 7, tzinfo=UTC))) == "usage_usageevent_rest"


def test_one_hour_of_events_is_found_without_reading_other_months() -> None:
    partitions_ensure(since=datetime(2030, 11, 5, tzinfo=UTC), until=datetime(2031, 1, 1, tzinfo=UTC))
    hour = datetime(2030, 12, 5, 3, tzinfo=UTC)
    plan = UsageEvent.objects.filter(at__gte=hour, at__lt=hour + timezone.timedelta(hours=1)).explain()
    assert "usage_usageevent_2030_12" in plan
    assert "2030_11" not in plan
