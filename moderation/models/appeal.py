"""Appeal: the owner of an account asks another person to look at a decision again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.decision import Decision
from moderation.models.people import AccountMeasure, Strike
from moderation.models.review import ReviewItem
from moderation.states import AppealState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class Appeal(UuidModel, TimestampedModel):
    """One appeal against one decision, strike or measure; there is never a second one.

    sealed_text: what the owner wrote, sealed with the owner's key (services.sealing). review_item: where
    another moderator decides it; empty for a strike or measure imposed by hand, which the console decides.
    outcome: the decision that replaced the one complained of.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appeals", verbose_name=_("account")
    )
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="appeal", verbose_name=_("decision")
    )
    strike = models.OneToOneField(
        Strike, models.PROTECT, null=True, blank=True, related_name="appeal", verbose_name=_("strike")
    )
    measure = models.OneToOneField(
        AccountMeasure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appeal",
        verbose_name=_("measure"),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=AppealState.choices, default=AppealState.OPEN, editable=False
    )
    language = models.CharField(_("language"), max_length=10)
    sealed_text = models.UUIDField(_("text"), null=True, blank=True, editable=False)
    review_item = models.ForeignKey(
        ReviewItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appeals",
        verbose_name=_("review item"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    outcome = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("new decision")
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="appeal_by_owner"),
            models.Index(fields=["state", "-created_at"], name="appeal_by_state"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state_known"),
            models.CheckConstraint(
                condition=Q(decision__isnull=False, strike__isnull=True, measure__isnull=True)
                | Q(decision__isnull=True, strike__isnull=False, measure__isnull=True)
                | Q(decision__isnull=True, strike__isnull=True, measure__isnull=False),
                name="appeal_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="appeal_decided_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.id)[:8]}"

    @property
    def is_open(self) -> bool:
        return self.state == AppealState.OPEN
