"""Decision: verdict, who or what made it, policy version, reasons, and which decision it overrides."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from moderation.models.append_only import AppendOnlyModel
from moderation.models.choices import VerdictChoice
from moderation.models.policy import Policy
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from tongyi_portal.common.models import UuidModel


class Decision(UuidModel, AppendOnlyModel):
    """One verdict on one subject. `by` is empty when the policy decided alone; a person passes or blocks."""

    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    scan_run = models.ForeignKey(
        ScanRun, models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name=_("scan run")
    )
    review_item = models.ForeignKey(
        ReviewItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name=_("review item"),
    )
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name=_("policy")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=VerdictChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)
    note = models.TextField(_("note"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="moderation_decisions",
        verbose_name=_("decided by"),
    )
    overrides = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="overridden_by",
        verbose_name=_("overrides"),
    )

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-created_at"]
        permissions = [("override_decision", gettext_noop("Can change a decision that was made"))]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-created_at"], name="decision_by_subject")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=VerdictChoice.values), name="decision_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=True) | ~Q(verdict="review"), name="decision_person_decides"
            ),
            models.UniqueConstraint(
                fields=["review_item"],
                condition=Q(review_item__isnull=False, overrides__isnull=True),
                name="decision_once_for_item",
            ),
        ]

    def __str__(self) -> str:
        return f"{str(self.subject_id)[:8]}: {self.get_verdict_display()}"
