"""The sound of a clip: read it, cut it to a dance, change its tempo, lay it under a video. Pure Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from tongyi_portal.vision.media import MediaEncodeFailed, MediaError, MediaUndecodable, part_beside

Samples = npt.NDArray[np.float32]

ANALYSIS_RATE = 22050
MUSIC_RATE = 44100
MUSIC_BITS = 160_000
FRAME_SAMPLES = 1024  # of AAC
FADE_SECONDS = 0.02
SLOWEST, FASTEST = 0.5, 2.0  # tempo: what one atempo filter does well
LONGEST_SECONDS = 600.0
READERS = "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm,mp3,wav,flac,ogg,aac"


class NoSound(MediaError):
    """The file has no sound."""

    code = "media_no_sound"


def read_mono(path: Path, rate: int = ANALYSIS_RATE) -> tuple[Samples, int]:
    """The first sound track as float32 (n,), -1 to 1, both channels mixed, and its rate.

    Sample 0 is at the beginning of the file's time, also where the sound starts later. At most ten minutes.
    Raises NoSound, MediaUndecodable.
    """
    blocks = [block[0] for block in _blocks(path, rate, "mono")]
    return (np.concatenate(blocks) if blocks else np.zeros(0, np.float32)), rate


def holds_pictures(path: Path) -> bool:
    """Whether the file holds anything to see: a video, or a picture of a cover. Raises MediaUndecodable."""
    with _opened(path) as given:
        return bool(given.streams.video)


def extract_music(path: Path, target: Path) -> Path:
    """The sound of a video as an M4A (AAC, stereo, 44.1 kHz), from the beginning of the video's time.

    `target` appears only when it is complete. Raises NoSound, MediaUndecodable, MediaEncodeFailed.
    """
    _write_m4a(target, _blocks(path, MUSIC_RATE, "stereo"))
    return target


def cut_music(
    source: Path,
    target: Path,
    start_seconds: float,
    seconds: float,
    *,
    tempo: float = 1.0,
    loop: bool = False,
) -> Path:
    """`seconds` of music from `start_seconds` of `source` on, as an M4A.

    tempo: 0.5 to 2: how much faster it plays; the pitch stays. `start_seconds` counts in the source's own
    time, `seconds` in the new one. loop: what is left of the source after `start_seconds` is played over and
    over; else silence follows its end. Both ends of the result fade over 20 ms, and so does every seam.
    Raises ValueError for other tempos or lengths, NoSound, MediaUndecodable, MediaEncodeFailed.
    """
    if not SLOWEST <= tempo <= FASTEST:
        raise ValueError(f"tempo must be {SLOWEST:g} to {FASTEST:g}, got {tempo:g}")
    if not 0 < seconds <= LONGEST_SECONDS or start_seconds < 0:
        raise ValueError(
            f"seconds must be 0 to {LONGEST_SECONDS:g} from 0 on, got {seconds:g} from {start_seconds:g}"
        )
    given = np.concatenate([np.zeros((2, 0), np.float32), *_blocks(source, MUSIC_RATE, "stereo")], axis=1)
    given = given[:, round(start_seconds * MUSIC_RATE) :]
    wanted = round(seconds * MUSIC_RATE)
    piece = given[:, : int(np.ceil(wanted * tempo)) + MUSIC_RATE]
    if tempo != 1.0 and piece.shape[1]:
        piece = _stretched(piece, tempo)
    if not piece.shape[1]:
        raise NoSound(f"{source.name} has no sound after {start_seconds:g} seconds")
    fade = round(FADE_SECONDS * MUSIC_RATE)
    if piece.shape[1] < wanted:
        piece = _faded(piece, fade)
        rounds = -(-wanted // piece.shape[1]) if loop else 1
        piece = np.tile(piece, (1, rounds))
        piece = np.pad(piece, ((0, 0), (0, max(0, wanted - piece.shape[1]))))
    piece = _faded(piece[:, :wanted], fade)
    _write_m4a(target, (piece[:, at : at + MUSIC_RATE] for at in range(0, wanted, MUSIC_RATE)))
    return target


def mux(video: Path, music: Path, target: Path) -> Path:
    """An MP4 with the pictures of `video`, bit for bit, and the sound of `music`, exactly as long.

    Longer music is cut and fades out, shorter music is followed by silence. The keys that stand in the
    container of `video` are copied as they are, an implicit label among them; what stands outside of the
    MP4's index (an XMP box, a C2PA manifest) cannot be, so the sound must be added BEFORE the file is
    labelled: engine, `mux`, then `generation.labelling.label_file`. Index first (faststart). Raises NoSound,
    MediaUndecodable, MediaEncodeFailed.
    """
    part = part_beside(target)
    options = {"movflags": "use_metadata_tags+faststart"}
    try:
        with _opened(video) as given, av.open(str(part), "w", format="mp4", options=options) as made:
            if not given.streams.video:
                raise MediaUndecodable(f"{video.name} holds no video stream")
            source = given.streams.video[0]
            made.metadata.update(_own_keys(given.metadata))
            pictures = made.add_stream_from_template(source)
            pictures.metadata.update(source.metadata)
            sound = _aac_stream(made)
            end = _copy_pictures(given, source, made, pictures)
            _encode(made, sound, _exactly(_blocks(music, MUSIC_RATE, "stereo"), round(end * MUSIC_RATE)))
    except av.error.FFmpegError as error:
        part.unlink(missing_ok=True)
        raise MediaEncodeFailed(f"{target.name} could not be written: {error}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(target)
    return target


def _own_keys(metadata: dict[str, str]) -> dict[str, str]:
    """Without what the writer of the file sets by itself."""
    own = {"major_brand", "minor_version", "compatible_brands", "encoder"}
    return {key: value for key, value in metadata.items() if key not in own}


def _copy_pictures(given: Any, source: Any, made: Any, pictures: Any) -> float:
    """Copy every packet; returns the seconds at which the last picture ends."""
    end = 0.0
    for packet in given.demux(source):
        if packet.dts is None:
            continue
        if packet.pts is not None:
            length = packet.duration or (1 / (source.average_rate or 25) / source.time_base)
            end = max(end, float((packet.pts + length) * source.time_base))
        packet.stream = pictures
        made.mux(packet)
    return end


def _exactly(blocks: Iterator[Samples], wanted: int) -> Iterator[Samples]:
    """`wanted` samples in all: cut with a fade, or followed by silence."""
    fade = round(FADE_SECONDS * MUSIC_RATE)
    given = 0
    for block in blocks:
        if given >= wanted:
            return
        piece = block[:, : wanted - given].copy()
        places = wanted - given - np.arange(piece.shape[1])
        piece *= np.clip(places / fade, 0, 1).astype(np.float32)
        given += piece.shape[1]
        yield piece
    while given < wanted:
        silence = np.zeros((2, min(MUSIC_RATE, wanted - given)), np.float32)
        given += silence.shape[1]
        yield silence


def _faded(piece: Samples, fade: int) -> Samples:
    """The piece (2, n) rising from and falling to silence at its ends."""
    count = piece.shape[1]
    reach = max(1, min(fade, count // 2))
    places = np.arange(count)
    ramp = np.clip(np.minimum((places + 1) / reach, (count - places) / reach), 0, 1)
    return np.asarray(piece * ramp, np.float32)


def _stretched(piece: Samples, tempo: float) -> Samples:
    """Faster or slower at the same pitch, by FFmpeg's atempo (WSOLA)."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        format="fltp", sample_rate=MUSIC_RATE, layout="stereo", time_base=Fraction(1, MUSIC_RATE)
    )
    stretch = graph.add("atempo", f"{tempo:.6f}")
    planar = graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo")
    graph.link_nodes(source, stretch, planar, graph.add("abuffersink")).configure()
    out = []
    for at in range(0, piece.shape[1], MUSIC_RATE):
        frame = _frame(piece[:, at : at + MUSIC_RATE], at)
        graph.push(frame)
        out += _pulled(graph)
    graph.push(None)
    out += _pulled(graph)
    return np.concatenate(out, axis=1) if out else np.zeros((2, 0), np.float32)


