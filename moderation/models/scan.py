"""ScanRun and Finding: what the scanners saw in one subject, and what the policy made of it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.append_only import AppendOnlyModel
from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice, VerdictChoice
from moderation.models.policy import Policy
from moderation.texts import label_text
from tongyi_portal.common.models import UuidModel

if TYPE_CHECKING:
    from moderation.models.review import ReviewItem


class ScanMedium(models.TextChoices):
    """What was scanned."""

    IMAGE = "image", _("picture")
    VIDEO = "video", _("video")
    TEXT = "text", _("text")


class ScanPurpose(models.TextChoices):
    """Why something was scanned. Only an admission has consequences: a decision, perhaps a review item."""

    ADMISSION = "admission", _("admission")
    RESCAN = "rescan", _("scanned again")
    CHECK = "check", _("checked for an app")


class ScanRun(UuidModel, AppendOnlyModel):
    """All scanners over one subject, once. Written when they have finished, with the verdict.

    scanners: list of {"key", "version", "milliseconds", "error"}, one for each scanner that ran, also those
    that found nothing. content_sha256: of the decoded pixels, or of the video file. worst_seconds: time code
    of the frame with the gravest finding. pdq: what the picture looks like (of a video: that frame, or the
    first), 64 hex digits; empty for text. pdq_quality: 0 to 100, below 50 the hash tells little.
    """

    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    surface = models.CharField(_("surface"), max_length=16, choices=SurfaceChoice.choices)
    job_kind = models.CharField(_("job kind"), max_length=40, blank=True)
    medium = models.CharField(_("medium"), max_length=8, choices=ScanMedium.choices)
    purpose = models.CharField(
        _("purpose"), max_length=10, choices=ScanPurpose.choices, default=ScanPurpose.ADMISSION
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of the content"),
    )
    content_sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    pdq = models.CharField(_("PDQ hash"), max_length=64, blank=True, db_index=True)
    pdq_quality = models.PositiveSmallIntegerField(_("PDQ quality"), default=0)
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="scan_runs", verbose_name=_("policy")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=VerdictChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)
    scanners = models.JSONField(_("scanners"), default=list)
    frames_scanned = models.PositiveIntegerField(_("frames scanned"), default=1)
    worst_seconds = models.FloatField(_("worst frame at (s)"), null=True, blank=True)
    milliseconds = models.FloatField(_("milliseconds"))

    class Meta:
        verbose_name = _("scan run")
        verbose_name_plural = _("scan runs")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-created_at"], name="scanrun_by_subject"),
            models.Index(fields=["verdict", "-created_at"], name="scanrun_by_verdict"),
            models.Index(fields=["purpose", "created_at", "id"], name="scanrun_by_purpose"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=VerdictChoice.values), name="scanrun_verdict_known"
            ),
            models.CheckConstraint(condition=Q(purpose__in=ScanPurpose.values), name="scanrun_purpose_known"),
            models.CheckConstraint(
                condition=~Q(verdict="pass") | Q(policy__isnull=False), name="scanrun_pass_needs_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_surface_display()} {str(self.subject_id)[:8]}: {self.get_verdict_display()}"

    @property
    def review_item(self) -> "ReviewItem | None":
        """The item that waits, or waited, for a person because of this run; None when none was needed."""
        return self.review_items.first()


class Finding(AppendOnlyModel):
    """One thing that one scanner saw. box: [x0, y0, x1, y1] as fractions of width and height.

    may_block: False for what asks for a person even where a rule blocks (see scanners.base.Finding).
    """

    scan_run = models.ForeignKey(ScanRun, models.PROTECT, related_name="findings", verbose_name=_("scan run"))
    scanner = models.CharField(_("scanner"), max_length=40)
    scanner_version = models.CharField(_("scanner version"), max_length=60)
    category = models.CharField(_("category"), max_length=32, choices=CategoryChoice.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SeverityChoice.choices)
    confidence = models.FloatField(_("confidence"))
    label = models.CharField(_("label"), max_length=80)
    box = models.JSONField(_("box"), null=True, blank=True)
    seconds = models.FloatField(_("time code (s)"), null=True, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    may_block = models.BooleanField(_("may block"), default=True)
    milliseconds = models.FloatField(_("milliseconds"))

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["-severity", "-confidence"]
        indexes = [models.Index(fields=["scanner", "label"], name="finding_by_label")]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__in=SeverityChoice.values), name="finding_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=100), name="finding_confidence_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scanner}: {label_text(self.label)} {self.confidence:.0f} %"
