"""Event: something that happened and that somebody wanted to be told of."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.models import TimestampedModel, UuidModel


class Event(UuidModel, TimestampedModel):
    """Written in the transaction of what it tells of, if any endpoint listens. Never changed.

    type: a key of EVENT_TYPES. owner_id: whose content it concerns; none for events of the site. data: plain
    JSON without personal data.
    """

    type = models.CharField(_("event type"), max_length=80, db_index=True)
    owner_id = models.UUIDField(_("account"), null=True, blank=True, db_index=True)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.type} {str(self.pk)[:8]}"

    @property
    def message_id(self) -> str:
        """The header webhook-id: the same for every endpoint, attempt and replay."""
        return f"msg_{self.pk.hex}"
