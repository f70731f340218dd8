"""ExposureEvent and ExposureBreak: how much grave content a moderator has looked at, and when they paused."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.review import ReviewItem
from tongyi_portal.common.models import UuidModel


class ExposureEvent(UuidModel):
    """One look at unveiled content. is_grave: the item was of severity 4 or more at that time."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exposures", verbose_name=_("moderator")
    )
    item = models.ForeignKey(
        ReviewItem, models.CASCADE, related_name="exposures", verbose_name=_("review item")
    )
    seconds = models.FloatField(_("seconds"))
    is_grave = models.BooleanField(_("grave"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["by", "-created_at"], name="exposure_by_person")]
        constraints = [models.CheckConstraint(condition=Q(seconds__gte=0), name="exposure_seconds_positive")]

    def __str__(self) -> str:
        return f"{self.by} {self.seconds:.1f} s"


class BreakOutcome(models.TextChoices):
    """How a break that was due ended."""

    WAITING = "waiting", _("not ended yet")
    TAKEN = "taken", _("break taken")
    CONTINUED = "continued", _("went on without a break")


class ExposureBreak(UuidModel):
    """A break that the exposure budget asked for. grave_count: grave items seen when it was due."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exposure_breaks", verbose_name=_("moderator")
    )
    grave_count = models.PositiveIntegerField(_("grave items seen"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=BreakOutcome.choices, default=BreakOutcome.WAITING
    )
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["by"], condition=Q(outcome="waiting"), name="exposurebreak_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=BreakOutcome.values), name="exposurebreak_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="waiting", ended_at__isnull=True)
                | (~Q(outcome="waiting") & Q(ended_at__isnull=False)),
                name="exposurebreak_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.get_outcome_display()}"
