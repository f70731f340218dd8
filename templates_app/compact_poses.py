"""A PoseSequence as bytes that a browser reads without a parser; described in docs/api/poses.md.

Four bytes: length of the header, unsigned, little-endian. The header: JSON in UTF-8, padded with spaces so
that what follows begins at a multiple of four. Then the points, float32 or float16, then the confidence,
float16; both little-endian, in the order frame, track, joint (and x, y, z).
"""

import json
import struct

import numpy as np

from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import LAYOUTS

MIME = "application/octet-stream"
PRECISIONS = {"float32": "<f4", "float16": "<f2"}


def compact(poses: PoseSequence, *, precision: str = "float32") -> bytes:
    """precision: of the points, "float32" or "float16" (to half a thousandth of the frame's height)."""
    layout = LAYOUTS[poses.layout]
    header = {
        "format": "tongyi-portal/poses-compact",
        "version": 1,
        "layout": poses.layout,
        "joints": list(layout.joints),
        "bones": [list(bone) for bone in layout.bones],
        "fps": poses.fps,
        "aspect": poses.aspect,
        "is_loop": poses.is_loop,
        "frames": poses.frame_count,
        "tracks": poses.people_count,
        "points": {"type": precision, "shape": list(poses.points.shape)},
        "confidence": {"type": "float16", "shape": list(poses.confidence.shape)},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    return b"".join(
        (
            struct.pack("<I", len(text)),
            text,
            np.ascontiguousarray(poses.points, PRECISIONS[precision]).tobytes(),
            np.ascontiguousarray(poses.confidence, "<f2").tobytes(),
        )
    )
