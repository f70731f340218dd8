"""RollupMark: up to when the sums are complete; LateHour: hours before it that got events afterwards;
EventCorrection: events that told something else than their row.
"""

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class RollupMark(models.Model):
    """One row. until: every event before this moment is in the sums, but for those of a LateHour.

    kept_from: events before it may be deleted, and their sums stand for good; the database refuses to delete
    later ones.
    """

    until = models.DateTimeField(_("complete until"))
    rolled_at = models.DateTimeField(_("last run"))
    kept_from = models.DateTimeField(_("events kept from"), default=BEGINNING)

    class Meta:
        verbose_name = _("state of the sums")
        verbose_name_plural = _("state of the sums")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="usage_one_mark")]

    def __str__(self) -> str:
        return str(self.until)


class LateHour(models.Model):
    """An hour (UTC) to sum up again; deleted in the transaction that sums it."""

    hour = models.DateTimeField(_("hour"), primary_key=True)
    noted_at = models.DateTimeField(_("noted at"))

    class Meta:
        verbose_name = _("late hour")
        verbose_name_plural = _("late hours")

    def __str__(self) -> str:
        return str(self.hour)


class EventCorrection(models.Model):
    """An event that was replaced by one that tells what its row says; the database lets such a one go.

    columns: names of those that differed.
    """

    event = models.BigIntegerField(_("usage event"), primary_key=True)
    at = models.DateTimeField(_("at"))
    columns = models.JSONField(_("columns"), default=list)
    corrected_at = models.DateTimeField(_("corrected at"), auto_now_add=True)

    class Meta:
        verbose_name = _("corrected event")
        verbose_name_plural = _("corrected events")

    def __str__(self) -> str:
        return f"{self.event}: {', '.join(self.columns)}"
