"""cut_sound: the part of a clip's sound that a version needs, at the version's tempo."""

from pathlib import Path
from typing import Any

import av
import av.filter

from tongyi_portal.vision.media import MediaEncodeFailed, MediaUndecodable

BIT_RATE = 160_000
RATE = 44_100


def cut_sound(source: Path, target: Path, *, start_seconds: float, seconds: float, tempo: float) -> Path:
    """Write `seconds` of sound (AAC in MP4), taken from `start_seconds` on and played `tempo` times as fast.

    The pitch stays. It is shorter where the source ends before. Raises MediaUndecodable, MediaEncodeFailed.
    """
    taken = seconds * tempo
    try:
        with av.open(str(source)) as given, av.open(str(target), "w", format="ipod") as made:
            if not given.streams.audio:
                raise MediaUndecodable(f"{source.name} has no sound")
            stream: Any = given.streams.audio[0]
            out: Any = made.add_stream("aac", rate=RATE)
            out.bit_rate, out.layout = BIT_RATE, "stereo"
            graph = _graph(stream, start_seconds, taken, tempo)
            for frame in given.decode(stream):
                if frame.time is not None and frame.time > start_seconds + taken + 1:
                    break
                graph.push(frame)
                _drain(graph, out, made)
            graph.push(None)
            _drain(graph, out, made)
            made.mux(out.encode(None))
    except (av.error.InvalidDataError, av.error.FileNotFoundError) as error:
        raise MediaUndecodable(f"{source.name} is no readable sound: {error}") from error
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaEncodeFailed(f"{target.name} could not be written: {error}") from error
    return target


def _graph(stream: Any, start_seconds: float, taken: float, tempo: float) -> Any:
    graph = av.filter.Graph()
    steps = [
        graph.add_abuffer(template=stream),
        graph.add("atrim", f"start={start_seconds:.6f}:duration={taken:.6f}"),
        graph.add("asetpts", "PTS-STARTPTS"),
        *([graph.add("atempo", f"{tempo:.6f}")] if tempo != 1 else []),
        graph.add("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts=stereo"),
        graph.add("asetnsamples", "n=1024:p=0"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph


def _drain(graph: Any, out: Any, made: Any) -> None:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        made.mux(out.encode(frame))
