"""TextSubmission: a text that somebody gave to be used, judged like a picture."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import SurfaceChoice
from moderation.states import TextState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class TextSubmission(UuidModel, TimestampedModel):
    """One text of one account for one surface. sealed_text: key of a SealedText; null once it was erased.

    content_sha256: of the text in NFC, so that the same text is judged once.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="text_submissions",
        verbose_name=_("owner"),
    )
    surface = models.CharField(_("surface"), max_length=16, choices=SurfaceChoice.choices)
    job_kind = models.CharField(_("job kind"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=4, blank=True)
    sealed_text = models.UUIDField(_("text"), null=True, blank=True, editable=False)
    content_sha256 = models.CharField(_("SHA-256 of the content"), max_length=64, db_index=True)
    character_count = models.PositiveIntegerField(_("characters"))
    state = models.CharField(
        _("state"), max_length=12, choices=TextState.choices, default=TextState.PENDING, editable=False
    )
    reason_codes = models.JSONField(_("reasons"), default=list, editable=False)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "-created_at"], name="textsubmission_of_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "surface", "job_kind", "content_sha256"],
                condition=~Q(state="erased"),
                name="textsubmission_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=TextState.values), name="textsubmission_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_surface_display()} {str(self.pk)[:8]}"
