"""AnimationEngine: a photo and a movement become a dance video on the CPU, without any generative network."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from generation.engines.animation.background import build_background, lay_out_person
from generation.engines.animation.mannequin import draw_mannequin
from generation.engines.animation.placement import Placement
from generation.engines.animation.retarget import Motion, retarget
from generation.engines.animation.rig import Rig, build_rig
from generation.engines.animation.skeleton import rest_skeleton, without_legs
from generation.engines.animation.staging import Dancer, Part, depth_orders, stage
from generation.engines.base import (
    BodyStyle,
    DanceRequest,
    EngineContext,
    EngineError,
    EngineNeeds,
    Progress,
    VideoResult,
)
from generation.photo_check import check_photo, cut_arms
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
HALF_LENGTH = 1.5  # height over width that a half-body person is continued to before the matte is cut


@dataclass(frozen=True)
class Guest:
    """A photo with the person found in it."""

    photo: Image
    body: BodyPose
    dancer: Dancer


class AnimationEngine:
    """Photo to dance by cut-out animation: parts, skinned meshes, painted over the photo's own background.

    models_root: folder of the model files. threads: CPU threads for models and the encoder.
    """

    key = "animation"
    version = "1.0"
    devices = frozenset({"cpu"})
    needs = EngineNeeds(
        memory_mb=1024, weights=("pose_detection", "pose_landmark_full", "selfie_segmentation")
    )

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
        if len(request.photos) != request.poses.people_count:
            raise EngineError(
                "photos_do_not_match_performers",
                f"{len(request.photos)} photos for {request.poses.people_count} performers",
                is_users_fault=True,
            )
        seconds: dict[str, float] = {}
        size = (request.width, request.height)
        places: Sequence[int | None] = range(len(request.photos)) if len(request.photos) > 1 else (None,)

        # 1. Read the photos.
        with _timed(seconds, "read"):
            context.report(Progress("read", 0.0))
            photos = [_read_photo(path, place) for path, place in zip(request.photos, places, strict=True)]

        # 2. Find the dancers, or say what is wrong with a photo.
        with _timed(seconds, "pose"):
            guests = []
            for number, (photo, place) in enumerate(zip(photos, places, strict=True), start=1):
                guests.append(self._find_dancer(photo, request.body_style, place))
                context.report(Progress("pose", 0.03 * number / len(photos)))

        # 3. Transfer the movement, and place everybody so that the dance fits.
        with _timed(seconds, "retarget"):
            staging = stage(request.poses, [guest.dancer for guest in guests], size)
            context.report(Progress("retarget", 0.05))

        # 4. Cut the first person out, and the scene from around them, at the output's scale.
        with _timed(seconds, "matte"):
            scene = self._cut_out(guests[0], staging.ground.scale)
            context.report(Progress("matte", 0.05 + 0.07 / len(guests)))

        # 5. and 6. Fill the background and lay it out; meanwhile cut out the others and build the rigs.
        with _timed(seconds, "rig_and_background"), ThreadPoolExecutor(1) as other:
            ground = other.submit(
                build_background, *scene, staging.ground, size, staging.ground_rest, context.seed
            )
            rigs = []
            for number, (guest, part) in enumerate(zip(guests, staging.parts, strict=True), start=1):
                is_scene = number == 1 and part.sheet.scale == staging.ground.scale
                rigs.append(_rig(*(scene if is_scene else self._cut_out(guest, part.sheet.scale)), part))
                context.report(Progress("rig", 0.12 + 0.04 * number / len(guests)))
            background = _awaited(ground, context, Progress("background", 0.18))
            context.report(Progress("background", 0.22))

        # 7. Draw, finish and encode every frame.
        with _timed(seconds, "render"):
            result = _render(request, context, background, rigs, staging.parts)
        context.report(Progress("done", 1.0))
        return replace(result, stage_seconds=seconds)

    def _find_dancer(self, photo: Image, body_style: BodyStyle, place: int | None) -> Guest:
        """The one person of the photo. Raises EngineError with the photo check's first blocking fault.

        place: index of the photo where there are several.
        """
        report = check_photo(photo, self.estimator, body_style)
        blocking = next((fault for fault in report.faults if fault.is_blocking), None)
        if blocking is not None:
            message = blocking.message if place is None else f"photo {place + 1}: {blocking.message}"
            raise EngineError(f"photo_{blocking.code}", message, is_users_fault=True, photo=place)
        if report.body is None:
            raise EngineError("engine_failed", "the photo check passed a photo without a person")
        is_half = report.body_style == "half"
        rest = rest_skeleton(report.body.points - 0.5)
        height, width = photo.shape[:2]
        dancer = Dancer(
            without_legs(rest) if is_half else rest,
            (width, height),
            can_step=report.can_step,
            is_half=is_half,
            still_arms=cut_arms(report.body, photo.shape) if is_half else (False, False),
        )
        return Guest(photo, report.body, dancer)

    def _cut_out(self, guest: Guest, scale: float) -> tuple[Image, Floats]:
        """The photo at `scale`, and its matte, found at a scale at which the person is tall enough."""
        photo, body = guest.photo, guest.body
        person = float(np.ptp(body.points[:, 1]))
        fine = max(scale, min(1.0, MATTE_PERSON_PIXELS / max(person, 1.0)))
        large = _resized(photo, fine)
        scaled = _scaled_body(body, large.shape[1::-1], photo.shape[1::-1])
        if guest.dancer.is_half:
            alpha = self.matte.matte(*_lengthened(large, scaled))[: len(large)]
        else:
            alpha = self.matte.matte(large, scaled)
        if fine == scale:
            return large, alpha
        small = _resized(photo, scale)
        return small, np.asarray(cv2.resize(alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA))


def _rig(photo: Image, alpha: Floats, part: Part) -> Rig:
    """The moving person of one performer, from the photo at the output's scale."""
    person = lay_out_person(photo, alpha, part.sheet, part.sheet_size, is_continued=part.is_continued)
    return build_rig(person.image, person.alpha, foreground_colours(person.image, person.alpha), part.rest)


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
    frame, motion = background.copy(), retarget(poses, rest)
    rig.draw_shadows(frame, motion, 0)
    rig.draw(frame, motion, 0)


