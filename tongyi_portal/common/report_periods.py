"""Period: the days that a report is about, in the site's zone; presets, and the period to compare with."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MAX_DAYS = 1100


class Preset(models.TextChoices):
    """Ways to name a period."""

    TODAY = "today", _("today")
    YESTERDAY = "yesterday", _("yesterday")
    WEEK = "7", _("7 days")
    MONTH = "30", _("30 days")
    QUARTER = "90", _("90 days")
    CUSTOM = "custom", _("from … to …")


class Compare(models.TextChoices):
    """What stands beside the numbers of the period."""

    NONE = "none", _("nothing")
    PREVIOUS = "previous", _("the time before")
    WEEKDAYS = "weekdays", _("the same weekdays before")


@dataclass(frozen=True)
class Period:
    """Whole days of the site's zone, `first` to `last`, both counted. cut: an earlier end, so that a period
    that runs and the one that it is compared with are of the same length."""

    first: date
    last: date
    preset: Preset = Preset.CUSTOM
    cut: datetime | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        return _midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first moment after the period."""
        return self.cut or _midnight(self.last + timedelta(days=1))

    def hours_until(self, now: datetime) -> float:
        """How much of the period is over, in hours; never nothing, because rates divide by it."""
        return max((min(self.until, now) - self.since).total_seconds() / 3600, 1 / 60)

    def is_running(self, now: datetime) -> bool:
        return self.since <= now < self.until

    def compared(self, compare: Compare, now: datetime) -> "Period | None":
        """The period before this one, of the same length, or of the same weekdays; None for NONE.

        While this one runs, or is cut, the other ends at the same local time of its last day.
        """
        if compare == Compare.NONE:
            return None
        shift = self.days if compare == Compare.PREVIOUS else -(-self.days // 7) * 7
        days = timedelta(days=shift)
        end = self.cut or (now if self.is_running(now) else None)
        cut = end.astimezone(timezone.get_default_timezone()) - days if end is not None else None
        return Period(self.first - days, self.last - days, self.preset, cut)


def preset_period(preset: Preset, now: datetime) -> Period:
    """The period that a preset names at `now`; raises ValueError for CUSTOM."""
    today = timezone.localtime(now).date()
    if preset == Preset.YESTERDAY:
        return Period(today - timedelta(days=1), today - timedelta(days=1), preset)
    days = {Preset.TODAY: 1, Preset.WEEK: 7, Preset.MONTH: 30, Preset.QUARTER: 90}.get(preset)
    if days is None:
        raise ValueError("a custom period has dates of its own")
    return Period(today - timedelta(days=days - 1), today, preset)


def zone_name() -> str:
    """The zone that all reports speak in, such as "Asia/Shanghai"."""
    return timezone.get_default_timezone_name()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
