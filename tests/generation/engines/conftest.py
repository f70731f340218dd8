"""A drawn person, simple movements, and the engine on the real models."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from generation.engines.animation.engine import AnimationEngine
from generation.engines.animation.mannequin import Mannequin, draw_mannequin
from generation.engines.animation.skeleton import RestSkeleton, rest_skeleton
from templates_app.characters import draw_character
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33
from tongyi_portal.vision.model_files import ModelFiles

Joints = npt.NDArray[np.float32]


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of the drawn person, 384 x 512."""
    path = tmp_path_factory.mktemp("photo") / "person.png"
    cv2.imwrite(str(path), draw_character("person", 512)[..., ::-1])
    return path


@pytest.fixture(scope="session")
def engine(model_files: ModelFiles) -> AnimationEngine:
    """The engine, loaded."""
    animation = AnimationEngine.tiny(model_files.root)
    animation.load()
    return animation


@pytest.fixture(scope="session")
def mannequin() -> Mannequin:
    """The wooden figure, 240 x 320."""
    return draw_mannequin(240, 320)


@pytest.fixture(scope="session")
def rest(mannequin: Mannequin) -> RestSkeleton:
    """The wooden figure's skeleton."""
    return rest_skeleton(mannequin.points)


def movement(frames: int, change: Callable[[Joints, float], None], *, is_loop: bool = False) -> PoseSequence:
    """The mannequin's own pose over time; `change` moves its joints (33, 3) in place, given 0..1 through the
    dance.

    Units of the frame's height, 30 fps.
    """
    figure = draw_mannequin(300, 400).points / 400
    points = np.stack([figure.copy() for _ in range(frames)])
    for index in range(frames):
        change(points[index], index / frames)
    return PoseSequence(
        "blazepose_33",
        30.0,
        points[:, None],
        np.ones((frames, 1, 33), np.float32),
        aspect=0.75,
        is_loop=is_loop,
    )


def joint(name: str) -> int:
    """Index of a BlazePose joint."""
    return BLAZEPOSE_33.index(name)


def turn_about(points: Joints, centre: str, moved: tuple[str, ...], degrees: float) -> None:
    """Turn some joints about another in the picture plane, clockwise on the screen (in place)."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = points[joint(centre), :2].copy()
    for name in moved:
        points[joint(name), :2] = middle + matrix @ (points[joint(name), :2] - middle)


LEFT_ARM = ("left_elbow", "left_wrist", "left_index", "left_pinky", "left_thumb")


def raise_left_arm(points: Joints, part: float) -> None:
    """Up to 80 degrees outwards and back."""
    turn_about(points, "left_shoulder", LEFT_ARM, -80 * float(np.sin(np.pi * part)))
