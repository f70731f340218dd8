"""DirectUpload: a picture on its way from somebody's device to the object store, not looked at yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.models.upload import Upload, UploadSurface
from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.common.models import TimestampedModel, UuidModel


class DirectUpload(UuidModel, TimestampedModel):
    """Where in the storage "uploads" the original may be sent; nobody is ever shown it.

    mime: what the store takes there; what it is, is found out later. taken_until: somebody is making an
    upload of it. upload: what was made of it. expires_at: from then on nothing can be sent, so what lies
    there and the row can go.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="direct_uploads", verbose_name=_("owner")
    )
    token = models.ForeignKey(
        ApiToken, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("API token")
    )
    surface = models.CharField(_("surface"), max_length=16, choices=UploadSurface.choices)
    mime = models.CharField(_("media type"), max_length=40)
    key = models.CharField(_("file"), max_length=200, editable=False)
    expires_at = models.DateTimeField(_("expires at"), db_index=True, editable=False)
    taken_until = models.DateTimeField(_("taken until"), null=True, blank=True, editable=False)
    upload = models.OneToOneField(
        Upload, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("upload")
    )

    class Meta:
        verbose_name = _("direct upload")
        verbose_name_plural = _("direct uploads")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.id)[:8]}"
