"""lay_music: the template's music under a finished video, before it is labelled."""

from pathlib import Path

from templates_app.music import MusicUse
from tongyi_portal.common import storage
from tongyi_portal.vision.audio import cut_music, mux


def lay_music(video: Path, music: MusicUse, seconds: float, folder: Path) -> Path:
    """A copy of the video, bit for bit, with `seconds` of music in `folder`.

    One round of the music is cut at its tempo and repeated as the movement is. Raises FileMissing,
    StorageUnavailable, NoSound, MediaUndecodable, MediaEncodeFailed.
    """
    source = storage.fetch_to(storage.UPLOADS, music.key, folder / f"music{Path(music.key).suffix}")
    one_round = cut_music(
        source,
        folder / "round.m4a",
        music.start_seconds,
        min(music.seconds / music.tempo, seconds),
        tempo=music.tempo,
    )
    whole = cut_music(one_round, folder / "music-whole.m4a", 0.0, seconds, loop=True)
    return mux(video, whole, folder / "dance-with-music.mp4")
