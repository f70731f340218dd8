"""ReviewItem: the queue of what a person must decide; priority is severity, then due time."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice
from moderation.models.scan import ScanRun
from moderation.states import REVIEW, UNDECIDED, ReviewState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class ReviewItem(UuidModel, TimestampedModel):
    """One subject that waits for a person. `scan_run` is the latest run that asked for it.

    A claim is an exclusive lease: `claimed_by` holds it until `claim_expires_at`.
    """

    scan_run = models.ForeignKey(
        ScanRun, models.PROTECT, related_name="review_items", verbose_name=_("scan run")
    )
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    surface = models.CharField(_("surface"), max_length=16, choices=SurfaceChoice.choices)
    job_kind = models.CharField(_("job kind"), max_length=40, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of the content"),
    )
    category = models.CharField(_("gravest category"), max_length=32, choices=CategoryChoice.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SeverityChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)
    state = models.CharField(
        _("state"), max_length=12, choices=ReviewState.choices, default=ReviewState.OPEN, editable=False
    )
    due_at = models.DateTimeField(_("due"))
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="review_claims",
        verbose_name=_("claimed by"),
    )
    claim_expires_at = models.DateTimeField(_("claim runs out"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("review item")
        verbose_name_plural = _("review items")
        ordering = ["-severity", "due_at", "id"]
        permissions = [("decide_reviewitem", gettext_noop("Can claim and decide review items"))]
        indexes = [
            models.Index(fields=["state", "-severity", "due_at", "id"], name="reviewitem_queue"),
            models.Index(fields=["subject_type", "subject_id"], name="reviewitem_by_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(state__in=["open", "claimed"]),
                name="reviewitem_one_undecided",
            ),
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="reviewitem_state_known"),
            models.CheckConstraint(
                condition=Q(state="claimed", claimed_by__isnull=False, claim_expires_at__isnull=False)
                | (~Q(state="claimed") & Q(claimed_by__isnull=True, claim_expires_at__isnull=True)),
                name="reviewitem_claim_has_holder",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "refused"], decided_at__isnull=False)
                | (~Q(state__in=["approved", "refused"]) & Q(decided_at__isnull=True)),
                name="reviewitem_decided_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_surface_display()} {str(self.subject_id)[:8]} ({self.get_state_display()})"

    @property
    def is_decided(self) -> bool:
        return REVIEW.is_end(self.state)

    @property
    def is_waiting(self) -> bool:
        """False once it was decided or withdrawn."""
        return self.state in UNDECIDED

    @property
    def decision(self) -> Any:
        """The person's decision that closed this item, or None."""
        return self.decisions.order_by("created_at").first()
