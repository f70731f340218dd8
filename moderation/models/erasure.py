"""ErasureRequest: somebody asked that their data be erased, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.states import ErasureState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class ErasureScope(models.TextChoices):
    """How much is erased."""

    SUBJECT = "subject", _("one picture or result")
    ACCOUNT = "account", _("the whole account")


class ErasureRequest(UuidModel, TimestampedModel):
    """One request; carried out step by step, so that it goes on where it stopped when the storage failed.

    report: what was removed, in numbers. last_fault: code of what stopped the last try.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="erasures", verbose_name=_("account")
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    scope = models.CharField(_("scope"), max_length=8, choices=ErasureScope.choices)
    subject_type = models.CharField(_("subject type"), max_length=40, blank=True)
    subject_id = models.UUIDField(_("subject"), null=True, blank=True)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ErasureState.choices,
        default=ErasureState.REQUESTED,
        editable=False,
    )
    report = models.JSONField(_("what was removed"), default=dict, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    last_fault = models.CharField(_("last fault"), max_length=60, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("erasure request")
        verbose_name_plural = _("erasure requests")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(scope="account"),
                name="erasure_one_for_account",
            ),
            models.CheckConstraint(condition=Q(state__in=ErasureState.values), name="erasure_state_known"),
            models.CheckConstraint(
                condition=Q(scope="account", subject_id__isnull=True, subject_type="")
                | (Q(scope="subject", subject_id__isnull=False) & ~Q(subject_type="")),
                name="erasure_scope_names_subject",
            ),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False)
                | (~Q(state="done") & Q(finished_at__isnull=True)),
                name="erasure_done_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {str(self.id)[:8]}"
