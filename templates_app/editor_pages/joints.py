"""Names of joints for people, and the rows of body parts that the editor's timeline has."""

from django.utils.translation import gettext_lazy as _

from templates_app.poses.skeletons import LAYOUTS

JOINT_NAMES = {
    "nose": _("nose"),
    "left_eye_inner": _("left eye, inner corner"),
    "left_eye": _("left eye"),
    "left_eye_outer": _("left eye, outer corner"),
    "right_eye_inner": _("right eye, inner corner"),
    "right_eye": _("right eye"),
    "right_eye_outer": _("right eye, outer corner"),
    "left_ear": _("left ear"),
    "right_ear": _("right ear"),
    "mouth_left": _("mouth, left corner"),
    "mouth_right": _("mouth, right corner"),
    "neck": _("neck"),
    "left_shoulder": _("left shoulder"),
    "right_shoulder": _("right shoulder"),
    "left_elbow": _("left elbow"),
    "right_elbow": _("right elbow"),
    "left_wrist": _("left wrist"),
    "right_wrist": _("right wrist"),
    "left_pinky": _("left little finger"),
    "right_pinky": _("right little finger"),
    "left_index": _("left index finger"),
    "right_index": _("right index finger"),
    "left_thumb": _("left thumb"),
    "right_thumb": _("right thumb"),
    "left_hip": _("left hip"),
    "right_hip": _("right hip"),
    "left_knee": _("left knee"),
    "right_knee": _("right knee"),
    "left_ankle": _("left ankle"),
    "right_ankle": _("right ankle"),
    "left_heel": _("left heel"),
    "right_heel": _("right heel"),
    "left_foot_index": _("left toes"),
    "right_foot_index": _("right toes"),
}
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "neck")
_ROWS = (
    (_("head"), _HEAD),
    (_("left shoulder"), ("left_shoulder",)),
    (_("right shoulder"), ("right_shoulder",)),
    (_("left elbow"), ("left_elbow",)),
    (_("right elbow"), ("right_elbow",)),
    (_("left hand"), ("left_wrist", "left_index", "left_pinky", "left_thumb")),
    (_("right hand"), ("right_wrist", "right_index", "right_pinky", "right_thumb")),
    (_("hips"), ("left_hip", "right_hip")),
    (_("left knee"), ("left_knee",)),
    (_("right knee"), ("right_knee",)),
    (_("left foot"), ("left_ankle", "left_heel", "left_foot_index")),
    (_("right foot"), ("right_ankle", "right_heel", "right_foot_index")),
)


def joint_names(layout: str) -> dict[str, str]:
    """The layout's joints in their order, each with its name in the reader's language."""
    return {joint: str(JOINT_NAMES[joint]) for joint in LAYOUTS[layout].joints}


def timeline_rows(layout: str) -> list[dict[str, object]]:
    """Rows of the timeline: the name, and those of its joints that the layout has, the main one first."""
    have = LAYOUTS[layout].joints
    rows = [(name, [joint for joint in joints if joint in have]) for name, joints in _ROWS]
    return [{"name": str(name), "joints": joints} for name, joints in rows if joints]
