"""The same dance in odd and broken files: taken as it was drawn, or refused with the one right reason."""

from dataclasses import dataclass
from itertools import chain, count, repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from generation.engines.base import EngineContext, EngineError
from generation.engines.motion.engine import MotionEngine
from generation.engines.motion.take import MotionRequest
from tests.factories.dance_clips import IN_BLAZEPOSE, Part, dance_frames, dancer, room, true_limbs
from tests.factories.odd_videos import FPS, ODD_VIDEOS, uneven_times
from tests.factories.videos import read_frames
from tongyi_portal.vision.film import DecodeBudget
from tongyi_portal.vision.media import probe_video
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.motion_probe import probe_motion

pytestmark = pytest.mark.slow

WIDTH, HEIGHT, FRAMES = 320, 384, 60


@dataclass(frozen=True)
class Expected:
    """fault: why it is refused; "" when it is handled. codes: all that the probe tells. rotation: degrees."""

    fault: str = ""
    codes: tuple[str, ...] = ()
    rotation: int = 0
    codec: str = "h264"


EXPECTED = {
    "silent": Expected(),
    "variable rate": Expected(codes=("motion_rate_variable",)),
    "turned": Expected(rotation=90),
    "ten bit": Expected(),
    "ten bit hevc": Expected(codec="hevc"),
    "truncated": Expected("motion_truncated", ("motion_truncated", "motion_too_short")),
    "without index": Expected("motion_undecodable", ("motion_undecodable",), codec=""),
    "garbled": Expected("motion_damaged", ("motion_damaged",)),
    "sound only": Expected("motion_no_video", ("motion_no_video",), codec=""),
    "song with cover": Expected("motion_no_video", ("motion_no_video",), codec=""),
}
HANDLED = [name for name, expected in EXPECTED.items() if not expected.fault]
REFUSED = [name for name, expected in EXPECTED.items() if expected.fault]


@pytest.fixture(scope="module")
def motion(model_files: ModelFiles) -> MotionEngine:
    engine = MotionEngine(model_files.root)
    engine.load()
    return engine


@pytest.fixture(scope="module")
def solo(model_files: ModelFiles) -> list[Part]:
    one = dancer("person", HEIGHT, model_files.root)
    return [Part(one, one.dance("disco_point", FPS, FRAMES), np.full(FRAMES, 14.0))]


@pytest.fixture(scope="module")
def videos(solo: list[Part], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("odd")
    frames = list(dance_frames(solo, room(WIDTH, HEIGHT)))
    return {name: make(folder / f"{name.replace(' ', '-')}.mp4", frames) for name, make in ODD_VIDEOS.items()}


def context(scratch: Path) -> EngineContext:
    def refuse(_frame: object, _seconds: float) -> None:
        raise AssertionError("a take has no output frames to finish")

    return EngineContext(scratch, lambda _progress: None, refuse)


def test_every_odd_video_has_its_expectation() -> None:
    assert EXPECTED.keys() == ODD_VIDEOS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_probe_tells_what_an_odd_video_is(videos: dict[str, Path], name: str) -> None:
    probe, expected = probe_motion(videos[name]), EXPECTED[name]
    assert tuple(fault.code for fault in probe.faults) == expected.codes
    assert probe.is_usable == (not expected.fault)
    assert (probe.codec, probe.rotation) == (expected.codec, expected.rotation)
    if not expected.fault:
        assert (probe.width, probe.height, probe.frames) == (WIDTH, HEIGHT, FRAMES)


@pytest.mark.parametrize("name", HANDLED)
def test_the_dancer_of_an_odd_video_is_taken_as_drawn(
    motion: MotionEngine, solo: list[Part], videos: dict[str, Path], name: str, tmp_path: Path
) -> None:
    result = motion.run(MotionRequest(videos[name]), context(tmp_path))
    assert (result.take.fps, result.take.people_count, result.music) == (FPS, 1, None)
    assert result.take.aspect == pytest.approx(WIDTH / HEIGHT)
    shown = probe_video(result.proxy)
    assert (shown.width, shown.height) == (WIDTH, HEIGHT)
    assert len(read_frames(result.proxy)) == result.take.frame_count
    times = uneven_times(FRAMES) if name == "variable rate" else np.arange(FRAMES) * 1000 / FPS
    assert result.take.frame_count == pytest.approx((times[-1] + 1000 / FPS) * FPS / 1000, abs=1)
    truth = true_limbs(solo)[on_show(np.asarray(times), result.take.frame_count), 0]
    found = result.raw.points[:, 0, IN_BLAZEPOSE, :2].astype(np.float64) * HEIGHT
    assert np.linalg.norm(found - truth, axis=-1).mean() / solo[0].dancer.height < 0.02


@pytest.mark.parametrize("name", REFUSED)
def test_the_engine_refuses_an_odd_video_for_the_same_reason(
    motion: MotionEngine, videos: dict[str, Path], name: str, tmp_path: Path
) -> None:
    with pytest.raises(EngineError) as caught:
        motion.run(MotionRequest(videos[name]), context(tmp_path))
    assert (caught.value.code, caught.value.is_users_fault) == (EXPECTED[name].fault, True)
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_takes_too_much_work_is_let_go_while_it_is_tracked(
    model_files: ModelFiles, videos: dict[str, Path], tmp_path: Path
) -> None:
    calls_of_the_probe = 2 * (FRAMES + 1) + 1  # before and after each packet; one more finds the end
    clock = chain(repeat(0.0, calls_of_the_probe + FRAMES), count(0.0, 1000.0))
    engine = MotionEngine(model_files.root, budget=DecodeBudget(clock=clock.__next__))
    assert not probe_motion(videos["silent"], budget=DecodeBudget(packets=FRAMES + 1)).faults
    with pytest.raises(EngineError) as caught:
        engine.run(MotionRequest(videos["silent"]), context(tmp_path))
    assert (caught.value.code, caught.value.is_users_fault) == ("motion_takes_too_long", True)
    assert list(tmp_path.iterdir()) == []


def on_show(times: npt.NDArray[np.float64], frames: int) -> list[int]:
    """Which frame a player shows at each frame of the take."""
    return [int(np.searchsorted(times, 1000 * (k + 0.25) / FPS, side="right")) - 1 for k in range(frames)]
