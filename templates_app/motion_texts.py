"""What curators read instead of the codes of faults: of a dance video, of a take, of a version's previews."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOTION_FAULTS: Mapping[str, Any] = {
    "motion_too_large": _("The file is larger than is accepted."),
    "motion_undecodable": _("The file is damaged, or no video of a kind that is accepted."),
    "motion_container_unsupported": _(
        "The file is of a kind that is not accepted; use MP4, MOV, WebM or AVI."
    ),
    "motion_codec_unsupported": _(
        "The pictures are encoded in a way that is not accepted; use H.264 or H.265."
    ),
    "motion_no_video": _("The file has no moving picture: only sound, a still cover, or nothing."),
    "motion_side_too_small": _("The picture is too small: both sides need at least 200 pixels."),
    "motion_side_too_large": _("The picture is too large: no side may have more than 2048 pixels."),
    "motion_ratio": _("The picture is too narrow: one side may be three times as long as the other at most."),
    "motion_size_changes": _("The size of the picture changes in mid-way."),
    "motion_too_short": _("The video is too short: it must last at least 2 seconds."),
    "motion_too_long": _("The video is too long: it may last 60 seconds at most."),
    "motion_rate_too_low": _("The video has too few frames a second: at least 24 are needed."),
    "motion_rate_variable": _("The frames do not come at even times; the video is brought to an even rate."),
    "motion_cuts": _("The video is not one take: it is cut."),
    "motion_no_frames": _("The file holds no picture that can be decoded."),
    "motion_truncated": _("The file breaks off: part of what it says it has is missing."),
    "motion_damaged": _("Parts of the video are damaged and cannot be decoded."),
    "motion_takes_too_long": _(
        "The file takes far more work to decode than a video should; encode it anew as H.264 in MP4."
    ),
    "motion_no_people": _("No person was found in the video."),
}


UNEVEN = _("The frames do not come at even times.")
CUT_AT = _("The video is not one take: it is cut at %(times)s.")
TIMES_TOLD = 10


def fault_text(fault: Mapping[str, Any], *, is_refused: bool) -> str:
    """The sentence of a fault in the reader's language; the probe's own words for a code without one.

    is_refused: nothing is done about it any more.
    """
    if fault["code"] == "motion_rate_variable" and is_refused:
        return str(UNEVEN)
    seconds = fault["details"].get("seconds")
    if fault["code"] == "motion_cuts" and seconds:
        times = ", ".join(f"{int(at // 60)}:{at % 60:04.1f}" for at in seconds[:TIMES_TOLD])
        return str(CUT_AT) % {"times": times}
    return str(MOTION_FAULTS.get(fault["code"], fault["message"]))


def left_out_text(seconds: tuple[float, float]) -> str:
    """What joining left out at the end of the first movement and at the start of the second; "" for none."""
    if not any(seconds):
        return ""
    return gettext(
        "Left out at the seam: %(first).2f s of the first movement, %(second).2f s of the second one."
    ) % {"first": seconds[0], "second": seconds[1]}


def motion_faults_list(faults: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each fault of a video with its sentence in the reader's language."""
    is_refused = any(fault["is_blocking"] for fault in faults)
    return [
        {
            "code": fault["code"],
            "message": fault_text(fault, is_refused=is_refused),
            "details": fault["details"],
            "is_blocking": fault["is_blocking"],
        }
        for fault in faults
    ]
