"""The visible label: legal size, found in pixels after encoding, not found where it is not."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moderation.provenance.visible import FOUND_FROM, HEIGHT_SHARE, LabelDoesNotFit, VisibleLabel
from tests.factories.moderation import explicit_stand_in, plain_picture
from tests.factories.videos import read_frames, write_mp4

SIZES = [(576, 1024), (1024, 576), (480, 480), (320, 568), (1080, 1920), (200, 600)]


def busy(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Coarse noise of full contrast: the worst ground for a label."""
    small = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).copy()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_text_is_as_high_as_the_law_asks(width: int, height: int) -> None:
    """Measured on what is drawn: rows that hold bright ink of the capitals AI."""
    label = VisibleLabel(width, height)
    frame = np.full((height, width, 3), 20, np.uint8)
    label.draw(frame)
    x0, y0, x1, y1 = label.box
    capitals = frame[y0:y1, x0 : x0 + label.capital_height * 2, 0] > 137
    assert capitals.any(axis=1).sum() >= HEIGHT_SHARE * min(width, height)
    assert label.capital_height >= HEIGHT_SHARE * min(width, height)
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("ground", ["white", "black", "busy"])
def test_it_is_found_where_it_is_drawn_and_nowhere_else(width: int, height: int, ground: str) -> None:
    frame = (
        busy(width, height)
        if ground == "busy"
        else np.full((height, width, 3), 255 * (ground == "white"), np.uint8)
    )
    label = VisibleLabel(width, height)
    assert label.find(frame) < 0.3
    label.draw(frame)
    assert label.find(frame) > 0.75


def test_it_is_drawn_in_place_and_touches_only_its_plate() -> None:
    label, frame = VisibleLabel(320, 568), busy(320, 568)
    before = frame.copy()
    assert label.draw(frame) is None
    x0, y0, x1, y1 = label.box
    changed = (frame != before).any(axis=2)
    assert changed[y0:y1, x0:x1].mean() > 0.9
    changed[y0:y1, x0:x1] = False
    assert not changed.any()


def test_the_text_stands_out_from_any_ground() -> None:
    for brightness in (0, 128, 255):
        frame = np.full((480, 480, 3), brightness, np.uint8)
        label = VisibleLabel(480, 480)
        label.draw(frame)
        x0, y0, x1, y1 = label.box
        patch = frame[y0:y1, x0:x1, 0]
        assert patch.max() - np.median(patch) > 100


@pytest.mark.parametrize("crf", [18, 35])
def test_it_is_found_after_x264_and_not_found_without_it(tmp_path: Path, crf: int) -> None:
    label = VisibleLabel(288, 512)
    plain = [np.roll(busy(288, 512), 4 * index, axis=1) for index in range(12)]
    labelled = [frame.copy() for frame in plain]
    for frame in labelled:
        label.draw(frame)
    with_label = read_frames(write_mp4(tmp_path / "with.mp4", labelled, crf=crf))
    without = read_frames(write_mp4(tmp_path / "without.mp4", plain, crf=crf))
    assert len(with_label) == len(without) == 12
    assert min(label.find(frame) for frame in with_label) > FOUND_FROM
    assert max(label.find(frame) for frame in without) < FOUND_FROM


def test_it_is_found_after_jpeg() -> None:
    frame = np.asarray(Image.fromarray(plain_picture()).resize((576, 1024))).copy()
    label = VisibleLabel(576, 1024)
    label.draw(frame)
    with io.BytesIO() as file:
        Image.fromarray(frame).save(file, "JPEG", quality=30)
        again = np.asarray(Image.open(file))
    assert label.find(again) > FOUND_FROM


def test_another_text_is_not_taken_for_it() -> None:
    frame = busy(576, 1024)
    VisibleLabel(576, 1024, "Holiday in Dali / 大理").draw(frame)
    assert VisibleLabel(576, 1024).find(frame) < FOUND_FROM


def test_a_covered_label_is_not_found() -> None:
    frame = busy(576, 1024)
    label = VisibleLabel(576, 1024)
    label.draw(frame)
    x0, y0, x1, y1 = label.box
    frame[y0:y1, x0 : x0 + (x1 - x0) * 3 // 4] = 128
    assert label.find(frame) < FOUND_FROM


def test_pictures_of_things_are_not_taken_for_the_label() -> None:
    label = VisibleLabel(480, 640)
    assert label.find(explicit_stand_in()) < 0.3
    assert max(label.find(busy(480, 640, seed)) for seed in range(20)) < 0.35


def test_a_narrow_frame_gets_two_lines_and_too_long_a_text_is_refused() -> None:
    one, two = VisibleLabel(576, 1024), VisibleLabel(576, 1024, "人工智能生成合成内容 / AI-generated content")
    assert two.box[3] - two.box[1] > 1.5 * (one.box[3] - one.box[1])
    with pytest.raises(LabelDoesNotFit):
        VisibleLabel(300, 600, "AI" * 60)


@pytest.mark.parametrize("frame", [np.zeros((100, 100, 3), np.uint8), np.zeros((200, 100, 3), np.float32)])
def test_frames_of_another_shape_are_refused(frame: np.ndarray) -> None:
    label = VisibleLabel(100, 200)
    with pytest.raises(ValueError, match="expected uint8"):
        label.draw(frame)
    with pytest.raises(ValueError, match="expected uint8"):
        label.find(frame)


def test_tiny_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        VisibleLabel(60, 400)
