"""Exemplar fill: a hole is painted with patches found elsewhere in the same picture.

Sources: Wexler et al., "Space-Time Completion of Video" (PAMI 2007) for the coarse-to-fine voting; Barnes et
al., "PatchMatch" (SIGGRAPH 2009) for the search.
"""

import cv2
import numpy as np
import numpy.typing as npt

from generation.engines.animation.compiled import compiled
from generation.engines.animation.membrane import membrane

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Field = npt.NDArray[np.int32]

RADIUS = 3  # patches of 7 x 7
SMALLEST = 24  # pixels on the short side of the coarsest level
ALL_LEVELS, GUESS_LEVELS = 12, 2


def fill_by_patches(
    image: Floats,
    hole: Mask,
    source: Mask,
    seed: int,
    *,
    reach: tuple[float, float],
    finest: int = 1,
    from_guess: bool = False,
) -> Floats:
    """The picture with its hole painted over.

    image (float32, (h, w, 3)); hole (bool, (h, w)); source (bool, (h, w)): pixels that may be copied, outside
    the hole. reach: patches come from no farther away than so many rows and columns, where there are any.
    finest: levels (halvings) at the fine end at which matches are only refined by voting, not searched.
    from_guess: what stands in the hole is a guess of its colours to start from; else a smooth surface is.
    """
    levels = _pyramid(image, hole, source, GUESS_LEVELS if from_guess else ALL_LEVELS, from_guess=from_guess)
    field: Field | None = None
    for depth in range(len(levels) - 1, -1, -1):
        picture, gap, allowed = levels[depth]
        near = max(int(reach[0] / 2**depth), 3), max(int(reach[1] / 2**depth), 3)
        centres = _centres(allowed & ~gap)
        if not centres.any():
            field = None
            continue
        if field is None:
            if not from_guess:
                picture[:] = membrane(picture, gap)
            field = _nearest_field(centres)
        else:
            field = _finer(field, centres)
            _vote(picture, picture.copy(), gap, field)
        for turn in range(0 if depth < finest else 4 if depth == finest else 6):
            _search(picture, gap, centres, field, turn, seed + turn, near[0], near[1])
            _vote(picture, picture.copy(), gap, field)
    if field is not None:
        return levels[0][0]
    return image if from_guess else membrane(image, hole)


