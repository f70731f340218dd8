"""ConsentRecord: that the person in a portrait agreed, to what, how it was asked, and until when."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.states import ConsentState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class Relation(models.TextChoices):
    """What whoever gave the consent is to the person in the portrait."""

    SELF = "self", _("the person in the picture")
    PERMISSION = "permission", _("somebody whom that person gave permission")
    GUARDIAN = "guardian", _("a guardian of the minor in the picture")


class ConsentChannel(models.TextChoices):
    """Where it was given."""

    STUDIO = "studio", _("studio")
    API = "api", _("API")


class ConsentRecord(UuidModel, TimestampedModel):
    """One consent to the use of one portrait.

    job_kinds: keys of job kinds; an empty list is every kind. sealed_name, sealed_guardian: who agreed, and
    name and contact of a guardian, sealed with the owner's key. wording, language: which sentence was shown,
    in which language (moderation.consent_wordings).
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents", verbose_name=_("account")
    )
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    relation = models.CharField(_("given by"), max_length=12, choices=Relation.choices)
    is_minor = models.BooleanField(_("a minor"), default=False)
    job_kinds = models.JSONField(_("kinds of jobs"), default=list, blank=True)
    allows_sharing = models.BooleanField(_("results may be shown in public"), default=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=ConsentChannel.choices)
    wording = models.CharField(_("wording version"), max_length=20)
    language = models.CharField(_("language"), max_length=10)
    sealed_name = models.UUIDField(_("name"), null=True, blank=True, editable=False)
    sealed_guardian = models.UUIDField(_("guardian"), null=True, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=ConsentState.choices, default=ConsentState.GIVEN, editable=False
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("ended by"),
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="consent_by_owner"),
            models.Index(fields=["subject_type", "subject_id"], name="consent_by_subject"),
            models.Index(fields=["expires_at"], condition=Q(state="given"), name="consent_expiring"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(state="given"),
                name="consent_one_in_force",
            ),
            models.CheckConstraint(condition=Q(state__in=ConsentState.values), name="consent_state_known"),
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="consent_relation_known"),
            models.CheckConstraint(
                condition=Q(is_minor=False) | Q(relation="guardian"), name="consent_minor_has_guardian"
            ),
            models.CheckConstraint(
                condition=Q(state="given", ended_at__isnull=True)
                | (~Q(state="given") & Q(ended_at__isnull=False)),
                name="consent_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.id)[:8]}"

    def is_in_force_at(self, moment: datetime) -> bool:
        """Neither withdrawn nor replaced nor past its expiry."""
        return self.state == ConsentState.GIVEN and (self.expires_at is None or self.expires_at > moment)
