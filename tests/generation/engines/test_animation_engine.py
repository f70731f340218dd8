"""The engine turns a photo and a movement into a video that a user would accept."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from generation.engines.animation.engine import AnimationEngine
from generation.engines.base import (
    DanceRequest,
    EngineContext,
    EngineError,
    JobCancelled,
    Progress,
    VideoResult,
)
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.sequence import PoseSequence
from tests.generation.engines.conftest import joint, movement, raise_left_arm
from tongyi_portal.vision import media

WIDTH, HEIGHT, FPS = 96, 160, 15
FRAMES = 12


@dataclass
class Witness:
    """What the engine told the outside."""

    reports: list[Progress] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    frames: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    cancel_after: int | None = None

    def report(self, progress: Progress) -> None:
        self.reports.append(progress)
        if self.cancel_after is not None and len(self.finished) >= self.cancel_after:
            raise JobCancelled

    def finish(self, frame: npt.NDArray[np.uint8], seconds: float) -> None:
        self.frames.append(frame.copy())
        frame[:4, :4] = (255, 0, 0)
        self.finished.append(seconds)


def run(
    engine: AnimationEngine,
    photo: Path,
    scratch: Path,
    witness: Witness,
    poses: PoseSequence | None = None,
    seed: int = 0,
) -> VideoResult:
    scratch.mkdir()
    track = poses or CHOREOGRAPHIES["kemusan"].build().resampled(FPS, FRAMES)
    request = DanceRequest((photo,), track, WIDTH, HEIGHT, FPS)
    return engine.run(request, EngineContext(scratch, witness.report, witness.finish, seed=seed, threads=1))


@pytest.fixture(scope="module")
def rendered(
    engine: AnimationEngine, photo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[VideoResult, Witness]:
    witness = Witness()
    return run(engine, photo, tmp_path_factory.mktemp("rendered") / "scratch", witness), witness


def test_the_video_has_the_size_rate_and_length_that_were_asked_for(
    rendered: tuple[VideoResult, Witness],
) -> None:
    result, _ = rendered
    info = media.probe_video(result.video)

    assert (info.width, info.height, info.codec) == (WIDTH, HEIGHT, "h264")
    assert info.fps == FPS
    assert len(list(media.iter_frames(result.video))) == FRAMES == result.frame_count


def test_every_frame_is_finished_once_and_in_order(rendered: tuple[VideoResult, Witness]) -> None:
    _, witness = rendered

    np.testing.assert_allclose(witness.finished, np.arange(FRAMES) / FPS)


def test_what_finish_frame_draws_is_in_the_video_and_on_the_cover(
    rendered: tuple[VideoResult, Witness],
) -> None:
    result, _ = rendered
    first = next(iter(media.iter_frames(result.video)))[1]
    cover = media.read_image(result.cover)

    for picture in (first, cover):
        assert picture[1, 1, 0] > 150
        assert picture[1, 1, 1] < 90


def test_progress_rises_to_one_and_names_its_stages(rendered: tuple[VideoResult, Witness]) -> None:
    result, witness = rendered
    fractions = [progress.fraction for progress in witness.reports]

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {progress.stage for progress in witness.reports} >= {
        "read",
        "pose",
        "matte",
        "rig",
        "render",
        "done",
    }
    assert set(result.stage_seconds) >= {"pose", "matte", "render"}


def test_the_scratch_folder_holds_nothing_but_the_results(rendered: tuple[VideoResult, Witness]) -> None:
    result, _ = rendered

    assert set(result.video.parent.iterdir()) == {result.video, result.cover}


def test_the_background_stands_still_while_the_person_moves(rendered: tuple[VideoResult, Witness]) -> None:
    _, witness = rendered
    frames = np.stack(witness.frames).astype(int)
    change = np.ptp(frames, axis=0).max(axis=2)

    assert (change[: HEIGHT // 8] == 0).all()
    assert (change[:, :3] == 0).mean() > 0.9
    assert (change > 30).mean() > 0.05


def test_the_same_seed_gives_the_same_frames(
    engine: AnimationEngine, photo: Path, rendered: tuple[VideoResult, Witness], tmp_path: Path
) -> None:
    again = Witness()
    run(engine, photo, tmp_path / "scratch", again)

    np.testing.assert_array_equal(np.stack(again.frames), np.stack(rendered[1].frames))


def test_cancelling_in_mid_render_stops_early_and_leaves_no_video(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    witness = Witness(cancel_after=3)
    poses = CHOREOGRAPHIES["kemusan"].build().resampled(FPS, 60)

    with pytest.raises(JobCancelled):
        run(engine, photo, tmp_path / "scratch", witness, poses)

    assert len(witness.finished) < 20
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_photo_without_a_person_is_the_users_fault(engine: AnimationEngine, tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((300, 200, 3), 180, np.uint8))

    with pytest.raises(EngineError) as caught:
        run(engine, wall, tmp_path / "scratch", Witness())

    assert caught.value.code == "photo_no_person"
    assert caught.value.is_users_fault


def test_a_photo_cut_at_the_knees_is_refused(engine: AnimationEngine, photo: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.png"
    picture = cv2.imread(str(photo))
    cv2.imwrite(str(cut), picture[: round(0.66 * len(picture))])

    with pytest.raises(EngineError) as caught:
        run(engine, cut, tmp_path / "scratch", Witness())

    assert caught.value.code == "photo_not_full_body"


def test_an_undecodable_photo_is_refused(engine: AnimationEngine, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")

    with pytest.raises(EngineError) as caught:
        run(engine, broken, tmp_path / "scratch", Witness())

    assert caught.value.code == "photo_undecodable"


@pytest.mark.slow
def test_limbs_in_the_video_point_where_the_drivers_do(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    poses = movement(8, raise_left_arm)
    witness = Witness()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    request = DanceRequest((photo,), poses, 360, 640, 30)
    engine.run(request, EngineContext(scratch, witness.report, witness.finish))

    for index in (2, 4, 6):
        body = engine.estimator.detect(witness.frames[index])[0]
        for start, end in (
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("right_hip", "right_knee"),
        ):
            seen = body.points[joint(end), :2] - body.points[joint(start), :2]
            wanted = poses.points[index, 0, joint(end), :2] - poses.points[index, 0, joint(start), :2]
            turned = np.degrees(np.arctan2(seen[1], seen[0]) - np.arctan2(wanted[1], wanted[0]))
            assert abs((turned + 180) % 360 - 180) < 14
