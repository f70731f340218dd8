"""motion_measures: what was measured of a dance video beside each limit, also of those that it keeps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _

from templates_app.models import MotionVideo
from tongyi_portal.vision.motion_probe import MotionLimits

Verdict = Literal["kept", "broken", "noted", "unknown"]
_BYTES_IN_MB = 1024 * 1024
_DAMAGE = (
    *("motion_truncated", "motion_damaged", "motion_undecodable", "motion_no_video", "motion_no_frames"),
    *("motion_takes_too_long", "motion_size_changes"),
)


@dataclass(frozen=True)
class Measure:
    """allowed, measured: for people; measured is empty where it could not be measured.

    verdict: "noted" is worth knowing and keeps no video out.
    """

    label: str
    allowed: str
    measured: str
    verdict: Verdict


def motion_measures(motion: MotionVideo) -> list[Measure]:
    """One for each limit, in the order of checking; empty before the video was measured."""
    faults = {fault["code"]: fault for fault in motion.faults}
    if not faults and motion.duration_seconds is None:
        return []
    limits = MotionLimits(max_bytes=settings.MOTION_MAX_BYTES)
    parts = (_of_file, _of_picture, _of_time)
    return [measure for part in parts for measure in part(motion, faults, limits)]


def _of_file(motion: MotionVideo, faults: Mapping[str, Any], limits: MotionLimits) -> list[Measure]:
    size = f"{motion.byte_size / _BYTES_IN_MB:.1f} MB"
    container = faults.get("motion_container_unsupported", {"details": {"measured": motion.mime}})
    damage = "" if motion.duration_seconds is None else _("nothing is missing")
    return [
        _measure(_("file"), f"≤ {limits.max_bytes // _BYTES_IN_MB} MB", size, faults, ["motion_too_large"]),
        _measure(
            _("kind of file"),
            "MP4, MOV, WebM, AVI",
            str(container["details"]["measured"]),
            faults,
            ["motion_container_unsupported"],
        ),
        _measure(
            _("codec"), ", ".join(sorted(limits.codecs)), motion.codec, faults, ["motion_codec_unsupported"]
        ),
        _measure(_("whole and undamaged"), _("nothing is missing"), damage, faults, _DAMAGE),
    ]


def _of_picture(motion: MotionVideo, faults: Mapping[str, Any], limits: MotionLimits) -> list[Measure]:
    sides = (motion.width or 0, motion.height or 0)
    is_known = min(sides) > 0
    return [
        _measure(
            _("sides"),
            f"{limits.min_side}–{limits.max_side}",
            f"{sides[0]} × {sides[1]}" if is_known else "",
            faults,
            ["motion_side_too_small", "motion_side_too_large"],
        ),
        _measure(
            _("longer to shorter side"),
            f"≤ {limits.max_ratio:g}",
            f"{max(sides) / min(sides):.2f}" if is_known else "",
            faults,
            ["motion_ratio"],
        ),
    ]


def _of_time(motion: MotionVideo, faults: Mapping[str, Any], limits: MotionLimits) -> list[Measure]:
    seconds, fps = motion.duration_seconds, motion.fps
    is_whole = fps is not None and not set(faults) & set(_DAMAGE)  # else the rate is not that of the video
    cuts = faults.get("motion_cuts", {"details": {"measured": 0}})["details"].get("measured", "")
    uneven = faults.get("motion_rate_variable", {"details": {}})["details"].get("measured")
    pace = _("slowest %(slowest).1f, mean %(mean).1f frames a second") % uneven if uneven else _("even")
    return [
        _measure(
            _("seconds"),
            f"{limits.min_seconds:g}–{limits.max_seconds:g}",
            "" if seconds is None else f"{seconds:.2f}",
            faults,
            ["motion_too_short", "motion_too_long"],
        ),
        _measure(
            _("frames per second"),
            f"≥ {limits.min_fps:g}",
            f"{fps:.2f}" if is_whole else "",
            faults,
            ["motion_rate_too_low"],
        ),
        _measure(
            _("pace of the frames"), _("even"), pace if is_whole else "", faults, ["motion_rate_variable"]
        ),
        _measure(_("cuts"), "0", str(cuts) if seconds is not None else "", faults, ["motion_cuts"]),
    ]


def _measure(
    label: str, allowed: str, measured: str, faults: Mapping[str, Any], codes: Collection[str]
) -> Measure:
    found = [faults[code] for code in codes if code in faults]
    verdict: Verdict = "kept" if measured else "unknown"
    if found:
        verdict = "broken" if any(fault["is_blocking"] for fault in found) else "noted"
    return Measure(label, allowed, measured, verdict)
