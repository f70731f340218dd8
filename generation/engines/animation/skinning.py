"""Grid meshes over layers, and angle-blended skinning that keeps their width at bent joints."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.engines.animation.compiled import compiled
from generation.engines.animation.skeleton import BONE_END, BONE_START

Vertices = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SkinWeights:
    """How each of n vertices follows the skeleton.

    pivot (int32, (n,)): skeleton point about which the vertex turns. bones (int32, (n, 3)) and shares
    (float32,
    (n, 3), rows sum to 1): the bones that meet there and how much each counts. The ANGLE and the stretch are
    averaged, not the position, so a bent joint keeps its thickness (no candy-wrapper collapse).
    """

    pivot: npt.NDArray[np.int32]
    bones: npt.NDArray[np.int32]
    shares: npt.NDArray[np.float32]


@dataclass(frozen=True)
class BoneState:
    """The skeleton in one frame: points (float64, (20, 2)), turn (radians, (15,)), stretch ((15,)) of each
    bone.
    """

    points: npt.NDArray[np.float64]
    turn: npt.NDArray[np.float64]
    stretch: npt.NDArray[np.float64]


def grid_mesh(
    alpha: npt.NDArray[np.uint8], step: int
) -> tuple[Vertices, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """A triangle grid over the visible cells of a layer.

    alpha (uint8, (h, w)), step: cell size in pixels. Returns vertices (float32, (n, 2)) in pixels, triangles
    (int32, (m, 3)) and whether each triangle lies on wholly opaque texels. The grid covers every pixel with
    alpha > 0, with one pixel of margin.
    """
    height, width = alpha.shape
    columns, rows = -(-(width - 1) // step), -(-(height - 1) // step)
    cells_visible = np.zeros((rows, columns), dtype=bool)
    cells_solid = np.zeros((rows, columns), dtype=bool)
    for row in range(rows):
        band = alpha[max(row * step - 1, 0) : (row + 1) * step + 2]
        for column in range(columns):
            cell = band[:, max(column * step - 1, 0) : (column + 1) * step + 2]
            cells_visible[row, column] = cell.max() > 0
            cells_solid[row, column] = cell.min() == 255
    number = np.full((rows + 1, columns + 1), -1, dtype=np.int32)
    used = np.zeros((rows + 1, columns + 1), dtype=bool)
    for down in (0, 1):
        for across in (0, 1):
            used[down : rows + down, across : columns + across] |= cells_visible
    number[used] = np.arange(int(used.sum()), dtype=np.int32)
    at_row, at_column = np.nonzero(used)
    vertices = np.stack(
        [np.minimum(at_column * step, width - 1), np.minimum(at_row * step, height - 1)], axis=1
    )
    r, c = np.nonzero(cells_visible)
    top_left, top_right = number[r, c], number[r, c + 1]
    low_left, low_right = number[r + 1, c], number[r + 1, c + 1]
    upper = np.stack([top_left, top_right, low_left], axis=1)
    lower = np.stack([top_right, low_right, low_left], axis=1)
    triangles = np.stack([upper, lower], axis=1).reshape(-1, 3).astype(np.int32)
    solid = np.repeat(cells_solid[r, c], 2)
    return vertices.astype(np.float32), triangles, solid


@compiled
def _deform(
    vertices: Vertices,
    pivot: npt.NDArray[np.int32],
    bones: npt.NDArray[np.int32],
    shares: npt.NDArray[np.float32],
    rest: npt.NDArray[np.float64],
    axis: npt.NDArray[np.float64],
    points: npt.NDArray[np.float64],
    turn: npt.NDArray[np.float64],
    stretch: npt.NDArray[np.float64],
    out: Vertices,
) -> None:
    for index in range(vertices.shape[0]):
        at = pivot[index]
        x = vertices[index, 0] - rest[at, 0]
        y = vertices[index, 1] - rest[at, 1]
        long_x, long_y, angle = x, y, 0.0
        for part in range(3):
            share = shares[index, part]
            if share > 0:
                bone = bones[index, part]
                grow = (stretch[bone] - 1.0) * share * (x * axis[bone, 0] + y * axis[bone, 1])
                long_x += grow * axis[bone, 0]
                long_y += grow * axis[bone, 1]
                angle += share * turn[bone]
        cosine, sine = np.cos(angle), np.sin(angle)
        out[index, 0] = points[at, 0] + cosine * long_x - sine * long_y
        out[index, 1] = points[at, 1] + sine * long_x + cosine * long_y


def deform(
    vertices: Vertices, weights: SkinWeights, rest: npt.NDArray[np.float64], state: BoneState
) -> Vertices:
    """Vertices (float32, (n, 2)) of a layer, moved from the rest points (20, 2) to a frame's bone state."""
    vectors = rest[BONE_END] - rest[BONE_START]
    axis = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    out = np.empty_like(vertices)
    _deform(
        vertices, weights.pivot, weights.bones, weights.shares,
        rest, axis, state.points, state.turn, state.stretch, out,
    )  # fmt: skip
    return out
