"""Where hours and days begin: hours in UTC, days in the site's zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_from(moment: datetime) -> datetime:
    """The first beginning of an hour in UTC that is not before a moment."""
    return hour_of(moment + HOUR - timedelta.resolution)


def day_start(day: date) -> datetime:
    """The moment, in UTC, at which a day of the site's zone begins."""
    return datetime.combine(day, time.min, timezone.get_default_timezone()).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The moment at which the next day begins: 23 to 25 hours later."""
    return day_start(day + DAY)


def days_touched(since: datetime, until: datetime) -> Iterator[date]:
    """The days of the site's zone that have a part in [since, until), in order."""
    zone = timezone.get_default_timezone()
    day = since.astimezone(zone).date()
    while day_start(day) < until:
        yield day
        day += DAY
