"""What a browser reads is what was stored."""

import json
import struct

import numpy as np
import pytest

from templates_app.compact_poses import compact
from tests.factories.templates import tiny_poses


@pytest.mark.parametrize(("precision", "off"), [("float32", 0.0), ("float16", 0.001)])
def test_the_bytes_give_the_poses_back(precision: str, off: float) -> None:
    poses = tiny_poses()
    data = compact(poses, precision=precision)
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    assert (4 + length) % 4 == 0
    assert (header["frames"], header["tracks"], header["fps"]) == (12, 1, 12)
    assert len(header["joints"]) == 33
    shape = tuple(header["points"]["shape"])
    kind = {"float32": "<f4", "float16": "<f2"}[header["points"]["type"]]
    points = np.frombuffer(data, kind, np.prod(shape), 4 + length).reshape(shape)
    assert np.abs(points.astype(np.float32) - poses.points).max() <= off
    confidence = np.frombuffer(data, "<f2", -1, 4 + length + points.nbytes)
    assert np.abs(confidence.reshape(header["confidence"]["shape"]) - poses.confidence).max() < 0.001
