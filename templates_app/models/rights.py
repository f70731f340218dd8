"""RightsRecord: by what right a version may be shown, where, and until when."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models.version import TemplateVersion
from tongyi_portal.common.models import TimestampedModel, UuidModel


class RightsBasis(models.TextChoices):
    UNKNOWN = "", _("not stated")
    OWN = "own", _("own work")
    COMMISSIONED = "commissioned", _("commissioned work")
    LICENSED = "licensed", _("licence")
    PUBLIC_DOMAIN = "public_domain", _("public domain")


class MusicBasis(models.TextChoices):
    UNKNOWN = "", _("not stated")
    NONE = "none", _("no music")
    UNUSED = "unused", _("music is not used")
    OWN = "own", _("own work")
    LICENSED = "licensed", _("licence")
    PUBLIC_DOMAIN = "public_domain", _("public domain")


SOUNDING = frozenset({MusicBasis.OWN, MusicBasis.LICENSED, MusicBasis.PUBLIC_DOMAIN})
WORLD = "*"


class RightsRecord(UuidModel, TimestampedModel):
    """What the platform may do with a version. `missing` names what is not stated yet.

    territory: ISO 3166-1 alpha-2 codes, or ["*"] for the world. valid_until: the last day, in the site's
    zone; None with is_perpetual. performers_consented: every performer agreed in writing, see
    performer_reference. is_without_performers: nobody danced it, it was written or animated by hand.
    is_confirmed: False for a record that came with an imported file, until somebody here stands by it.
    changed_by: who stated it, or changed it last otherwise than by narrowing it.
    """

    version = models.OneToOneField(
        TemplateVersion, models.CASCADE, related_name="rights", verbose_name=_("version")
    )
    source_basis = models.CharField(
        _("right to the movement"), max_length=16, choices=RightsBasis.choices, blank=True
    )
    source_owner = models.CharField(_("owner of the video"), max_length=200, blank=True)
    source_reference = models.CharField(_("contract or address of the source"), max_length=500, blank=True)
    music_basis = models.CharField(
        _("right to the music"), max_length=16, choices=MusicBasis.choices, blank=True
    )
    music_title = models.CharField(_("title of the music"), max_length=200, blank=True)
    music_owner = models.CharField(_("owner of the music"), max_length=200, blank=True)
    music_reference = models.CharField(_("contract of the music"), max_length=500, blank=True)
    performer_names = models.CharField(_("performers"), max_length=500, blank=True)
    performers_consented = models.BooleanField(_("every performer has agreed"), default=False)
    performer_reference = models.CharField(_("where the consents lie"), max_length=500, blank=True)
    is_without_performers = models.BooleanField(
        _("nobody performed it: the movement was written or animated by hand"), default=False
    )
    territory = models.JSONField(_("territory"), default=list, blank=True)
    is_perpetual = models.BooleanField(_("without an end"), default=False)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, db_index=True)
    is_confirmed = models.BooleanField(_("confirmed"), default=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
        verbose_name=_("changed by"),
    )

    class Meta:
        verbose_name = _("rights record")
        verbose_name_plural = _("rights records")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_perpetual=False) | models.Q(valid_until__isnull=True),
                name="rights_end_or_none",
            ),
            models.CheckConstraint(
                condition=models.Q(is_without_performers=False) | models.Q(performer_names=""),
                name="rights_performers_or_none",
            ),
        ]

    def __str__(self) -> str:
        return str(self.version)

    @property
    def missing(self) -> list[str]:
        """Names of the fields that must be stated before the version may be published."""
        needed = ["source_basis", "source_owner", "source_reference", "music_basis", "territory"]
        if self.music_basis in SOUNDING:
            needed += ["music_title", "music_owner", "music_reference"]
        if not self.is_without_performers:
            needed += ["performer_names", "performers_consented", "performer_reference"]
        needed.append("is_confirmed")
        absent = [name for name in needed if not getattr(self, name)]
        return absent if self.is_perpetual or self.valid_until else [*absent, "valid_until"]

    @property
    def allows_music(self) -> bool:
        return self.music_basis in SOUNDING

    def covers(self, day: date, territory: str) -> bool:
        """Whether it is complete and holds on that day in that country ("" asks about none)."""
        is_in_time = self.is_perpetual or (self.valid_until is not None and day <= self.valid_until)
        is_in_place = not territory or WORLD in self.territory or territory in self.territory
        return not self.missing and is_in_time and is_in_place
