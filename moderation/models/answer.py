"""ReviewAnswer: what a person said of one item, for good. GoldItem: an item whose right answer is known."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from moderation.models.append_only import AppendOnlyModel
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import ScanRun
from tongyi_portal.common.models import TimestampedModel, UuidModel


class ReviewAnswer(UuidModel, AppendOnlyModel):
    """Written when an answer takes effect, so one that was undone leaves none.

    seconds: from the claim to the answer. agrees: of a second review, whether it equals the first; of an
    adjudication, whether it upholds the first. is_right: of a gold item, whether it is the expected answer.
    """

    item = models.OneToOneField(
        ReviewItem, models.PROTECT, related_name="answer", verbose_name=_("review item")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="review_answers",
        verbose_name=_("answered by"),
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=ReviewPurpose.choices)
    approve = models.BooleanField(_("approved"))
    reason_code = models.CharField(_("reason code"), max_length=60, blank=True)
    seconds = models.FloatField(_("seconds from claim to answer"))
    answered_at = models.DateTimeField(_("answered at"))
    batch = models.UUIDField(_("answered together"), null=True, blank=True)
    agrees = models.BooleanField(_("agrees with the first answer"), null=True, blank=True)
    is_right = models.BooleanField(_("right"), null=True, blank=True)

    class Meta:
        verbose_name = _("review answer")
        verbose_name_plural = _("review answers")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["by", "-answered_at"], name="reviewanswer_by_person"),
            models.Index(fields=["purpose", "-answered_at"], name="reviewanswer_by_purpose"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=ReviewPurpose.values), name="reviewanswer_purpose_known"
            ),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="reviewanswer_seconds_positive"),
            models.CheckConstraint(
                condition=Q(purpose="gold", is_right__isnull=False)
                | (~Q(purpose="gold") & Q(is_right__isnull=True)),
                name="reviewanswer_gold_is_judged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {'+' if self.approve else '-'} {self.reason_code}"


class GoldItem(UuidModel, TimestampedModel):
    """A decided item that moderators meet again, to see whether they find the right answer.

    note: told to whoever answered it. source: the item whose subject and findings are shown.
    """

    source = models.ForeignKey(
        ReviewItem, models.PROTECT, related_name="gold_items", verbose_name=_("made of")
    )
    scan_run = models.ForeignKey(ScanRun, models.PROTECT, related_name="+", verbose_name=_("scan run"))
    expected_approve = models.BooleanField(_("should be approved"))
    expected_reason = models.CharField(_("reason"), max_length=60, blank=True)
    note = models.TextField(_("why this is the right answer"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("retired by"),
    )

    class Meta:
        verbose_name = _("gold item")
        verbose_name_plural = _("gold items")
        ordering = ["-created_at"]
        permissions = [("mark_golditem", gettext_noop("Can make gold items of decided items"))]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(retired_at__isnull=True), name="golditem_once_active"
            ),
            models.CheckConstraint(
                condition=Q(expected_approve=True) | ~Q(expected_reason=""),
                name="golditem_refusal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}"
