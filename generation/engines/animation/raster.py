"""Software rasteriser: draws textured, skinned triangle meshes onto frames with soft edges."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

SUBPIXEL = 16  # vertices snap to 1/16 px so that shared edges are exactly shared
FIXED = 256

_jit: Any = numba.njit(cache=True, nogil=True, fastmath=True, boundscheck=False)


@_jit
def draw_mesh(
    frame: npt.NDArray[np.uint8],
    texture: npt.NDArray[np.uint8],
    source: npt.NDArray[np.float32],
    target: npt.NDArray[np.float32],
    triangles: npt.NDArray[np.int32],
    solid: npt.NDArray[np.bool_],
) -> None:
    """Draw a mesh over a frame, in the order of its triangles.

    frame (uint8, (height, width, 3)): changed in place. texture (uint8, (h, w, 4)): premultiplied RGBA.
    source (float32, (n, 2)): vertex places in the texture; target: in the frame; pixels, centres at whole numbers.
    triangles (int32, (m, 3)). solid (bool, (m,)): the triangle's texels are all opaque, so blending is skipped.
    Pixels on shared edges belong to one triangle only (top-left rule), so soft areas are never blended twice.
    """
    height, width = frame.shape[0], frame.shape[1]
    texture_height, texture_width = texture.shape[0], texture.shape[1]
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        ax = np.int64(np.round(target[a, 0] * SUBPIXEL))
        ay = np.int64(np.round(target[a, 1] * SUBPIXEL))
        bx = np.int64(np.round(target[b, 0] * SUBPIXEL))
        by = np.int64(np.round(target[b, 1] * SUBPIXEL))
        cx = np.int64(np.round(target[c, 0] * SUBPIXEL))
        cy = np.int64(np.round(target[c, 1] * SUBPIXEL))
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        if area < 0:  # a folded triangle shows its back: same texture
            b, c = c, b
            bx, by, cx, cy = cx, cy, bx, by
            area = -area
        left = max((min(ax, bx, cx) + SUBPIXEL - 1) // SUBPIXEL, 0)
        right = min(max(ax, bx, cx) // SUBPIXEL, width - 1)
        top = max((min(ay, by, cy) + SUBPIXEL - 1) // SUBPIXEL, 0)
        bottom = min(max(ay, by, cy) // SUBPIXEL, height - 1)
        if left > right or top > bottom:
            continue
        # Edge functions at the first pixel; a pixel is inside when all are >= 0 (bias: top-left rule).
        px, py = left * SUBPIXEL, top * SUBPIXEL
        edge0 = (cx - bx) * (py - by) - (cy - by) * (px - bx)
        edge1 = (ax - cx) * (py - cy) - (ay - cy) * (px - cx)
        edge2 = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        scale = 1.0 / area
        u_row = (edge0 * source[a, 0] + edge1 * source[b, 0] + edge2 * source[c, 0]) * scale
        v_row = (edge0 * source[a, 1] + edge1 * source[b, 1] + edge2 * source[c, 1]) * scale
        dx0, dx1, dx2 = -(cy - by) * SUBPIXEL, -(ay - cy) * SUBPIXEL, -(by - ay) * SUBPIXEL
        dy0, dy1, dy2 = (cx - bx) * SUBPIXEL, (ax - cx) * SUBPIXEL, (bx - ax) * SUBPIXEL
        dudx = (dx0 * source[a, 0] + dx1 * source[b, 0] + dx2 * source[c, 0]) * scale
        dvdx = (dx0 * source[a, 1] + dx1 * source[b, 1] + dx2 * source[c, 1]) * scale
        dudy = (dy0 * source[a, 0] + dy1 * source[b, 0] + dy2 * source[c, 0]) * scale
        dvdy = (dy0 * source[a, 1] + dy1 * source[b, 1] + dy2 * source[c, 1]) * scale
        if not (cy < by or (cy == by and cx > bx)):
            edge0 -= 1
        if not (ay < cy or (ay == cy and ax > cx)):
            edge1 -= 1
        if not (by < ay or (by == ay and bx > ax)):
            edge2 -= 1
        opaque = solid[index]
        step_u, step_v = np.int32(np.round(dudx * FIXED)), np.int32(np.round(dvdx * FIXED))
        limit_u, limit_v = (
            np.int32((texture_width - 1) * FIXED - 1),
            np.int32((texture_height - 1) * FIXED - 1),
        )
        for y in range(top, bottom + 1):
            e0, e1, e2 = edge0, edge1, edge2
            u = np.int32(np.round(u_row * FIXED))
            v = np.int32(np.round(v_row * FIXED))
            was_inside = False
            for x in range(left, right + 1):
                if (e0 | e1 | e2) >= 0:
                    was_inside = True
                    su = min(max(u, np.int32(0)), limit_u)
                    sv = min(max(v, np.int32(0)), limit_v)
                    tx, ty = su >> 8, sv >> 8
                    fx, fy = su & 255, sv & 255
                    w11 = (fx * fy) >> 8
                    w10 = fx - w11
                    w01 = fy - w11
                    w00 = 256 - fx - fy + w11
                    if opaque:
                        for channel in range(3):
                            frame[y, x, channel] = (
                                texture[ty, tx, channel] * w00
                                + texture[ty, tx + 1, channel] * w10
                                + texture[ty + 1, tx, channel] * w01
                                + texture[ty + 1, tx + 1, channel] * w11
                                + 128
                            ) >> 8
                    else:
                        alpha = (
                            texture[ty, tx, 3] * w00
                            + texture[ty, tx + 1, 3] * w10
                            + texture[ty + 1, tx, 3] * w01
                            + texture[ty + 1, tx + 1, 3] * w11
                        )
                        if alpha > 128:
                            keep = 65280 - alpha
                            for channel in range(3):
                                colour = (
                                    texture[ty, tx, channel] * w00
                                    + texture[ty, tx + 1, channel] * w10
                                    + texture[ty + 1, tx, channel] * w01
                                    + texture[ty + 1, tx + 1, channel] * w11
                                )
                                mixed = (colour + (frame[y, x, channel] * keep) // 255 + 128) >> 8
                                frame[y, x, channel] = min(mixed, 255)
                elif was_inside:
                    break
                e0 += dx0
                e1 += dx1
                e2 += dx2
                u += step_u
                v += step_v
            edge0 += dy0
            edge1 += dy1
            edge2 += dy2
            u_row += dudy
            v_row += dvdy


@_jit
def darken(
    frame: npt.NDArray[np.uint8], shade: npt.NDArray[np.float32], left: int, top: int, strength: float
) -> None:
    """Multiply a patch of the frame by `1 - shade * strength`; shade (float32, (h, w)), 0 to 1. Clips at edges."""
    height, width = frame.shape[0], frame.shape[1]
    for y in range(max(0, -top), min(shade.shape[0], height - top)):
        for x in range(max(0, -left), min(shade.shape[1], width - left)):
            factor = 1.0 - shade[y, x] * strength
            for channel in range(3):
                frame[top + y, left + x, channel] = np.uint8(frame[top + y, left + x, channel] * factor + 0.5)
