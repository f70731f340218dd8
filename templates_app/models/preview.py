"""Preview: a cover, loop or skeleton clip of a version, as everybody may see it while the version is live."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models.version import CHARACTER_CHARS, TemplateVersion
from tongyi_portal.common.models import TimestampedModel, UuidModel


class PreviewKind(models.TextChoices):
    COVER = "cover", _("cover picture")
    LOOP = "loop", _("looping clip")
    SKELETON = "skeleton", _("skeleton clip")
    THUMB = "thumb", _("small moving picture")


class Preview(UuidModel, TimestampedModel):
    """One file in the storage "previews". `character`: key of the drawn person it shows, empty for none."""

    version = models.ForeignKey(
        TemplateVersion, models.CASCADE, related_name="previews", verbose_name=_("version")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=PreviewKind.choices)
    character = models.CharField(_("character"), max_length=CHARACTER_CHARS, blank=True)
    key = models.CharField(_("file"), max_length=200, editable=False)
    mime = models.CharField(_("media type"), max_length=40, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    byte_size = models.PositiveBigIntegerField(_("bytes"), editable=False)
    sha256 = models.CharField(_("digest"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("preview")
        verbose_name_plural = _("previews")
        ordering = ["version", "kind", "character"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "kind", "character"], name="preview_one_per_character"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.get_kind_display()} {self.character}".rstrip()
