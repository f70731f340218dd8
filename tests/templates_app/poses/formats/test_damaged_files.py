"""Whatever is done to a file, reading it gives a movement or a fault with a reason, nothing else."""

import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.formats.coco import write_coco
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.openpose import write_openpose_zip
from templates_app.poses.formats.reading import read_movement
from templates_app.poses.sequence import PoseSequence


def tiny() -> PoseSequence:
    return CHOREOGRAPHIES["idle_sway"].build().resampled(12, 3)


BVH = b"""HIERARCHY
ROOT Hips
{
 OFFSET 0 0 0
 CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
 JOINT Spine
 {
  OFFSET 0 20 0
  CHANNELS 3 Zrotation Xrotation Yrotation
  End Site
  {
   OFFSET 0 5 0
  }
 }
}
MOTION
Frames: 1
Frame Time: 0.04
0 90 0 0 0 0 1 2 3
"""
FILES = {
    "a.npz": tiny().to_npz(),
    "own.json": tiny().to_json().encode(),
    "coco.json": write_coco(tiny(), width=90, height=160).encode(),
    "a.zip": write_openpose_zip(tiny(), width=90, height=160),
    "a.bvh": BVH,
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["people", "annotations", "images", "keypoints", "id", "image_id", "pose_keypoints_2d", "fps",
             "width", "height", "info", "format", "canvas_width", "canvas_height"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


def outcome(data: bytes, name: str) -> str:
    """The layout of what was read, or the reason of the one fault that reading may raise."""
    try:
        return read_movement(data, name, fps=30, width=90, height=160).sequence.layout
    except MovementFileInvalid as fault:
        return f"refused: {fault.reason}" if fault.problem else ""


def is_read_or_refused(data: bytes, name: str) -> bool:
    said = outcome(data, name)
    return said == "blazepose_33" or said.startswith("refused: ")


@pytest.mark.parametrize("name", sorted(FILES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_with_changed_bytes_is_read_or_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(1, len(content)))
    assert is_read_or_refused(bytes(content[:cut]), name)


@settings(max_examples=150, deadline=None)
@given(JSON_VALUES)
def test_any_json_is_read_or_refused(document: object) -> None:
    assert is_read_or_refused(json.dumps(document).encode(), "a.json")


@settings(max_examples=60, deadline=None)
@given(JSON_VALUES)
def test_any_json_in_an_archive_is_read_or_refused(document: object) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("clip_000000000000_keypoints.json", json.dumps(document))
    assert is_read_or_refused(out.getvalue(), "a.zip")
