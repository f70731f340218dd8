"""DataKey and SealedText: what people wrote, readable only as long as their key exists."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.models import UuidModel


class DataKey(UuidModel):
    """The key of one account's texts, itself encrypted. Deleting it makes all of them unreadable for good."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="data_key", verbose_name=_("owner")
    )
    wrapped = models.TextField(_("encrypted key"), editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("data key")
        verbose_name_plural = _("data keys")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class SealedText(UuidModel):
    """One text, encrypted with the key of its owner. key_id stays when the key is gone, so no constraint."""

    key_id = models.UUIDField(_("data key"), db_index=True, editable=False)
    sealed = models.TextField(_("encrypted text"), editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("sealed text")
        verbose_name_plural = _("sealed texts")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
