"""AnimationEngine: a photo and a movement become a dance video on the CPU, without any generative network."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from generation.engines.animation.background import build_background, lay_out_person
from generation.engines.animation.mannequin import draw_mannequin
from generation.engines.animation.placement import Placement, fit_motion
from generation.engines.animation.retarget import Motion, retarget
from generation.engines.animation.rig import Rig, build_rig
from generation.engines.animation.skeleton import rest_skeleton
from generation.engines.base import DanceRequest, EngineContext, EngineError, Progress, VideoResult
from generation.photo_check import check_photo
from templates_app.poses.sequence import PoseSequence
from tongyi_portal.vision import media
from tongyi_portal.vision.matting import PersonMatte, foreground_colours
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import BodyPose, PoseEstimator

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

REPORT_EVERY = 5  # frames
REPORT_SECONDS = 0.5
MATTE_PERSON_PIXELS = 520  # the matte is found on a person at least this tall, where the photo has the pixels
LARGEST_SIDE = 2048  # a larger photo is reduced before anything else


class AnimationEngine:
    """Photo to dance by cut-out animation: parts, skinned meshes, painted over the photo's own background.

    models_root: folder of the model files. threads: CPU threads for models and the encoder.
    """

    key = "animation"
    version = "1.0"
    devices = frozenset({"cpu"})

    def __init__(self, models_root: Path, threads: int = 2) -> None:
        self.models = ModelFiles(models_root)
        self.threads = threads
        self.estimator = PoseEstimator(self.models, threads)
        self.matte = PersonMatte(self.models, threads)
        self._is_loaded = False

    @classmethod
    def tiny(cls, models_root: Path) -> "AnimationEngine":
        """The engine for tests: the same code on one thread; the requests are what is small."""
        return cls(models_root, threads=1)

    def load(self) -> None:
        """Load the models and compile (or read from cache) the drawing code. Raises ModelFileMissing.
        Idempotent.
        """
        if self._is_loaded:
            return
        self.estimator.load()
        self.matte.load()
        _warm_up()
        self._is_loaded = True

    def run(self, request: DanceRequest, context: EngineContext) -> VideoResult:
        """Make the video and its cover in `context.scratch`. Raises EngineError, or what `context.report`
        raises.
        """
        self.load()
        seconds: dict[str, float] = {}
        size = (request.width, request.height)

        # 1. Read the photo.
        with _timed(seconds, "read"):
            context.report(Progress("read", 0.0))
            photo = _read_photo(request.photo)

        # 2. Find the dancer, or say what is wrong with the photo.
        with _timed(seconds, "pose"):
            body = self._find_dancer(photo)
            context.report(Progress("pose", 0.03))

        # 3. Transfer the movement, and place the photo so that the dance fits.
        with _timed(seconds, "retarget"):
            rest = rest_skeleton(body.points - 0.5)
            motion, place = fit_motion(request.poses, rest, (photo.shape[1], photo.shape[0]), size)
            rest, motion = rest.placed(place.scale, place.offset), motion.placed(place.scale, place.offset)
            context.report(Progress("retarget", 0.05))

        # 4. Cut the person out, at the output's scale.
        with _timed(seconds, "matte"):
            scaled, alpha = self._cut_out(photo, body, place.scale)
            context.report(Progress("matte", 0.12))

        # 5. and 6. Fill the background and lay it out; meanwhile build the rig.
        with _timed(seconds, "rig_and_background"), ThreadPoolExecutor(1) as other:
            ground = other.submit(build_background, scaled, alpha, place, size, rest, context.seed)
            person = lay_out_person(scaled, alpha, place, size)
            rig = build_rig(person.image, person.alpha, foreground_colours(person.image, person.alpha), rest)
            context.report(Progress("rig", 0.16))
            background = _awaited(ground, context, Progress("background", 0.18))
            context.report(Progress("background", 0.22))

        # 7. Draw, finish and encode every frame.
        with _timed(seconds, "render"):
            result = _render(request, context, background, rig, motion)
        context.report(Progress("done", 1.0))
        return replace(result, stage_seconds=seconds)

    def _find_dancer(self, photo: Image) -> BodyPose:
        """The one person of the photo. Raises EngineError with the photo check's first blocking fault."""
        report = check_photo(photo, self.estimator)
        blocking = next((fault for fault in report.faults if fault.is_blocking), None)
        if blocking is not None:
            raise EngineError(f"photo_{blocking.code}", blocking.message, is_users_fault=True)
        if report.body is None:
            raise EngineError("engine_failed", "the photo check passed a photo without a person")
        return report.body

    def _cut_out(self, photo: Image, body: BodyPose, scale: float) -> tuple[Image, Floats]:
        """The photo at `scale`, and its matte, found at a scale at which the person is tall enough."""
        person = float(np.ptp(body.points[:, 1]))
        fine = max(scale, min(1.0, MATTE_PERSON_PIXELS / max(person, 1.0)))
        large = _resized(photo, fine)
        alpha = self.matte.matte(large, _scaled_body(body, large.shape[1::-1], photo.shape[1::-1]))
        if fine == scale:
            return large, alpha
        small = _resized(photo, scale)
        return small, np.asarray(cv2.resize(alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA))