def _pyramid(
    image: Floats, hole: Mask, source: Mask, count: int, *, from_guess: bool
) -> list[tuple[Floats, Mask, Mask]]:
    levels = [(image.copy(), hole, source)]
    while len(levels) < count and min(levels[-1][1].shape) >= 2 * SMALLEST and levels[-1][1].any():
        picture, gap, allowed = levels[-1]
        size = (picture.shape[1] // 2, picture.shape[0] // 2)
        known = (~gap).astype(np.float32)
        weight = np.ones_like(known) if from_guess else known
        low_weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        low = cv2.resize(picture * weight[..., None], size, interpolation=cv2.INTER_AREA)
        low = low / np.maximum(low_weight, 1e-6)[..., None]
        low_gap = cv2.resize(known, size, interpolation=cv2.INTER_AREA) < 0.5
        low_allowed = cv2.resize(allowed.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
        levels.append((np.asarray(low, np.float32), np.asarray(low_gap), np.asarray(low_allowed)))
    return levels


def _centres(allowed: Mask) -> Mask:
    """Where a whole patch of allowed pixels is centred."""
    side = 2 * RADIUS + 1
    whole = cv2.erode(allowed.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=0)
    whole[:RADIUS] = whole[-RADIUS:] = 0
    whole[:, :RADIUS] = whole[:, -RADIUS:] = 0
    return np.asarray(whole > 0)


def _nearest_field(centres: Mask) -> Field:
    """For every pixel the nearest place that may be copied."""
    _, index = cv2.distanceTransformWithLabels(
        (~centres).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros((int(index.max()) + 1, 2), np.int32)
    rows, columns = np.nonzero(centres)
    table[index[rows, columns]] = np.stack([rows, columns], axis=1)
    return np.asarray(table[index], np.int32)


def _finer(field: Field, centres: Mask) -> Field:
    """The matches of a coarser level, doubled; those that hit no whole patch take the nearest."""
    height, width = centres.shape
    rows = np.minimum(np.arange(height) // 2, field.shape[0] - 1)
    columns = np.minimum(np.arange(width) // 2, field.shape[1] - 1)
    out = field[rows][:, columns] * 2
    out[..., 0] += (np.arange(height) % 2)[:, None].astype(np.int32)
    out[..., 1] += (np.arange(width) % 2)[None, :].astype(np.int32)
    out[..., 0] = np.clip(out[..., 0], 0, height - 1)
    out[..., 1] = np.clip(out[..., 1], 0, width - 1)
    bad = ~centres[out[..., 0], out[..., 1]]
    if bad.any():
        out[bad] = _nearest_field(centres)[bad]
    return np.ascontiguousarray(out)


@compiled
def _cost(picture: Floats, y: int, x: int, row: int, column: int, limit: float) -> float:
    """Sum of squared differences of two patches; stops early above `limit`."""
    height, width = picture.shape[0], picture.shape[1]
    total = 0.0
    for down in range(-RADIUS, RADIUS + 1):
        if y + down < 0 or y + down >= height:
            continue
        for across in range(-RADIUS, RADIUS + 1):
            if x + across < 0 or x + across >= width:
                continue
            for channel in range(3):
                difference = (
                    picture[y + down, x + across, channel] - picture[row + down, column + across, channel]
                )
                total += difference * difference
        if total > limit:
            return total
    return total


@compiled
def _search(
    picture: Floats, gap: Mask, centres: Mask, field: Field, turn: int, seed: int, rows: int, columns: int
) -> None:
    """One PatchMatch pass over the hole: take over a neighbour's match, or a better one found at random."""
    height, width = gap.shape
    np.random.seed(seed)
    sign = 1 if turn % 2 == 0 else -1
    for step_row in range(height):
        y = step_row if sign == 1 else height - 1 - step_row
        for step_column in range(width):
            x = step_column if sign == 1 else width - 1 - step_column
            if not gap[y, x]:
                continue
            row, column = field[y, x, 0], field[y, x, 1]
            best = _cost(picture, y, x, row, column, 1e18)
            for neighbour in range(2):
                ny = y - sign if neighbour == 0 else y
                nx = x if neighbour == 0 else x - sign
                if ny < 0 or nx < 0 or ny >= height or nx >= width or not gap[ny, nx]:
                    continue
                try_row, try_column = field[ny, nx, 0] + y - ny, field[ny, nx, 1] + x - nx
                if abs(try_row - y) > rows or abs(try_column - x) > columns:
                    continue
                if 0 <= try_row < height and 0 <= try_column < width and centres[try_row, try_column]:
                    cost = _cost(picture, y, x, try_row, try_column, best)
                    if cost < best:
                        best, row, column = cost, try_row, try_column
            reach = max(rows, columns)
            while reach >= 1:
                try_row = row + int((np.random.random() * 2 - 1) * reach)
                try_column = column + int((np.random.random() * 2 - 1) * reach)
                reach //= 2
                if abs(try_row - y) > rows or abs(try_column - x) > columns:
                    continue
                if 0 <= try_row < height and 0 <= try_column < width and centres[try_row, try_column]:
                    cost = _cost(picture, y, x, try_row, try_column, best)
                    if cost < best:
                        best, row, column = cost, try_row, try_column
            field[y, x, 0], field[y, x, 1] = row, column


@compiled
def _vote(out: Floats, picture: Floats, gap: Mask, field: Field) -> None:
    """Each hole pixel becomes the mean of what the patches around it say, near ones counting more."""
    height, width = gap.shape
    for y in range(height):
        for x in range(width):
            if not gap[y, x]:
                continue
            red = green = blue = total = 0.0
            for down in range(-2, 3):
                for across in range(-2, 3):
                    ny, nx = y + down, x + across
                    if ny < 0 or nx < 0 or ny >= height or nx >= width or not gap[ny, nx]:
                        continue
                    row, column = field[ny, nx, 0] - down, field[ny, nx, 1] - across
                    if row < 0 or column < 0 or row >= height or column >= width:
                        continue
                    weight = 1.0 / (1.0 + down * down + across * across)
                    red += weight * picture[row, column, 0]
                    green += weight * picture[row, column, 1]
                    blue += weight * picture[row, column, 2]
                    total += weight
            if total > 0:
                out[y, x, 0] = red / total
                out[y, x, 1] = green / total
                out[y, x, 2] = blue / total
