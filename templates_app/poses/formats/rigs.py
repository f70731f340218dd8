"""Names of joints in common rigs (Mixamo, CMU, Biped, Blender, and their kin) to BlazePose's. Pure Python."""

import re
from collections.abc import Sequence

from templates_app.poses.formats.faults import MovementFileInvalid

SIDES = ("left", "right")
# For each of our joints, what the rig calls it once side and prefix are taken off; the first that is there.
# A rig's bone begins at our joint: the "forearm" bone begins at the elbow.
PARTS = {
    "hip": ("upleg", "upperleg", "thigh", "hip", "hipjoint"),
    "knee": ("leg", "lowleg", "lowerleg", "shin", "calf", "knee", "shank"),
    "ankle": ("foot", "ankle"),
    "shoulder": ("arm", "upperarm", "uparm", "shldr", "shoulder"),
    "elbow": ("forearm", "lowarm", "lowerarm", "elbow"),
    "wrist": ("hand", "wrist"),
}
EXTRA_PARTS = {
    "foot_index": ("toebase", "toe", "toes", "ball", "toe0"),
    "index": ("handindex1", "index1", "findex1", "index01", "indexproximal", "fingerbase", "finger1"),
    "pinky": ("handpinky1", "pinky1", "fpinky1", "pinky01", "littleproximal", "finger4"),
    "thumb": (
        "handthumb2",
        "thumb2",
        "thumb02",
        "thumbintermediate",
        "handthumb1",
        "thumb1",
        "thumb",
        "finger0",
    ),
}
HEAD, HIPS, NECK = ("head",), ("hips", "pelvis", "hip", "root"), ("neck", "neck1", "neck01")
# Words that name the rig, not the part.
_NOISE = {
    "mixamorig",
    "bip01",
    "bip001",
    "bip",
    "cc",
    "base",
    "def",
    "jnt",
    "bn",
    "b",
    "sk",
    "character1",
    "actor",
}
_SIDE_WORDS = {"l": "left", "left": "left", "lft": "left", "r": "right", "right": "right", "rgt": "right"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def part_of(name: str) -> tuple[str, str]:
    """Side ("left", "right" or "") and part of a joint's name: "mixamorig:LeftUpLeg" is ("left", "upleg")."""
    words = [word.lower() for word in _WORD.findall(name.rpartition(":")[2])]
    while len(words) > 1 and (words[0] in _NOISE or (words[0] + words[1]) in _NOISE):
        words = words[1:] if words[0] in _NOISE and words[1] not in ("01", "001") else words[2:]
    for place, word in enumerate(words):
        if word in _SIDE_WORDS:
            return _SIDE_WORDS[word], "".join(words[:place] + words[place + 1 :])
        for start, side in (("left", "left"), ("right", "right")):
            if word.startswith(start):
                return side, word[len(start) :] + "".join(words[place + 1 :])
    return "", "".join(words)


def joints_by_role(names: Sequence[str], *, file: str) -> dict[str, int]:
    """Index of the rig's joint for each of our joints that it has, and for "head", "hips" and "neck".

    Raises MovementFileInvalid that names the arms' and legs' joints which are missing, and some of the names
    that are there.
    """
    found: dict[tuple[str, str], int] = {}
    for index, name in enumerate(names):
        found.setdefault(part_of(name), index)
    out: dict[str, int] = {}
    for side in SIDES:
        for joint, parts in {**PARTS, **EXTRA_PARTS}.items():
            index = next((found[side, part] for part in parts if (side, part) in found), None)
            if index is not None:
                out[f"{side}_{joint}"] = index
    for role, parts in (("head", HEAD), ("hips", HIPS), ("neck", NECK)):
        index = next((found["", part] for part in parts if ("", part) in found), None)
        if index is not None:
            out[role] = index
    missing = [f"{side}_{joint}" for side in SIDES for joint in PARTS if f"{side}_{joint}" not in out]
    if missing:
        known = ", ".join(name for name in names if not name.endswith(" end"))
        raise MovementFileInvalid(
            "joints_missing",
            f"no joint is known to be {', '.join(missing)}; the file has {known[:400]}",
            file=file,
            field="HIERARCHY",
        )
    return out
