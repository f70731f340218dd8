"""Annotation: what somebody knows about a moment, to be seen beside the numbers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.models import TimestampedModel, UuidModel


class AnnotationKind(models.TextChoices):
    CAMPAIGN = "campaign", _("campaign")
    OUTAGE = "outage", _("outage")
    NOTE = "note", _("note")


class Annotation(UuidModel, TimestampedModel):
    """Written by hand. Launches, policies and engines are read from their own rows instead of copied here.

    is_demo: of a made-up history, which has no such rows; it leaves with that.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=AnnotationKind.choices, default=AnnotationKind.NOTE
    )
    text = models.CharField(_("text"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
        verbose_name=_("by"),
    )

    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)

    class Meta:
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AnnotationKind.values), name="usage_annotation_kind_known"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="usage_annotation_has_text"),
        ]

    def __str__(self) -> str:
        return self.text
