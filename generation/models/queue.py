"""WakeUp: the outbox of the queue; QueueShare: how much of the workers an app or a part of the site gets."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.models.job import Job
from tongyi_portal.common.models import TimestampedModel


class WakeUp(models.Model):
    """A queued job that no worker has taken yet; written in the transaction that queues it, gone by the
    claim.

    due_at: when the job may start. sent_at: when a message was last published; none: not yet.
    """

    job = models.OneToOneField(
        Job, models.CASCADE, primary_key=True, related_name="wake_up", verbose_name=_("job")
    )
    due_at = models.DateTimeField(_("due at"), db_index=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("wake-up")
        verbose_name_plural = _("wake-ups")

    def __str__(self) -> str:
        return str(self.job_id)


class QueueGroup(models.TextChoices):
    """What has a share of its own."""

    APP = "app", _("app")
    STUDIO = "studio", _("studio")
    LIBRARY = "library", _("template library")


class QueueShare(TimestampedModel):
    """A group whose share differs from the others'. Of two that both wait, weight 3 gets three times weight
    1.

    account: the one behind an app's tokens. max_in_flight: jobs in work at once, of the app or of each person
    in the studio; none: the setting.
    """

    group = models.CharField(_("share of"), max_length=8, choices=QueueGroup.choices, default=QueueGroup.APP)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="queue_share",
        null=True,
        blank=True,
        verbose_name=_("account"),
    )
    weight = models.PositiveSmallIntegerField(_("weight"), default=1, validators=[MinValueValidator(1)])
    max_in_flight = models.PositiveSmallIntegerField(
        _("jobs in work at once"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("share of the queue")
        verbose_name_plural = _("shares of the queue")
        ordering = ["group", "account"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(group="app", account__isnull=False)
                | (~models.Q(group="app") & models.Q(account__isnull=True)),
                name="queue_share_of_app_has_account",
            ),
            models.UniqueConstraint(
                fields=["group"], condition=~models.Q(group="app"), name="queue_share_once_per_group"
            ),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="queue_share_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.account or self.get_group_display()}: {self.weight}"
