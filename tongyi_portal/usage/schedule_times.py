"""When a scheduled report is due next, on the site's clock. Pure but for the zone that is given."""

from datetime import UTC, datetime, timedelta, tzinfo


def time_after(
    after: datetime, *, rhythm: str, hour: int, weekday: int, month_day: int, zone: tzinfo
) -> datetime:
    """The first time later than `after` that fits, in UTC.

    rhythm: daily, weekly (on `weekday`, 0 is Monday) or monthly (on `month_day`, 1 to 28). An hour that the
    clock leaves out in spring is the one that it jumps to; of an hour that comes twice the first one counts.
    """
    local = after.astimezone(zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for _day in range(40):
        fits = {
            "daily": True,
            "weekly": day.weekday() == weekday,
            "monthly": day.day == month_day,
        }[rhythm]
        moment = day.replace(hour=hour, tzinfo=zone).astimezone(UTC)
        if fits and moment > after:
            return moment
        day += timedelta(days=1)
    raise ValueError(f"no {rhythm} time within 40 days: weekday {weekday}, day of the month {month_day}")
