"""From a dance clip with known joints to a take: right places, right people, right frames."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generation.engines.base import EngineContext, EngineError, JobCancelled, Progress
from generation.engines.motion import chunks
from generation.engines.motion.engine import MotionEngine, take_rate
from generation.engines.motion.take import MotionRequest, MotionResult
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.smoothing import jitter, lag_frames
from tests.factories.dance_clips import (
    IN_BLAZEPOSE,
    Floats,
    Part,
    crossing,
    dancer,
    room,
    true_limbs,
    write_dance,
)
from tests.factories.sounds import drums, write_m4a
from tests.factories.videos import read_frames, write_mp4
from tongyi_portal.vision.audio import mux
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.motion_probe import MotionFault, MotionLimits, MotionProbe
from tongyi_portal.vision.people_tracking import PeopleTracker

pytestmark = pytest.mark.slow

FPS, FRAMES = 25, 75
BPM = 116


@pytest.fixture(scope="module")
def motion(model_files: ModelFiles) -> MotionEngine:
    """The engine, loaded."""
    engine = MotionEngine(model_files.root, threads=1)
    engine.load()
    return engine


@pytest.fixture(scope="module")
def solo(model_files: ModelFiles) -> list[Part]:
    one = dancer("person", 384, model_files.root)
    return [Part(one, one.dance("disco_point", FPS, FRAMES), np.full(FRAMES, 30.0))]


@pytest.fixture(scope="module")
def solo_clip(tmp_path_factory: pytest.TempPathFactory, solo: list[Part]) -> Path:
    """One dancer for three seconds to a drum machine."""
    folder = tmp_path_factory.mktemp("solo")
    silent = write_dance(folder / "silent.mp4", solo, room(352, 384), FPS)
    return mux(silent, write_m4a(folder / "drums.m4a", drums(BPM, 4)), folder / "clip.mp4")


@pytest.fixture(scope="module")
def solo_take(
    motion: MotionEngine, solo_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[MotionResult, list[Progress]]:
    told: list[Progress] = []
    result = motion.run(MotionRequest(solo_clip, 4), context(tmp_path_factory.mktemp("take"), told))
    return result, told


def context(scratch: Path, told: list[Progress] | None = None) -> EngineContext:
    def refuse(_frame: object, _seconds: float) -> None:
        raise AssertionError("a take has no output frames to finish")

    return EngineContext(scratch, (told if told is not None else []).append, refuse, threads=1)


def errors(sequence: PoseSequence, person: int, truth: Floats, height: float, size: int) -> Floats:
    """Distance of the limb joints from where they were drawn, in heights of the dancer, (frames, 12)."""
    found = sequence.points[:, person, IN_BLAZEPOSE, :2].astype(np.float64) * size
    return np.asarray(np.linalg.norm(found - truth, axis=-1) / height)


def test_the_limbs_are_where_they_were_drawn(
    solo: list[Part], solo_take: tuple[MotionResult, list[Progress]]
) -> None:
    off = errors(solo_take[0].take, 0, true_limbs(solo)[:, 0], solo[0].dancer.height, 384)
    assert off.mean() < 0.02
    assert (off < 0.05).mean() > 0.95


def test_smoothing_adds_no_lag_and_takes_tremble_away(
    solo: list[Part], solo_take: tuple[MotionResult, list[Progress]]
) -> None:
    result, _ = solo_take
    assert jitter(result.take) < 0.7 * jitter(result.raw)
    truth = result.raw.points.copy()
    truth[:, 0, IN_BLAZEPOSE, :2] = true_limbs(solo)[:, 0] / 384
    limbs_only = result.take.points.copy()
    others = np.setdiff1d(np.arange(33), IN_BLAZEPOSE)
    truth[:, :, others] = limbs_only[:, :, others] = 0
    drawn = PoseSequence("blazepose_33", FPS, truth, result.raw.confidence, result.raw.aspect)
    taken = PoseSequence("blazepose_33", FPS, limbs_only, result.raw.confidence, result.raw.aspect)
    assert abs(lag_frames(drawn, taken)) < 0.25


def test_a_take_says_what_the_clip_is(solo_take: tuple[MotionResult, list[Progress]]) -> None:
    result, _ = solo_take
    assert (result.take.frame_count, result.take.fps, result.take.people_count) == (FRAMES, FPS, 1)
    assert result.take.aspect == pytest.approx(352 / 384)
    (info,) = result.tracks
    assert info.is_main
    assert (info.first_frame, info.last_frame, info.seen_share) == (0, FRAMES - 1, 1.0)
    assert info.mean_confidence > 0.7
    assert 0.6 < info.mean_height < 0.95
    assert result.music is not None
    assert result.bpm == pytest.approx(BPM, rel=0.01)
    step = np.diff(result.beats)
    assert np.allclose(step, 60 / BPM, atol=0.03)


def test_frame_k_of_the_proxy_is_frame_k_of_the_clip(
    solo_clip: Path, solo_take: tuple[MotionResult, list[Progress]]
) -> None:
    given, shown = read_frames(solo_clip), read_frames(solo_take[0].proxy)
    assert len(shown) == len(given) == FRAMES
    for index in (0, 1, 37, FRAMES - 1):
        distances = [np.abs(frame.astype(int) - shown[index]).mean() for frame in given]
        assert int(np.argmin(distances)) == index
    assert solo_take[0].strip.read_bytes()[:2] == b"\xff\xd8"


def test_progress_rises_through_all_stages(solo_take: tuple[MotionResult, list[Progress]]) -> None:
    result, told = solo_take
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert list(dict.fromkeys(progress.stage for progress in told)) == list(result.stage_seconds)


def test_the_same_video_gives_the_same_take(
    motion: MotionEngine, solo_clip: Path, solo_take: tuple[MotionResult, list[Progress]], tmp_path: Path
) -> None:
    again = motion.run(MotionRequest(solo_clip, 4), context(tmp_path))
    assert again.take.to_npz() == solo_take[0].take.to_npz()


def test_two_who_cross_stay_themselves(motion: MotionEngine, model_files: ModelFiles, tmp_path: Path) -> None:
    frames = 100
    parts = crossing(model_files.root, frames=frames, fps=FPS)
    clip = write_dance(tmp_path / "crossing.mp4", parts, room(640, 384), FPS)
    result = motion.run(MotionRequest(clip, 2), context(tmp_path))
    assert result.take.people_count == 2
    truth = true_limbs(parts)
    owners = []
    for person in range(2):
        seen = result.raw.confidence[:, person].max(axis=1) > 0
        off = np.stack(
            [
                errors(result.take, person, truth[:, other], parts[other].dancer.height, 384).mean(axis=1)
                for other in range(2)
            ]
        )
        nearest = off.argmin(axis=0)[seen]
        owner = int(np.bincount(nearest).argmax())
        assert (nearest != owner).mean() < 0.05
        assert off[owner][seen].mean() < 0.03
        assert seen.mean() > 0.8
        owners.append(owner)
    assert sorted(owners) == [0, 1]


def test_cancelling_stops_from_inside_and_leaves_no_files(
    motion: MotionEngine, solo_clip: Path, tmp_path: Path
) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "proxy" and progress.fraction > 0.9:
            raise JobCancelled

    scratch = EngineContext(tmp_path, stop, lambda _frame, _seconds: None, threads=1)
    with pytest.raises(JobCancelled):
        motion.run(MotionRequest(solo_clip, 1), scratch)
    assert list(tmp_path.iterdir()) == []


def test_a_video_without_people_is_the_users_fault(motion: MotionEngine, tmp_path: Path) -> None:
    empty = write_mp4(tmp_path / "room.mp4", [room(256, 256)] * 60, fps=25)
    with pytest.raises(EngineError) as caught:
        motion.run(MotionRequest(empty), context(tmp_path))
    assert (caught.value.code, caught.value.is_users_fault) == ("motion_no_people", True)


def test_a_fault_of_the_probe_is_the_engines_error(
    model_files: ModelFiles, solo_clip: Path, tmp_path: Path
) -> None:
    strict = MotionEngine(model_files.root, limits=MotionLimits(min_seconds=10))
    with pytest.raises(EngineError) as caught:
        strict.run(MotionRequest(solo_clip), context(tmp_path))
    assert (caught.value.code, caught.value.is_users_fault) == ("motion_too_short", True)


@pytest.mark.parametrize("people", [0, 9])
def test_the_number_of_people_has_bounds(motion: MotionEngine, people: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="max_people"):
        motion.run(MotionRequest(tmp_path / "none.mp4", people), context(tmp_path))


@pytest.mark.parametrize(
    ("fps", "wanted"),
    [
        (24, 24),
        (23.976, 24000 / 1001),
        (29.97, 30000 / 1001),
        (30.001, 30),
        (60, 60),
        (120, 60),
        (240, 60),
        (27, 27),
    ],
)
def test_the_rate_of_a_take_is_the_sources_or_a_half_of_it(fps: float, wanted: float) -> None:
    assert take_rate(MotionProbe(fps=fps)) == pytest.approx(wanted)


def test_an_uneven_source_is_taken_at_the_nearest_whole_rate() -> None:
    uneven = MotionFault("motion_rate_variable", "Uneven.", is_blocking=False)
    assert take_rate(MotionProbe(fps=28.3, faults=(uneven,))) == 30


class KeptParts:
    """Parts in memory. When the last of `until` is kept, the worker is gone."""

    def __init__(self, parts: list[bytes] | None = None, until: int = 0) -> None:
        self.parts, self.until = parts or [], until

    def kept(self) -> list[bytes]:
        return list(self.parts)

    def keep(self, data: bytes) -> None:
        self.parts.append(data)
        if len(self.parts) == self.until:
            raise JobCancelled


def looks_of(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows with each frame that the tracker looks at."""
    looks: list[int] = []
    step = PeopleTracker.step

    def counted(tracker: PeopleTracker, frame: Any) -> Any:
        looks.append(1)
        return step(tracker, frame)

    monkeypatch.setattr(PeopleTracker, "step", counted)
    return looks


