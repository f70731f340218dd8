"""lay_music: the template's music under a finished video, before it is labelled."""

from pathlib import Path

from generation.engines.base import EngineError
from templates_app.music import MusicUse
from tongyi_portal.common import storage
from tongyi_portal.vision.audio import cut_music, mux
from tongyi_portal.vision.media import MediaError


def lay_music(video: Path, music: MusicUse, seconds: float, folder: Path) -> Path:
    """A copy of the video, bit for bit, with `seconds` of music in `folder`.

    One round of the music is cut at its tempo and repeated as the movement is. Raises FileMissing,
    StorageUnavailable, and EngineError with the code music_unreadable.
    """
    source = storage.fetch_to(storage.UPLOADS, music.key, folder / f"music{Path(music.key).suffix}")
    one_round = min(music.seconds / music.tempo, seconds)
    try:
        first = cut_music(source, folder / "round.m4a", music.start_seconds, one_round, tempo=music.tempo)
        whole = cut_music(first, folder / "music-whole.m4a", 0.0, seconds, loop=True)
        return mux(video, whole, folder / "dance-with-music.mp4")
    except MediaError as error:
        raise EngineError("music_unreadable", f"{music.key}: {error}") from error
