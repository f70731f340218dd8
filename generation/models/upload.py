"""Upload: a picture that somebody gave, cleaned, stored and judged."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.states import UploadState
from moderation.taxonomy import Surface
from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.common.models import TimestampedModel, UuidModel


class UploadSurface(models.TextChoices):
    PHOTO = Surface.PHOTO.value, _("photo of a person")
    GARMENT = Surface.GARMENT.value, _("garment")


class Upload(UuidModel, TimestampedModel):
    """One cleaned picture in the storage "uploads".

    deleted_at: it was erased; the row stays. key: empty once the file itself is gone. provenance: what the
    original file said of how it was made (Provenance.as_json); empty when it said nothing. subject_kind: what
    the picture shows, photo, comic or statue; empty where nobody looked.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads", verbose_name=_("owner")
    )
    token = models.ForeignKey(
        ApiToken, models.SET_NULL, related_name="uploads", null=True, blank=True, verbose_name=_("API token")
    )
    surface = models.CharField(_("surface"), max_length=16, choices=UploadSurface.choices)
    state = models.CharField(
        _("state"), max_length=12, choices=UploadState.choices, default=UploadState.PENDING, db_index=True
    )
    key = models.CharField(_("file"), max_length=200, editable=False)
    mime = models.CharField(_("media type"), max_length=40, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    byte_size = models.PositiveBigIntegerField(_("bytes"), editable=False)
    sha256 = models.CharField(_("digest"), max_length=64, editable=False, db_index=True)
    reason_codes = models.JSONField(_("reasons"), default=list, editable=False)
    provenance = models.JSONField(_("marks of origin"), default=dict, editable=False)
    subject_kind = models.CharField(_("kind of subject"), max_length=10, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "-created_at"], name="upload_owner_newest")]

    def __str__(self) -> str:
        return f"{self.get_surface_display()} {str(self.id)[:8]}"

    @property
    def is_accepted(self) -> bool:
        return self.state == UploadState.ACCEPTED

    @property
    def is_erased(self) -> bool:
        return self.deleted_at is not None