def tracked_with(motion: MotionEngine, clip: Path, scratch: Path, parts: KeptParts) -> MotionResult:
    scratch.mkdir()
    return motion.run(MotionRequest(clip, 4), replace(context(scratch), partials=parts))


def test_what_an_attempt_kept_is_not_tracked_again_and_changes_nothing(
    motion: MotionEngine,
    solo_clip: Path,
    solo_take: tuple[MotionResult, list[Progress]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 1.0)
    looks = looks_of(monkeypatch)
    parts = KeptParts(until=2)
    with pytest.raises(JobCancelled):
        tracked_with(motion, solo_clip, tmp_path / "first", parts)
    assert len(looks) == 2 * FPS
    parts.until = 0
    result = tracked_with(motion, solo_clip, tmp_path / "second", parts)
    assert len(looks) == FRAMES
    whole = solo_take[0]
    np.testing.assert_array_equal(result.raw.points, whole.raw.points)
    np.testing.assert_array_equal(result.take.points, whole.take.points)
    assert (result.tracks, result.beats) == (whole.tracks, whole.beats)
    assert len(read_frames(result.proxy)) == FRAMES


def test_the_bar_begins_where_the_kept_part_ends(
    motion: MotionEngine, solo_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 1.0)
    parts, told = KeptParts(until=2), []
    with pytest.raises(JobCancelled):
        tracked_with(motion, solo_clip, tmp_path / "first", parts)
    parts.until = 0
    (tmp_path / "second").mkdir()
    again = replace(context(tmp_path / "second"), partials=parts, report=told.append)
    motion.run(MotionRequest(solo_clip, 4), again)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == pytest.approx(0.15 + 0.78 * 2 * FPS / FRAMES)


def test_every_other_second_of_a_clip_is_kept(motion: MotionEngine, solo_clip: Path, tmp_path: Path) -> None:
    parts = KeptParts()
    tracked_with(motion, solo_clip, tmp_path / "whole", parts)
    assert len(parts.parts) == FRAMES // (2 * FPS) > 0


def test_parts_that_are_damaged_doubled_or_of_another_tracking_count_for_nothing(
    motion: MotionEngine, solo_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 1.0)
    parts = KeptParts()
    tracked_with(motion, solo_clip, tmp_path / "whole", parts)
    first, second, third = parts.parts
    other = KeptParts()
    monkeypatch.setattr(motion, "version", "0.9")
    tracked_with(motion, solo_clip, tmp_path / "other", other)
    monkeypatch.undo()
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 1.0)
    looks = looks_of(monkeypatch)
    for name, kept, left in (
        ("doubled", [first, first, second], FPS),
        ("gap", [first, third], 2 * FPS),
        ("damaged", [first, second[:-40], third], 2 * FPS),
        ("older", other.parts, FRAMES),
    ):
        looks.clear()
        tracked_with(motion, solo_clip, tmp_path / name, KeptParts(kept))
        assert len(looks) == left, name
