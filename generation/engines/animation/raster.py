"""Software rasteriser: draws textured, skinned triangle meshes onto frames with soft edges."""

import numpy as np
import numpy.typing as npt

from generation.engines.animation.compiled import compiled, inlined

SUBPIXEL = 16  # vertices snap to 1/16 px so that shared edges are exactly shared
FIXED = 256

Image = npt.NDArray[np.uint8]
Vertices = npt.NDArray[np.float32]


@compiled
def draw_mesh(
    frame: Image,
    texture: Image,
    source: Vertices,
    target: Vertices,
    triangles: npt.NDArray[np.int32],
    solid: npt.NDArray[np.bool_],
) -> None:
    """Draw a mesh over a frame, in the order of its triangles.

    frame (uint8, (height, width, 3)): changed in place. texture (uint8, (h, w, 4)): premultiplied RGBA.
    source (float32, (n, 2)): vertex places in the texture; target: in the frame; pixels, centres at whole
    numbers. triangles (int32, (m, 3)). solid (bool, (m,)): all texels are opaque, so blending is skipped.
    Pixels on shared edges belong to one triangle only (top-left rule): nothing is blended twice.
    """
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        ax, ay = int(np.round(target[a, 0] * SUBPIXEL)), int(np.round(target[a, 1] * SUBPIXEL))
        bx, by = int(np.round(target[b, 0] * SUBPIXEL)), int(np.round(target[b, 1] * SUBPIXEL))
        cx, cy = int(np.round(target[c, 0] * SUBPIXEL)), int(np.round(target[c, 1] * SUBPIXEL))
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area > 0:
            _fill(frame, texture, source, a, b, c, ax, ay, bx, by, cx, cy, area, solid[index])
        elif area < 0:  # a folded triangle shows its back: the same texture
            _fill(frame, texture, source, a, c, b, ax, ay, cx, cy, bx, by, -area, solid[index])


@compiled
def _fill(
    frame: Image,
    texture: Image,
    source: Vertices,
    a: int,
    b: int,
    c: int,
    ax: int,
    ay: int,
    bx: int,
    by: int,
    cx: int,
    cy: int,
    area: int,
    opaque: bool,
) -> None:
    """Draw one triangle with positive area; a, b, c index `source`, corners are in subpixels of the frame."""
    left = max((min(ax, min(bx, cx)) + SUBPIXEL - 1) // SUBPIXEL, 0)
    right = min(max(ax, max(bx, cx)) // SUBPIXEL, frame.shape[1] - 1)
    top = max((min(ay, min(by, cy)) + SUBPIXEL - 1) // SUBPIXEL, 0)
    bottom = min(max(ay, max(by, cy)) // SUBPIXEL, frame.shape[0] - 1)
    # Edge functions at the first pixel; a pixel is inside when all are >= 0.
    px, py = left * SUBPIXEL, top * SUBPIXEL
    edge0 = (cx - bx) * (py - by) - (cy - by) * (px - bx)
    edge1 = (ax - cx) * (py - cy) - (ay - cy) * (px - cx)
    edge2 = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    dx0, dx1, dx2 = -(cy - by) * SUBPIXEL, -(ay - cy) * SUBPIXEL, -(by - ay) * SUBPIXEL
    dy0, dy1, dy2 = (cx - bx) * SUBPIXEL, (ax - cx) * SUBPIXEL, (bx - ax) * SUBPIXEL
    ua, ub, uc = source[a, 0] / area, source[b, 0] / area, source[c, 0] / area
    va, vb, vc = source[a, 1] / area, source[b, 1] / area, source[c, 1] / area
    u_row = edge0 * ua + edge1 * ub + edge2 * uc
    v_row = edge0 * va + edge1 * vb + edge2 * vc
    step_u = int(np.round((dx0 * ua + dx1 * ub + dx2 * uc) * FIXED))
    step_v = int(np.round((dx0 * va + dx1 * vb + dx2 * vc) * FIXED))
    if not (cy < by or (cy == by and cx > bx)):
        edge0 -= 1
    if not (ay < cy or (ay == cy and ax > cx)):
        edge1 -= 1
    if not (by < ay or (by == ay and bx > ax)):
        edge2 -= 1
    for y in range(top, bottom + 1):
        e0, e1, e2 = edge0, edge1, edge2
        u, v = int(np.round(u_row * FIXED)), int(np.round(v_row * FIXED))
        was_inside = False
        for x in range(left, right + 1):
            if (e0 | e1 | e2) >= 0:
                was_inside = True
                _paint(frame, texture, x, y, u, v, opaque)
            elif was_inside:
                break
            e0, e1, e2 = e0 + dx0, e1 + dx1, e2 + dx2
            u, v = u + step_u, v + step_v
        edge0, edge1, edge2 = edge0 + dy0, edge1 + dy1, edge2 + dy2
        u_row += dy0 * ua + dy1 * ub + dy2 * uc
        v_row += dy0 * va + dy1 * vb + dy2 * vc


@inlined
def _paint(frame: Image, texture: Image, x: int, y: int, u: int, v: int, opaque: bool) -> None:
    """Lay the texture, sampled at (u, v) in 1/256 pixel, over one pixel of the frame."""
    u = min(max(u, 0), (texture.shape[1] - 1) * FIXED - 1)
    v = min(max(v, 0), (texture.shape[0] - 1) * FIXED - 1)
    tx, ty, fx, fy = u >> 8, v >> 8, u & 255, v & 255
    w11 = (fx * fy) >> 8
    w10, w01, w00 = fx - w11, fy - w11, 256 - fx - fy + w11
    keep = 0
    if not opaque:
        alpha = texture[ty, tx, 3] * w00 + texture[ty, tx + 1, 3] * w10
        alpha += texture[ty + 1, tx, 3] * w01 + texture[ty + 1, tx + 1, 3] * w11
        if alpha <= 128:
            return
        keep = 65280 - alpha
    for channel in range(3):
        colour = texture[ty, tx, channel] * w00 + texture[ty, tx + 1, channel] * w10
        colour += texture[ty + 1, tx, channel] * w01 + texture[ty + 1, tx + 1, channel] * w11
        if keep > 0:
            colour += (frame[y, x, channel] * keep) // 255
        frame[y, x, channel] = np.uint8(min((colour + 128) >> 8, 255))


@compiled
def darken(frame: Image, shade: npt.NDArray[np.float32], left: int, top: int, strength: float) -> None:
    """Multiply a patch of the frame by `1 - shade * strength`; shade (float32, (h, w)) is 0 to 1."""
    for y in range(max(0, -top), min(shade.shape[0], frame.shape[0] - top)):
        for x in range(max(0, -left), min(shade.shape[1], frame.shape[1] - left)):
            factor = 1.0 - shade[y, x] * strength
            for channel in range(3):
                frame[top + y, left + x, channel] = np.uint8(frame[top + y, left + x, channel] * factor + 0.5)
