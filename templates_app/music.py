"""version_music: the piece of music that belongs to a version's movement, where it may be used."""

from dataclasses import dataclass

from templates_app.models import TemplateVersion


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


def version_music(version: TemplateVersion) -> MusicUse | None:  # noqa: ARG001 no version has music yet
    """The music of a version; None for one without music, as every version is so far."""
    return None