def _render(
    request: DanceRequest,
    context: EngineContext,
    background: Image,
    rigs: Sequence[Rig],
    parts: Sequence[Part],
) -> VideoResult:
    """Write the MP4 and the cover."""
    video, cover = context.scratch / "dance.mp4", context.scratch / "cover.jpg"
    motions = [part.motion for part in parts]
    orders = depth_orders(parts, request.fps)
    cover_index = _cover_index(motions)
    count = motions[0].frame_count
    with media.VideoWriter(
        video, request.width, request.height, request.fps, threads=context.threads
    ) as writer:
        for index in range(count):
            frame = background.copy()
            for number in orders[index]:
                rigs[number].draw_shadows(frame, motions[number], index)
            for number in orders[index]:
                rigs[number].draw(frame, motions[number], index)
            context.finish_frame(frame, index / request.fps)
            writer.write(frame)
            if index == cover_index:
                still = frame
            if index % REPORT_EVERY == 0:
                context.report(Progress("render", 0.22 + 0.77 * index / count))
    media.write_jpeg(cover, still)
    return VideoResult(video, cover, count, request.width, request.height, request.fps)


def _cover_index(motions: Sequence[Motion]) -> int:
    """A telling frame: hands far out and up, away from both ends."""
    count = motions[0].frame_count
    low, high = count // 6, max(count // 6 + 1, 5 * count // 6)
    liking = np.zeros(high - low)
    for motion in motions:
        hands = motion.points[low:high, 16:18]
        spread = np.abs(hands[:, 0, 0] - hands[:, 1, 0]) - 0.6 * hands[..., 1].mean(axis=1)
        calm = np.linalg.norm(np.gradient(hands, axis=0), axis=-1).sum(axis=1) if len(hands) > 2 else 0.0
        liking += spread - 2.0 * calm
    return low + int(np.argmax(liking))


def _read_photo(path: Path, place: int | None) -> Image:
    try:
        photo = media.read_image(path)
    except media.MediaUndecodable as error:
        raise EngineError("photo_undecodable", str(error), is_users_fault=True, photo=place) from error
    largest = max(photo.shape[:2])
    return _resized(photo, LARGEST_SIDE / largest) if largest > LARGEST_SIDE else photo


def _resized(image: Image, scale: float) -> Image:
    size = (max(2, round(image.shape[1] * scale)), max(2, round(image.shape[0] * scale)))
    if size == (image.shape[1], image.shape[0]):
        return image
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def _lengthened(photo: Image, body: BodyPose) -> tuple[Image, BodyPose]:
    """Photo and body with the photo's last row repeated, until the person is upright as whole people are.

    The matte is cut in bands along the person's long side, which must not be that of the arms.
    """
    x0, y0, x1, y1 = body.box
    more = max(0, round(HALF_LENGTH * (x1 - x0) - (y1 - y0)))
    below = (0, more, 0, 0, cv2.BORDER_REPLICATE)
    if body.mask is None:
        raise ValueError("the pose was found without its mask")
    longer = replace(
        body,
        box=(x0, y0, x1, y1 + more),
        mask=np.asarray(cv2.copyMakeBorder(body.mask, *below), np.float32),
    )
    return np.asarray(cv2.copyMakeBorder(photo, *below), np.uint8), longer


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
