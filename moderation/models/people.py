"""Strike and AccountMeasure: what counts against an account, what it leads to, and how both are lifted.

All four tables are written once: a strike or measure is lifted by a row of its own, so nothing is rewritten.
"""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from moderation.models.append_only import AppendOnlyModel
from moderation.models.choices import CategoryChoice
from moderation.models.decision import Decision
from tongyi_portal.common.models import UuidModel


class MeasureKind(models.TextChoices):
    """What an account may no longer do."""

    LIMIT = "limit", _("fewer requests")
    SUSPENSION = "suspension", _("suspension")


class LiftCause(models.TextChoices):
    """Why a strike or measure no longer counts."""

    OVERRIDDEN = "overridden", _("the decision was overturned")
    STRIKE_LIFTED = "strike_lifted", _("too few strikes are left")
    BY_HAND = "by_hand", _("lifted by hand")


class Strike(UuidModel, AppendOnlyModel):
    """One violation held against an account until it expires or is lifted.

    decision: the refusal behind it; empty for a strike that a senior moderator issued by hand. note: for
    staff; erased with the account's data.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="strikes", verbose_name=_("account")
    )
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="strike", verbose_name=_("decision")
    )
    category = models.CharField(_("category"), max_length=32, choices=CategoryChoice.choices)
    reason_code = models.SlugField(_("reason code"), max_length=60)
    note = models.TextField(_("note for staff"), blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="strikes_issued",
        verbose_name=_("issued by"),
    )

    class Meta:
        verbose_name = _("strike")
        verbose_name_plural = _("strikes")
        ordering = ["-created_at"]
        permissions = [
            ("manage_people", gettext_noop("Can issue and lift strikes, and act for people on their data"))
        ]
        indexes = [models.Index(fields=["owner", "-expires_at"], name="strike_by_owner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__isnull=False) | Q(issued_by__isnull=False),
                name="strike_has_decision_or_issuer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} ({self.owner})"

    def is_active_at(self, moment: datetime) -> bool:
        """It counts: neither expired nor lifted."""
        return self.expires_at > moment and not hasattr(self, "lift")


class Lift(UuidModel, AppendOnlyModel):
    """What both ends have in common. note: for staff; erased with the account's data."""

    cause = models.CharField(_("cause"), max_length=16, choices=LiftCause.choices)
    note = models.TextField(_("note for staff"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )

    class Meta:
        abstract = True
        ordering = ["-created_at"]


class StrikeLift(Lift):
    """A strike no longer counts."""

    strike = models.OneToOneField(Strike, models.PROTECT, related_name="lift", verbose_name=_("strike"))
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("new decision")
    )

    class Meta(Lift.Meta):
        verbose_name = _("lifted strike")
        verbose_name_plural = _("lifted strikes")

    def __str__(self) -> str:
        return f"{self.strike}: {self.get_cause_display()}"


class AccountMeasure(UuidModel, AppendOnlyModel):
    """A limit or suspension of an account. It ends by itself at `until`; no task is needed for that.

    strike: the one that reached the threshold; empty for a measure imposed by hand. threshold: how many
    strikes it took, so that it can be seen later whether enough of them are left.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="account_measures", verbose_name=_("account")
    )
    kind = models.CharField(_("measure"), max_length=12, choices=MeasureKind.choices)
    strike = models.ForeignKey(
        Strike, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name=_("strike")
    )
    threshold = models.PositiveSmallIntegerField(_("strikes needed"), null=True, blank=True)
    reason_code = models.SlugField(_("reason code"), max_length=60)
    note = models.TextField(_("note for staff"), blank=True)
    until = models.DateTimeField(_("until"))
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("imposed by"),
    )

    class Meta:
        verbose_name = _("account measure")
        verbose_name_plural = _("account measures")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "-until"], name="accountmeasure_by_owner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=MeasureKind.values), name="accountmeasure_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(strike__isnull=False, threshold__isnull=False)
                | Q(strike__isnull=True, imposed_by__isnull=False),
                name="accountmeasure_has_strike_or_issuer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.owner})"


class MeasureLift(Lift):
    """A measure that ended before its time."""

    measure = models.OneToOneField(
        AccountMeasure, models.PROTECT, related_name="lift", verbose_name=_("measure")
    )

    class Meta(Lift.Meta):
        verbose_name = _("lifted measure")
        verbose_name_plural = _("lifted measures")

    def __str__(self) -> str:
        return f"{self.measure}: {self.get_cause_display()}"
