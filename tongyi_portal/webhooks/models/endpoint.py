"""Endpoint: an address that is told of events."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tongyi_portal.common.models import TimestampedModel, UuidModel
from tongyi_portal.webhooks.states import EndpointState


class DisabledReason(models.TextChoices):
    BY_HAND = "by_hand", _("switched off by hand")
    FAILING = "failing", _("failed for too long")
    GONE = "gone", _("answered 410: no longer wanted")
    OWNER = "owner", _("its account may no longer have it")


class Endpoint(UuidModel, TimestampedModel):
    """Where events are sent. It is told of its owner's events, or of everybody's when `is_staff_wide`.

    event_types: names of event types; empty for all. sealed_secret, sealed_previous_secret: what signs,
    encrypted; after a rotation both sign until `previous_secret_until`. failing_since: the first of the
    attempts that have failed since the last success; failures: how many. paused_until: after a failure
    nothing is sent before, so that an address that hangs holds up nobody else.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhook_endpoints", verbose_name=_("owner")
    )
    url = models.CharField(_("address"), max_length=2000)
    description = models.CharField(_("description"), max_length=200, blank=True)
    event_types = models.JSONField(_("event types"), default=list, blank=True)
    is_staff_wide = models.BooleanField(_("events of all accounts"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=EndpointState.choices, default=EndpointState.ACTIVE
    )
    disabled_reason = models.CharField(
        _("why it is off"), max_length=10, choices=DisabledReason.choices, blank=True
    )
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    sealed_secret = models.TextField(_("secret"), editable=False)
    sealed_previous_secret = models.TextField(_("previous secret"), blank=True, editable=False)
    previous_secret_until = models.DateTimeField(_("previous secret until"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["-created_at"]
        permissions = [
            ("manage_all_endpoints", gettext_noop("Can manage webhooks that are told of everybody's events"))
        ]
        indexes = [
            models.Index(
                fields=["owner"], condition=~models.Q(disabled_reason="by_hand"), name="endpoint_listening"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="active", disabled_reason="", disabled_at__isnull=True)
                | (models.Q(state="disabled", disabled_at__isnull=False) & ~models.Q(disabled_reason="")),
                name="endpoint_off_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def is_active(self) -> bool:
        return self.state == EndpointState.ACTIVE

    @property
    def is_rotating(self) -> bool:
        """Two secrets sign at the moment."""
        return self.previous_secret_until is not None and self.previous_secret_until > timezone.now()

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types
