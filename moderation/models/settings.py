"""ModerationSettings: the one row of numbers that desk, samples and strikes work with. ListRevision: counters
that tell every worker when the lists it keeps in memory are old."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

_ONLY_ROW = 1
_HOUR_S, _DAY_MIN, _DECADE_DAYS = 3600, 24 * 60, 3650
# The largest value of each number: beyond it there is no sense, and long before dates overflow.
LIMITS = {
    "undo_seconds": _HOUR_S,
    "bulk_undo_seconds": _HOUR_S,
    "claim_minutes": _DAY_MIN,
    "second_review_percent": 100,
    "gold_percent": 100,
    "audit_percent": 100,
    "exposure_budget": 10_000,
    "shift_hours": 24,
    "break_minutes": _DAY_MIN,
    "strike_days": _DECADE_DAYS,
    "strikes_to_limit": 1000,
    "strikes_to_suspend": 1000,
    "suspension_days": _DECADE_DAYS,
    "appeal_days": _DECADE_DAYS,
    "near_duplicate_distance": 128,
}


def _from(least: int, name: str) -> tuple[MinValueValidator, MaxValueValidator]:
    return MinValueValidator(least), MaxValueValidator(LIMITS[name])


class ModerationSettings(models.Model):
    """Read with `current()`, changed in the console; a change counts from the next request on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=_ONLY_ROW, editable=False)
    undo_seconds = models.PositiveSmallIntegerField(
        _("time to undo an answer (s)"),
        default=10,
        validators=_from(0, "undo_seconds"),
        help_text=_("0: an answer takes effect at once."),
    )
    bulk_undo_seconds = models.PositiveSmallIntegerField(
        _("time to undo many answers (s)"), default=30, validators=_from(0, "bulk_undo_seconds")
    )
    claim_minutes = models.PositiveSmallIntegerField(
        _("claim lasts (min)"),
        default=10,
        validators=_from(1, "claim_minutes"),
        help_text=_("Without a sign of life for so long, an item returns to the queue."),
    )
    second_review_percent = models.PositiveSmallIntegerField(
        _("second, blind review (%)"),
        default=5,
        validators=_from(0, "second_review_percent"),
        help_text=_("Share of decided items that another person decides again, without knowing it."),
    )
    gold_percent = models.PositiveSmallIntegerField(
        _("gold items (%)"),
        default=2,
        validators=_from(0, "gold_percent"),
        help_text=_("Share of items with a known answer among what a moderator is given."),
    )
    audit_percent = models.PositiveSmallIntegerField(
        _("audit of passed content (%)"),
        default=1,
        validators=_from(0, "audit_percent"),
        help_text=_("Share of what the policy passed that a person looks at all the same."),
    )
    exposure_budget = models.PositiveSmallIntegerField(
        _("grave items shown in a shift"),
        default=60,
        validators=_from(0, "exposure_budget"),
        help_text=_("When so many were uncovered, the desk asks for a break."),
    )
    shift_hours = models.PositiveSmallIntegerField(
        _("shift (h)"), default=8, validators=_from(1, "shift_hours")
    )
    break_minutes = models.PositiveSmallIntegerField(
        _("break (min)"), default=15, validators=_from(0, "break_minutes")
    )
    strike_days = models.PositiveSmallIntegerField(
        _("a strike counts for (days)"), default=90, validators=_from(1, "strike_days")
    )
    strikes_to_limit = models.PositiveSmallIntegerField(
        _("strikes until an account is limited"), default=2, validators=_from(1, "strikes_to_limit")
    )
    strikes_to_suspend = models.PositiveSmallIntegerField(
        _("strikes until an account is suspended"), default=4, validators=_from(1, "strikes_to_suspend")
    )
    suspension_days = models.PositiveSmallIntegerField(
        _("a suspension lasts (days)"), default=30, validators=_from(1, "suspension_days")
    )
    appeal_days = models.PositiveSmallIntegerField(
        _("a decision can be appealed for (days)"), default=184, validators=_from(1, "appeal_days")
    )
    near_duplicate_distance = models.PositiveSmallIntegerField(
        _("near duplicates up to this distance"),
        default=31,
        validators=_from(0, "near_duplicate_distance"),
        help_text=_("Bits of 256 in which two pictures' PDQ hashes differ."),
    )

    class Meta:
        verbose_name = _("moderation settings")
        verbose_name_plural = _("moderation settings")
        constraints = [
            models.CheckConstraint(condition=Q(id=_ONLY_ROW), name="moderationsettings_one_row"),
            models.CheckConstraint(
                condition=Q(**{f"{name}__lte": limit for name, limit in LIMITS.items()}),
                name="moderationsettings_within_limits",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Moderation settings"))

    @classmethod
    def current(cls) -> "ModerationSettings":
        """The row; before the first migration has put it there, the defaults."""
        return cls.objects.filter(pk=_ONLY_ROW).first() or cls()


class ListRevision(models.Model):
    """Counts the changes of one kind of list; workers compare it at each scan."""

    key = models.CharField(_("list"), max_length=40, primary_key=True)
    number = models.PositiveBigIntegerField(_("changes"), default=0)

    class Meta:
        verbose_name = _("revision of a list")
        verbose_name_plural = _("revisions of lists")

    def __str__(self) -> str:
        return f"{self.key} {self.number}"
