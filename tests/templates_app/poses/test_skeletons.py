"""Layouts and their conversions."""

import numpy as np
import pytest

from templates_app.poses.skeletons import BLAZEPOSE_33, COCO_17, LAYOUTS, OPENPOSE_18, convert

every_layout = pytest.mark.parametrize("name", sorted(LAYOUTS))


@every_layout
def test_joints_are_unique_and_bones_join_two_of_them(name: str) -> None:
    layout = LAYOUTS[name]
    assert len(layout.joints) == int(name.rsplit("_", 1)[1]) == len(set(layout.joints))
    for start, end in layout.bones:
        assert start != end
        assert max(start, end) < len(layout.joints)
    assert len({frozenset(bone) for bone in layout.bones}) == len(layout.bones)


@every_layout
def test_every_limb_has_a_bone_on_either_side(name: str) -> None:
    layout = LAYOUTS[name]
    bones = {frozenset((layout.joints[start], layout.joints[end])) for start, end in layout.bones}
    for side in ("left", "right"):
        for first, last in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")):
            assert frozenset((f"{side}_{first}", f"{side}_{last}")) in bones


def test_the_orders_of_the_field_are_kept() -> None:
    assert BLAZEPOSE_33.index("left_shoulder") == 11
    assert BLAZEPOSE_33.index("right_foot_index") == 32
    assert COCO_17.index("left_hip") == 11
    assert OPENPOSE_18.index("neck") == 1
    assert OPENPOSE_18.index("right_shoulder") == 2


def test_a_joint_that_a_layout_lacks_has_no_index() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        COCO_17.index("neck")


def numbered(layout: str, *leading: int) -> tuple[np.ndarray, np.ndarray]:
    """Points whose every coordinate is the joint's number; confidence falls with it."""
    joints = len(LAYOUTS[layout].joints)
    points = np.arange(joints, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    confidence = 1 - np.arange(joints, dtype=np.float32) / 100
    return np.broadcast_to(points, (*leading, joints, 3)), np.broadcast_to(confidence, (*leading, joints))


@every_layout
def test_conversion_to_the_same_layout_changes_nothing(name: str) -> None:
    points, confidence = numbered(name, 2, 1)
    same, seen = convert(points, confidence, source=name, target=name)
    assert np.array_equal(same, points)
    assert np.array_equal(seen, confidence)


@pytest.mark.parametrize("source", ["blazepose_33", "openpose_18"])
def test_coco_joints_are_found_by_name(source: str) -> None:
    points, confidence = numbered(source, 5, 2)
    out, seen = convert(points, confidence, source=source, target="coco_17")
    assert out.shape == (5, 2, 17, 3)
    for number, joint in enumerate(COCO_17.joints):
        origin = LAYOUTS[source].index(joint)
        assert (out[..., number, :] == origin).all()
        assert (seen[..., number] == confidence[..., origin]).all()


def test_the_neck_is_the_middle_of_the_shoulders_and_as_sure_as_the_less_sure() -> None:
    points, confidence = numbered("blazepose_33")
    out, seen = convert(points, confidence, source="blazepose_33", target="openpose_18")
    assert (out[1] == 11.5).all()
    assert seen[1] == confidence[12]


def test_joints_that_the_source_lacks_are_unseen() -> None:
    points, confidence = numbered("coco_17")
    out, seen = convert(points, confidence, source="coco_17", target="blazepose_33")
    heel = BLAZEPOSE_33.index("left_heel")
    assert (out[heel] == 0).all()
    assert seen[heel] == 0
    assert np.count_nonzero(seen) == 17


def test_there_and_back_again_keeps_the_joints_of_both() -> None:
    points, confidence = numbered("coco_17", 3)
    there, seen = convert(points, confidence, source="coco_17", target="openpose_18")
    back, still_seen = convert(there, seen, source="openpose_18", target="coco_17")
    assert np.array_equal(back, points)
    assert np.array_equal(still_seen, confidence)


def test_an_unknown_layout_is_refused() -> None:
    points, confidence = numbered("coco_17")
    with pytest.raises(KeyError, match="stickman"):
        convert(points, confidence, source="coco_17", target="stickman")