def _pulled(graph: Any) -> list[Samples]:
    """What a filter graph has ready."""
    ready = []
    while True:
        try:
            ready.append(_planes(graph.pull(), 2))
        except (av.error.BlockingIOError, av.error.EOFError):
            return ready


def _frame(piece: Samples, at: int) -> Any:
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(piece, np.float32), format="fltp", layout="stereo"
    )
    frame.sample_rate, frame.pts, frame.time_base = MUSIC_RATE, at, Fraction(1, MUSIC_RATE)
    return frame


def _planes(frame: Any, channels: int) -> Samples:
    return np.asarray(frame.to_ndarray(), np.float32).reshape(channels, -1)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file of one of the known kinds; a playlist, which would open other files, is none."""
    options = {"format_whitelist": READERS, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path), options=options)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaUndecodable(f"{path.name} is not a readable file: {error}") from error
    with container:
        yield container


def _blocks(path: Path, rate: int, layout: str) -> Iterator[Samples]:
    """The first sound track in blocks (channels, n), from time 0 of the file on."""
    channels = 2 if layout == "stereo" else 1
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    most, given = round(LONGEST_SECONDS * rate), 0
    with _opened(path) as container:
        if not container.streams.audio:
            raise NoSound(f"{path.name} has no sound")
        stream = container.streams.audio[0]
        try:
            for frame in container.decode(stream):
                if given == 0 and frame.time:
                    late = min(round(max(0.0, frame.time) * rate), most)
                    given += late
                    yield np.zeros((channels, late), np.float32)
                for made in resampler.resample(frame):
                    block = _planes(made, channels)[:, : most - given]
                    given += block.shape[1]
                    yield block
                if given >= most:
                    return
            for made in resampler.resample(None):
                yield _planes(made, channels)
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaUndecodable(f"the sound of {path.name} is damaged: {error}") from error


def _aac_stream(container: Any) -> Any:
    stream = container.add_stream("aac", rate=MUSIC_RATE, layout="stereo")
    stream.bit_rate = MUSIC_BITS
    return stream


def _encode(container: Any, stream: Any, blocks: Iterator[Samples]) -> None:
    """Encode blocks (2, n) in frames of the encoder's size."""
    at, rest = 0, np.zeros((2, 0), np.float32)
    for block in blocks:
        rest = np.concatenate([rest, block], axis=1)
        while rest.shape[1] >= FRAME_SAMPLES:
            container.mux(stream.encode(_frame(rest[:, :FRAME_SAMPLES], at)))
            rest, at = rest[:, FRAME_SAMPLES:], at + FRAME_SAMPLES
    if rest.shape[1]:
        container.mux(stream.encode(_frame(rest, at)))
    container.mux(stream.encode(None))


def _write_m4a(target: Path, blocks: Iterator[Samples]) -> None:
    part = part_beside(target)
    try:
        with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            _encode(container, _aac_stream(container), blocks)
    except av.error.FFmpegError as error:
        part.unlink(missing_ok=True)
        raise MediaEncodeFailed(f"{target.name} could not be written: {error}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(target)
