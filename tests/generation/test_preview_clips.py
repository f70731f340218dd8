"""Skeleton clip and small moving picture: they move, they fit, and they carry their labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.kinds.base import OutputFile
from generation.labelling import check_label, label_file, mark_for, visible_label
from generation.preview_clips import THUMB_HEIGHT, THUMB_WIDTH, skeleton_clip, thumbnail
from moderation.picture_files.structure import StructureFault
from moderation.picture_files.webp import walk_webp
from tests.factories.templates import tiny_poses
from tests.factories.videos import read_frames


def clip_of(folder: Path, scale: float = 1.0) -> Path:
    poses = tiny_poses()
    poses = replace(poses, points=poses.points * np.float32(scale))
    heard: list[float] = []
    path = skeleton_clip(
        poses,
        folder / "skeleton.mp4",
        width=144,
        height=256,
        finish_frame=visible_label(144, 256),
        each=heard.append,
    )
    assert heard[-1] == 1.0
    return path


@pytest.mark.parametrize("scale", [1.0, 3.0, 0.2])
def test_the_skeleton_fits_into_its_picture_however_large_it_was_filmed(tmp_path: Path, scale: float) -> None:
    frames = read_frames(clip_of(tmp_path, scale))
    assert len(frames) == 12
    lit = np.argwhere(frames[0][40:].max(axis=2) > 120)
    height = np.ptp(lit[:, 0])
    assert 150 < height < 214


def test_the_small_picture_moves_and_its_labels_can_be_read_back(tmp_path: Path) -> None:
    path = thumbnail(clip_of(tmp_path), tmp_path / "thumb.webp", seconds=1.0)
    with Image.open(path) as moving:
        assert (moving.n_frames, moving.size) == (8, (THUMB_WIDTH, THUMB_HEIGHT))
    file, mark = OutputFile("thumb", path, "image/webp", THUMB_WIDTH, THUMB_HEIGHT), mark_for("one")
    labelled = label_file(file, mark, tmp_path / "labelled")
    check_label(labelled, mark)
    with Image.open(labelled.path) as moving:
        assert moving.n_frames == 8


def test_a_moving_picture_still_does_not_come_in(tmp_path: Path) -> None:
    path = thumbnail(clip_of(tmp_path), tmp_path / "thumb.webp", seconds=1.0)
    with pytest.raises(StructureFault, match="animated"):
        walk_webp(path.read_bytes())
