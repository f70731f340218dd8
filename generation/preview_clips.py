"""Skeleton clip and small moving picture of a version: previews that no engine renders."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from generation.engines.base import Frame
from moderation.provenance.visible import VisibleLabel
from templates_app.poses.draw import draw_skeleton
from templates_app.poses.sequence import PoseSequence
from tongyi_portal.vision.media import VideoWriter, iter_frames

THUMB_WIDTH, THUMB_HEIGHT, THUMB_FPS, THUMB_SECONDS = 144, 256, 8, 3.0
ROOM = 0.92  # of the picture that the dance may fill


def skeleton_clip(
    poses: PoseSequence,
    path: Path,
    *,
    width: int,
    height: int,
    finish_frame: Callable[[Frame, float], None],
    each: Callable[[float], None],
) -> Path:
    """The movement as a drawn figure, at the rate of `poses`, fitted into the picture, as H.264 MP4.

    each: hears the share that is done, and may raise.
    """
    points = _fitted(poses, width / height)
    with VideoWriter(path, width, height, poses.fps) as writer:
        for number in range(poses.frame_count):
            frame = draw_skeleton(
                points[number],
                poses.confidence[number],
                layout=poses.layout,
                width=width,
                height=height,
                style="viewer",
            )
            finish_frame(frame, number / poses.fps)
            writer.write(frame)
            each((number + 1) / poses.frame_count)
    return path


def _fitted(poses: PoseSequence, aspect: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The points moved and scaled so that all that is seen lies within a picture of that aspect."""
    seen = poses.points[poses.confidence >= 0.3]
    if not len(seen):
        return poses.points
    low, high = np.percentile(seen[:, :2], [0.5, 99.5], axis=0)
    size = np.maximum(high - low, 1e-3)
    scale = np.float32(ROOM * min(aspect / size[0], 1 / size[1]))
    points = poses.points * scale
    points[..., :2] += (np.array([aspect, 1.0]) / 2 - scale * (low + high) / 2).astype(np.float32)
    return points


def thumbnail(clip: Path, path: Path, *, seconds: float) -> Path:
    """A small moving picture (animated WebP) of the first seconds of a clip, with a label of its own size."""
    label = VisibleLabel(THUMB_WIDTH, THUMB_HEIGHT)
    count = max(1, round(min(seconds, THUMB_SECONDS) * THUMB_FPS))
    pictures = []
    for _at, frame in iter_frames(clip, times=[number / THUMB_FPS for number in range(count)]):
        small = cv2.resize(frame, (THUMB_WIDTH, THUMB_HEIGHT), interpolation=cv2.INTER_AREA)
        small = np.ascontiguousarray(small, np.uint8)
        label.draw(small)
        pictures.append(Pictures.fromarray(small))
    first, *others = pictures
    first.save(
        path,
        "WEBP",
        save_all=True,
        append_images=others,
        duration=round(1000 / THUMB_FPS),
        loop=0,
        quality=60,
        method=4,
    )
    return path
