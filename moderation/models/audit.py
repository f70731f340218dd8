"""AuditEntry: append-only, hash-chained; AuditHead: the chain's end, whose row lock serialises writers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.append_only import AppendOnlyModel

FIRST_PREVIOUS = "0" * 64


class AuditEntry(AppendOnlyModel):
    """One thing that happened. digest = SHA-256(previous_digest + canonical JSON of all other fields).

    `actor_id` is a user's key without a constraint, so that an account may be erased while the chain holds.
    """

    sequence = models.BigIntegerField(_("sequence"), primary_key=True)
    created_at = models.DateTimeField(_("at"), db_index=True)
    action = models.CharField(_("action"), max_length=80, db_index=True)
    subject_type = models.CharField(_("subject type"), max_length=80, blank=True)
    subject_id = models.CharField(_("subject"), max_length=64, blank=True)
    actor_id = models.UUIDField(_("actor"), null=True, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    previous_digest = models.CharField(_("previous digest"), max_length=64, unique=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-sequence"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="auditentry_by_subject")]
        constraints = [
            models.CheckConstraint(condition=Q(sequence__gte=1), name="auditentry_sequence_positive")
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class AuditHead(models.Model):
    """The one row that says where the chain ends."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=FIRST_PREVIOUS)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="audithead_one_row")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest[:12]}"
