"""The label on its way into a file, and the gate behind it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generation.kinds.base import OutputFile
from generation.labelling import LabelMissing, check_label, label_file, mark_for, visible_label
from generation.models import ArtifactRole
from moderation.provenance.metadata import read_image, read_video
from tongyi_portal.vision.media import VideoWriter, write_jpeg

WIDTH, HEIGHT, FPS = 288, 512, 10
MARK = mark_for("0b9d3a52-1111-4222-8333-444455556666")


def clip(folder: Path, *, frames: int = 30, labelled: range = range(1000)) -> OutputFile:
    draw, path = visible_label(WIDTH, HEIGHT), folder / "video.mp4"
    with VideoWriter(path, WIDTH, HEIGHT, FPS) as writer:
        for number in range(frames):
            frame = np.full((HEIGHT, WIDTH, 3), (90, 120, 150), np.uint8)
            if number in labelled:
                draw(frame, number / FPS)
            writer.write(frame)
    return OutputFile(ArtifactRole.VIDEO, path, "video/mp4", WIDTH, HEIGHT, frames / FPS)


def cover(folder: Path, *, is_labelled: bool = True) -> OutputFile:
    frame = np.full((HEIGHT, WIDTH, 3), (90, 120, 150), np.uint8)
    if is_labelled:
        visible_label(WIDTH, HEIGHT)(frame, 0.0)
    path = folder / "cover.jpg"
    write_jpeg(path, frame)
    return OutputFile(ArtifactRole.COVER, path, "image/jpeg", WIDTH, HEIGHT)


def test_a_labelled_video_and_cover_pass_the_gate(tmp_path: Path) -> None:
    for made in (clip(tmp_path), cover(tmp_path)):
        labelled = label_file(made, MARK, tmp_path / "labelled")
        assert labelled.path.parent == tmp_path / "labelled"
        check_label(labelled, MARK)
    assert read_video(tmp_path / "labelled" / "video.mp4") == [MARK]
    assert read_image((tmp_path / "labelled" / "cover.jpg").read_bytes()) == [MARK]


def test_the_mark_names_service_and_content_as_the_standard_wants() -> None:
    assert MARK.as_dict() == {
        "Label": "1",
        "ContentProducer": "tongyi-portal",
        "ProduceID": "0b9d3a52111142228333444455556666",
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def test_a_file_without_the_implicit_label_does_not_pass(tmp_path: Path) -> None:
    for made in (clip(tmp_path), cover(tmp_path)):
        with pytest.raises(LabelMissing):
            check_label(made, MARK)


def test_a_file_with_the_label_of_other_content_does_not_pass(tmp_path: Path) -> None:
    labelled = label_file(clip(tmp_path), mark_for("another"), tmp_path / "labelled")
    with pytest.raises(LabelMissing):
        check_label(labelled, MARK)


@pytest.mark.parametrize("gap", [range(0), range(5, 1000), range(15)])
def test_a_video_whose_visible_label_is_absent_or_comes_late_or_goes_early_does_not_pass(
    tmp_path: Path, gap: range
) -> None:
    labelled = label_file(clip(tmp_path, labelled=gap), MARK, tmp_path / "labelled")
    with pytest.raises(LabelMissing, match="visible"):
        check_label(labelled, MARK)


def test_a_cover_without_the_visible_label_does_not_pass(tmp_path: Path) -> None:
    labelled = label_file(cover(tmp_path, is_labelled=False), MARK, tmp_path / "labelled")
    with pytest.raises(LabelMissing, match="visible"):
        check_label(labelled, MARK)


def test_a_file_that_cannot_be_read_does_not_pass(tmp_path: Path) -> None:
    made = clip(tmp_path)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(LabelMissing):
        check_label(replace(made, path=tmp_path / "broken.mp4"), MARK)


def test_a_picture_that_carries_a_label_already_is_not_labelled_twice(tmp_path: Path) -> None:
    once = label_file(cover(tmp_path), MARK, tmp_path / "labelled")
    with pytest.raises(LabelMissing):
        label_file(once, MARK, tmp_path / "again")
