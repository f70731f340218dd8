"""Rescan and RescanChange: a second look at visible content, reviewed by a person before it counts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice, VerdictChoice
from moderation.models.policy import Policy
from moderation.models.scan import ScanRun
from moderation.states import RescanState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class Rescan(UuidModel, TimestampedModel):
    """All visible content under `policy`: by stored findings, or scanned anew when with_scanners.

    subject_types: keys of the kinds of content to look at. position: how many of the listed subjects are
    done. unknown: visible content without any stored scan. faults: subjects that could not be looked at.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="rescans", verbose_name=_("policy"))
    with_scanners = models.BooleanField(_("run the scanners again"), default=False)
    subject_types = models.JSONField(_("kinds of content"), default=list)
    state = models.CharField(
        _("state"), max_length=12, choices=RescanState.choices, default=RescanState.QUEUED
    )
    total = models.PositiveIntegerField(_("visible things"), default=0)
    examined = models.PositiveIntegerField(_("looked at"), default=0)
    unknown = models.PositiveIntegerField(_("never scanned"), default=0)
    gone = models.PositiveIntegerField(_("gone meanwhile"), default=0)
    cursor = models.JSONField(_("where to go on"), default=dict, editable=False)
    faults = models.JSONField(_("could not be looked at"), default=list)
    fault = models.CharField(_("fault"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("applied by"),
    )
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)

    class Meta:
        verbose_name = _("rescan")
        verbose_name_plural = _("rescans")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RescanState.values), name="rescan_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        """How far it has come."""
        return 100 if not self.total else min(100, round(100 * self.examined / self.total))


class RescanChange(models.Model):
    """One visible thing that the policy would review or block now.

    scan_run: the scan whose findings say so. passed_by_person: somebody has looked at it and let it pass.
    applied_at is set once the row has taken effect; fault: why it has not.
    """

    rescan = models.ForeignKey(Rescan, models.CASCADE, related_name="changes", verbose_name=_("rescan"))
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    scan_run = models.ForeignKey(ScanRun, models.PROTECT, related_name="+", verbose_name=_("scan run"))
    surface = models.CharField(_("surface"), max_length=16, choices=SurfaceChoice.choices)
    before = models.CharField(_("before"), max_length=8, choices=VerdictChoice.choices)
    after = models.CharField(_("after"), max_length=8, choices=VerdictChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)
    category = models.CharField(_("category"), max_length=32, choices=CategoryChoice.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SeverityChoice.choices)
    confidence = models.FloatField(_("confidence"))
    label = models.CharField(_("label"), max_length=80)
    passed_by_person = models.BooleanField(_("passed by a person before"), default=False)
    is_excluded = models.BooleanField(_("left out"), default=False)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("change by a rescan")
        verbose_name_plural = _("changes by a rescan")
        ordering = ["-severity", "-confidence", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rescan", "subject_type", "subject_id"], name="rescanchange_once"
            ),
            models.CheckConstraint(
                condition=Q(after__in=["review", "block"]), name="rescanchange_is_stricter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {str(self.subject_id)[:8]}: {self.before} → {self.after}"
