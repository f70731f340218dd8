"""The same movement faster or slower at the same frame rate. Pure Python."""

from dataclasses import replace

import numpy as np

from templates_app.poses.corrections import SEEN
from templates_app.poses.sequence import PoseSequence


def at_tempo(sequence: PoseSequence, tempo: float) -> PoseSequence:
    """The movement `tempo` times as fast: round(frames / tempo) frames, at least one.

    Between frames a cubic (Catmull and Rom 1974) is followed, so that slowed movement does not jerk from
    frame to frame; where one of its four frames does not see the joint, a straight line. A loop stays a loop:
    its tempo is the nearest at which the round is a whole number of frames. Else the last pose holds where
    the movement would run out.
    """
    count = sequence.frame_count
    frames = max(1, round(count / tempo))
    at = np.arange(frames) * (count / frames if sequence.is_loop else tempo)
    if not sequence.is_loop:
        at = np.minimum(at, count - 1)
    low = np.floor(at).astype(int)
    near = low[:, None] + np.arange(-1, 3)
    near = near % count if sequence.is_loop else np.clip(near, 0, count - 1)
    points, confidence = sequence.points[near], sequence.confidence[near]
    part = (at - low).astype(np.float32)[:, None, None, None]
    cubic = (confidence >= SEEN).all(axis=1)[..., None]
    before, start, end, after = (points[:, place] for place in range(4))
    straight = start + part * (end - start)
    curved = start + 0.5 * part * (
        end - before
        + part * (2 * before - 5 * start + 4 * end - after + part * (3 * (start - end) + after - before))
    )  # fmt: skip
    out = np.where(cubic, curved, straight).astype(np.float32)
    lower = np.where(part[..., 0] > 0, np.minimum(confidence[:, 1], confidence[:, 2]), confidence[:, 1])
    return replace(sequence, points=out, confidence=lower.astype(np.float32))
