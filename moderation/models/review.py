"""ReviewItem: the queue of what a person must decide; priority is severity, then due time."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice
from moderation.models.queue import ReviewQueue
from moderation.models.scan import ScanRun
from moderation.states import REVIEW, UNDECIDED, ReviewState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class ReviewPurpose(models.TextChoices):
    """Why a person is asked."""

    ORDINARY = "ordinary", _("ordinary review")
    AUDIT = "audit", _("audit of passed content")
    SECOND = "second", _("second, blind review")
    GOLD = "gold", _("gold item")
    APPEAL = "appeal", _("appeal")
    ADJUDICATION = "adjudication", _("adjudication")


BLIND_PURPOSES = (ReviewPurpose.SECOND, ReviewPurpose.GOLD)


def _person(verbose_name: Any, related_name: str = "+") -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name=related_name,
        verbose_name=verbose_name,
    )


class ReviewItem(UuidModel, TimestampedModel):
    """One subject that waits for a person. `scan_run` is the latest run that asked for it.

    A claim is an exclusive lease: `claimed_by` holds it until `claim_expires_at`. An answer waits until
    `settle_at`, then it takes effect; `answered_by` and the answer stay on the item. for_senior: only senior
    moderators may take it. not_by, not_by_other: people who may not, because they decided the same before.
    first_item: the item that a second review or an adjudication is about. fault_code: why the last answer
    could not take effect.
    """

    scan_run = models.ForeignKey(
        ScanRun, models.PROTECT, related_name="review_items", verbose_name=_("scan run")
    )
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    surface = models.CharField(_("surface"), max_length=16, choices=SurfaceChoice.choices)
    job_kind = models.CharField(_("job kind"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of the content"),
    )
    purpose = models.CharField(
        _("purpose"),
        max_length=12,
        choices=ReviewPurpose.choices,
        default=ReviewPurpose.ORDINARY,
        editable=False,
    )
    queue = models.ForeignKey(
        ReviewQueue, models.PROTECT, related_name="items", verbose_name=_("review queue")
    )
    category = models.CharField(_("gravest category"), max_length=32, choices=CategoryChoice.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SeverityChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)
    state = models.CharField(
        _("state"), max_length=12, choices=ReviewState.choices, default=ReviewState.OPEN, editable=False
    )
    due_at = models.DateTimeField(_("due"))
    for_senior = models.BooleanField(_("for senior moderators only"), default=False, editable=False)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True, editable=False)
    escalated_by = _person(_("escalated by"))
    escalation_note = models.TextField(_("why it was escalated"), blank=True, editable=False)
    fault_code = models.CharField(_("last fault"), max_length=60, blank=True, editable=False)
    not_by = _person(_("not to be decided by"))
    not_by_other = _person(_("nor by"))
    first_item = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="followers",
        verbose_name=_("first item"),
    )
    gold = models.ForeignKey(
        "moderation.GoldItem",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="items",
        verbose_name=_("gold item"),
    )
    claimed_by = _person(_("claimed by"), "review_claims")
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True, editable=False)
    claim_expires_at = models.DateTimeField(_("claim runs out"), null=True, blank=True, editable=False)
    answer_approve = models.BooleanField(_("answered: approve"), null=True, blank=True, editable=False)
    answer_reason = models.CharField(_("answered: reason"), max_length=60, blank=True, editable=False)
    answer_note = models.TextField(_("answered: note"), blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)
    answered_by = _person(_("answered by"))
    settle_at = models.DateTimeField(_("takes effect"), null=True, blank=True, editable=False)
    answer_batch = models.UUIDField(_("answered together"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("review item")
        verbose_name_plural = _("review items")
        ordering = ["-severity", "due_at", "id"]
        permissions = [
            ("decide_reviewitem", gettext_noop("Can claim and decide review items")),
            ("decide_escalated", gettext_noop("Can decide escalated items and adjudicate")),
        ]
        indexes = [
            models.Index(
                fields=["queue", "for_senior", "-severity", "due_at", "id"],
                condition=Q(state="open"),
                name="reviewitem_next",
            ),
            models.Index(fields=["state", "-severity", "due_at", "id"], name="reviewitem_queue"),
            models.Index(fields=["subject_type", "subject_id"], name="reviewitem_by_subject"),
            models.Index(fields=["claim_expires_at"], condition=Q(state="claimed"), name="reviewitem_claims"),
            models.Index(fields=["settle_at"], condition=Q(state="answered"), name="reviewitem_to_settle"),
            models.Index(
                fields=["answer_batch"], condition=Q(answer_batch__isnull=False), name="reviewitem_batch"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "purpose"],
                condition=Q(state__in=["open", "claimed", "answered"]) & ~Q(purpose="gold"),
                name="reviewitem_one_undecided",
            ),
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="reviewitem_state_known"),
            models.CheckConstraint(
                condition=Q(purpose__in=ReviewPurpose.values), name="reviewitem_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(state="claimed", claimed_by__isnull=False, claim_expires_at__isnull=False)
                | (~Q(state="claimed") & Q(claimed_by__isnull=True, claim_expires_at__isnull=True)),
                name="reviewitem_claim_has_holder",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered")
                | Q(
                    answer_approve__isnull=False,
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                    settle_at__isnull=False,
                ),
                name="reviewitem_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "refused"], decided_at__isnull=False)
                | (~Q(state__in=["approved", "refused"]) & Q(decided_at__isnull=True)),
                name="reviewitem_decided_has_time",
            ),
            models.CheckConstraint(
                condition=Q(purpose="gold", gold__isnull=False) | (~Q(purpose="gold") & Q(gold__isnull=True)),
                name="reviewitem_gold_has_answer",
            ),
            models.CheckConstraint(
                condition=~Q(purpose__in=["second", "adjudication"]) | Q(first_item__isnull=False),
                name="reviewitem_follows_another",
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
    def is_overdue(self) -> bool:
        return self.is_waiting and self.due_at < timezone.now()

    @property
    def is_blind(self) -> bool:
        """While this holds, nobody who works on it may see its purpose or what was decided before."""
        return self.purpose in BLIND_PURPOSES and not self.is_decided

    @property
    def decision(self) -> Any:
        """The person's decision that closed this item, or None."""
        return self.decisions.order_by("created_at").first()
