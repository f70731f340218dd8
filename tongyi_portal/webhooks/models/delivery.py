"""Delivery: one event for one endpoint; Attempt: one try of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.models import TimestampedModel, UuidModel
from tongyi_portal.webhooks.models.endpoint import Endpoint
from tongyi_portal.webhooks.models.event import Event
from tongyi_portal.webhooks.states import DeliveryState

RESPONSE_KEPT = 1024  # characters


class Delivery(UuidModel, TimestampedModel):
    """The truth about whether an endpoint has been told; messages of the broker are only wake-ups.

    tries: attempts since it was made or last replayed. due_at: when the next attempt is allowed; none when
    there will be no more. woken_at: when a wake-up was last sent. lease_token, lease_until: the worker that
    is sending it now. replays: how often somebody asked for it again.
    """

    endpoint = models.ForeignKey(
        Endpoint, models.CASCADE, related_name="deliveries", verbose_name=_("endpoint")
    )
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("attempts"), default=0)
    replays = models.PositiveSmallIntegerField(_("replays"), default=0)
    due_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    woken_at = models.DateTimeField(_("woken at"), null=True, blank=True, editable=False)
    lease_token = models.CharField(_("lease token"), max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last status"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="delivery_due"),
            models.Index(fields=["endpoint", "-created_at"], name="delivery_of_endpoint"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(due_at__isnull=False),
                name="delivery_pending_is_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"


class Attempt(UuidModel, TimestampedModel):
    """What one try brought. error: empty when an answer came, else a stable code. response: its beginning."""

    delivery = models.ForeignKey(
        Delivery, models.CASCADE, related_name="attempts", verbose_name=_("delivery")
    )
    number = models.PositiveSmallIntegerField(_("attempt"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=40, blank=True)
    response = models.CharField(_("response"), max_length=RESPONSE_KEPT, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.number}"