def _awaited(job: Future[Image], context: EngineContext, progress: Progress) -> Image:
    """The job's result; reports while it takes time, so that a cancelled run stops."""
    while not wait([job], timeout=REPORT_SECONDS).done:
        context.report(progress)
    return job.result()


def _warm_up() -> None:
    """Go once through everything that is compiled, on a figure too small to cost time."""
    figure = draw_mannequin(160, 200)
    rest = rest_skeleton(figure.points)
    place, size = Placement(1.0, 0.0, 0.0), (160, 200)
    background = build_background(figure.image, figure.alpha, place, size, rest, seed=0)
    rig = build_rig(figure.image, figure.alpha, figure.image, rest)
    body = (figure.points / np.float32(200))[None, None]
    poses = PoseSequence("blazepose_33", 30.0, body, np.ones((1, 1, 33), np.float32), aspect=0.8)
    rig.draw(background.copy(), retarget(poses, rest), 0)


def _render(
    request: DanceRequest, context: EngineContext, background: Image, rig: Rig, motion: Motion
) -> VideoResult:
    """Write the MP4 and the cover."""
    video, cover = context.scratch / "dance.mp4", context.scratch / "cover.jpg"
    cover_index = _cover_index(motion)
    count = motion.frame_count
    with media.VideoWriter(
        video, request.width, request.height, request.fps, threads=context.threads
    ) as writer:
        for index in range(count):
            frame = background.copy()
            rig.draw(frame, motion, index)
            context.finish_frame(frame, index / request.fps)
            writer.write(frame)
            if index == cover_index:
                still = frame
            if index % REPORT_EVERY == 0:
                context.report(Progress("render", 0.22 + 0.77 * index / count))
    media.write_jpeg(cover, still)
    return VideoResult(video, cover, count, request.width, request.height, request.fps)


def _cover_index(motion: Motion) -> int:
    """A telling frame: hands far out and up, feet on the floor, away from both ends."""
    low, high = motion.frame_count // 6, max(motion.frame_count // 6 + 1, 5 * motion.frame_count // 6)
    hands = motion.points[low:high, 16:18]
    spread = np.abs(hands[:, 0, 0] - hands[:, 1, 0]) - 0.6 * hands[..., 1].mean(axis=1)
    calm = np.linalg.norm(np.gradient(hands, axis=0), axis=-1).sum(axis=1) if len(hands) > 2 else 0.0
    return low + int(np.argmax(spread - 2.0 * calm))


def _read_photo(path: Path) -> Image:
    try:
        photo = media.read_image(path)
    except media.MediaUndecodable as error:
        raise EngineError("photo_undecodable", str(error), is_users_fault=True) from error
    largest = max(photo.shape[:2])
    return _resized(photo, LARGEST_SIDE / largest) if largest > LARGEST_SIDE else photo


def _resized(image: Image, scale: float) -> Image:
    size = (max(2, round(image.shape[1] * scale)), max(2, round(image.shape[0] * scale)))
    if size == (image.shape[1], image.shape[0]):
        return image
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def _scaled_body(body: BodyPose, size: tuple[int, int], photo_size: tuple[int, int]) -> BodyPose:
    """The body in a resized photo; sizes are (width, height)."""
    across, down = size[0] / photo_size[0], size[1] / photo_size[1]
    x0, y0, x1, y1 = body.box
    return replace(
        body,
        points=body.points * np.array([across, down, across], np.float32),
        box=(x0 * across, y0 * down, x1 * across, y1 * down),
        mask=None if body.mask is None else np.asarray(cv2.resize(body.mask, size), np.float32),
    )


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
