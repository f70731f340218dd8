"""Dance clips with known joints: drawn characters, moved by our own choreographies, alone or crossing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generation.engines.animation.retarget import Motion, retarget
from generation.engines.animation.rig import Rig, build_rig
from generation.engines.animation.skeleton import POINTS, RestSkeleton, rest_skeleton
from templates_app.characters import draw_character
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.skeletons import BLAZEPOSE_33
from tongyi_portal.vision.matting import PersonMatte, foreground_colours
from tongyi_portal.vision.media import VideoWriter
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import PoseEstimator

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LIMB_JOINTS = tuple(
    f"{side}_{joint}"
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
IN_SKELETON = [POINTS.index(name) for name in LIMB_JOINTS]
IN_BLAZEPOSE = [BLAZEPOSE_33.index(name) for name in LIMB_JOINTS]


@dataclass(frozen=True)
class Dancer:
    """A character cut out of its picture, `height` pixels from head to ankle."""

    rig: Rig
    rest: RestSkeleton
    height: float

    def dance(self, slug: str, fps: float, frames: int) -> Motion:
        """One of our choreographies on this dancer's body, standing where the picture has them."""
        poses = CHOREOGRAPHIES[slug].build().resampled(fps, frames)
        return retarget(poses, self.rest, sway_limit=0.3 * self.rest.torso)


@lru_cache(maxsize=4)
def dancer(key: str, height: int, models_root: Path) -> Dancer:
    """A character whose picture is `height` pixels high, cut out as the animation engine does it."""
    picture = draw_character(key, height)
    models = ModelFiles(models_root)
    (body, *_) = PoseEstimator(models).detect(picture, with_mask=True)
    alpha = PersonMatte(models).matte(picture, body)
    rest = rest_skeleton(body.points - 0.5)
    rig = build_rig(picture, alpha, foreground_colours(picture, alpha), rest)
    return Dancer(rig, rest, float(np.ptp(body.points[:, 1])))


def room(width: int, height: int, seed: int = 3) -> Image:
    """A plain studio with a floor, some frames on the wall and grain."""
    random = np.random.default_rng(seed)
    picture = np.empty((height, width, 3), np.float64)
    picture[:] = random.uniform(120, 200, 3)
    floor = round(0.82 * height)
    picture[floor:] = random.uniform(60, 120, 3)
    picture *= np.linspace(1.1, 0.85, width)[None, :, None]
    for _ in range(6):
        x, y = int(random.integers(0, width)), int(random.integers(0, floor))
        picture[y : y + height // 8, x : x + height // 10] = random.uniform(40, 230, 3)
    picture += random.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Part:
    """Who dances what, and where: `left` (frames,) pixels to add to x."""

    dancer: Dancer
    motion: Motion
    left: Floats

    def placed(self) -> Motion:
        points = self.motion.points.copy()
        points[..., 0] += self.left[:, None]
        return replace(self.motion, points=points)


def dance_frames(parts: Sequence[Part], background: Image) -> Iterator[Image]:
    """The frames of the dance; later parts are nearer to the camera."""
    motions = [part.placed() for part in parts]
    for index in range(motions[0].frame_count):
        frame = background.copy()
        for part, motion in zip(parts, motions, strict=True):
            part.dancer.rig.draw(frame, motion, index)
        yield frame


def true_limbs(parts: Sequence[Part]) -> Floats:
    """Where the limb joints are, (frames, people, 12, 2) pixels, in the order of LIMB_JOINTS."""
    return np.stack([part.placed().points[:, IN_SKELETON] + 0.5 for part in parts], axis=1)


def write_dance(path: Path, parts: Sequence[Part], background: Image, fps: float) -> Path:
    """The dance as an MP4 without sound."""
    height, width = background.shape[:2]
    with VideoWriter(path, width, height, fps, preset="ultrafast", crf=18) as writer:
        for frame in dance_frames(parts, background):
            writer.write(frame)
    return path


def crossing(models_root: Path, *, frames: int, fps: float) -> list[Part]:
    """Two dancers who change places, one in front of the other, in a picture of 640 x 384."""
    one, other = dancer("person", 384, models_root), dancer("comic", 384, models_root)
    way = 300 * (0.5 - 0.5 * np.cos(np.pi * np.clip((np.arange(frames) / frames - 0.25) * 2, 0, 1)))
    first = Part(one, one.dance("disco_point", fps, frames), 20 + way)
    second = Part(other, other.dance("kpop_point", fps, frames), 320 - way)
    return [first, second]
