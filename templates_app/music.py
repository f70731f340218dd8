"""version_music: the piece of music that belongs to a version's movement, where it may be used."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from templates_app.models import RightsRecord, TemplateVersion


@dataclass(frozen=True)
class MusicUse:
    """Music for one round of a movement.

    key: a sound file in the storage "uploads". start_seconds: where in it the round begins. seconds: how long
    the round is, at the file's own speed. tempo: how much faster than that it is played; 1 leaves it as it
    is.
    """

    key: str
    start_seconds: float
    seconds: float
    tempo: float = 1.0


def version_music(version: TemplateVersion) -> MusicUse | None:
    """The music of a version, already cut and at its tempo.

    None without a sound, and where the rights record does not allow it here and today.
    """
    if not version.music_key:
        return None
    rights = RightsRecord.objects.filter(version=version).first()
    if rights is None or not rights.allows_music:
        return None
    if not rights.covers(timezone.localdate(), settings.SITE_TERRITORY):
        return None
    return MusicUse(version.music_key, 0.0, version.duration_seconds)
