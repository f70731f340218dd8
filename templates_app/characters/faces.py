"""Faces as paint: eyes, brows, lips and blush drawn flat and laid over a modelled head."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats
from templates_app.characters.solids import catmull_rom

_SCALE = 6000
"""Pixels per metre of the drawing."""
_FINAL = 3
"""How much the finished sheet is reduced."""
_LEFT, _TOP = -0.1, 0.13
_SIZE = (0.2, 0.27)

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class FaceStyle:
    """Colours ("#rrggbb") and proportions of one painted face."""

    iris: str = "#5d3a1f"
    brow: str = "#3b2418"
    lips: str = "#c4574f"
    blush: str = "#e98a74"
    lash: str = "#24140f"
    brow_weight: float = 1.0
    lash_weight: float = 1.0
    lip_fullness: float = 1.0
    smile: float = 1.0
    glint: str = "#d69a58"


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


class FacePainter:
    """A transparent sheet in head coordinates (metres, x to the viewer's right, y up) to draw on."""

    def __init__(self) -> None:
        shape = (round(_SIZE[1] * _SCALE), round(_SIZE[0] * _SCALE))
        self.colour = np.zeros((*shape, 3), np.float32)
        self.cover = np.zeros(shape, np.float32)

    def _pixels(self, points: Floats) -> npt.NDArray[np.int32]:
        return np.round((np.stack([points[:, 0] - _LEFT, _TOP - points[:, 1]], axis=1)) * _SCALE * 16).astype(
            np.int32
        )

    def lay(self, mask: npt.NDArray[np.float32], colour: str, strength: float = 1.0) -> None:
        """Put a colour where `mask` (0..1) says."""
        x, y, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
        box = (slice(y, y + height), slice(x, x + width))
        a = (mask[box] * strength)[..., None]
        b = self.cover[box][..., None] * (1 - a)
        whole = a + b
        self.colour[box] = (np.array(_rgb(colour), np.float32) / 255 * a + self.colour[box] * b) / np.maximum(
            whole, 1e-6
        )
        self.cover[box] = whole[..., 0]

    def shape(
        self, outline: Points, *, soft: float = 0.0004, closed_curve: bool = True
    ) -> npt.NDArray[np.float32]:
        """Coverage of a smooth closed outline, its edge softened over `soft` metres."""
        knots = np.asarray(outline, dtype=np.float64)
        if closed_curve:
            ring = np.concatenate([knots, knots[:3]])
            knots = catmull_rom(ring, np.linspace(1, len(outline) + 1, 24 * len(outline)))
        mask = np.zeros(self.cover.shape, np.uint8)
        cv2.fillPoly(mask, [self._pixels(knots)], 255, lineType=cv2.LINE_AA, shift=4)
        return self._soft(mask, soft)

    def oval(self, x: float, y: float, rx: float, ry: float, soft: float = 0.0004) -> npt.NDArray[np.float32]:
        """Coverage of an ellipse."""
        angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        ring = np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)
        return self.shape([(float(a), float(b)) for a, b in ring], soft=soft, closed_curve=False)

    def stroke(
        self, line: Points, widths: Sequence[float], *, soft: float = 0.0004
    ) -> npt.NDArray[np.float32]:
        """Coverage of a smooth line whose half width changes along it."""
        knots = np.asarray(line, dtype=np.float64)
        at = np.linspace(0, len(knots) - 1, 40)
        curve = catmull_rom(knots, at)
        half = np.interp(at, np.linspace(0, len(knots) - 1, len(widths)), widths)
        way = np.gradient(curve, axis=0)
        side = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.linalg.norm(way, axis=1, keepdims=True)
        edge = np.concatenate([curve + side * half[:, None], (curve - side * half[:, None])[::-1]])
        mask = np.zeros(self.cover.shape, np.uint8)
        cv2.fillPoly(mask, [self._pixels(edge)], 255, lineType=cv2.LINE_AA, shift=4)
        return self._soft(mask, soft)

    def _soft(self, mask: npt.NDArray[np.uint8], soft: float) -> npt.NDArray[np.float32]:
        sigma = max(soft * _SCALE, 0.6)
        x, y, width, height = cv2.boundingRect(mask)
        pad = int(3.5 * sigma) + 2
        box = (slice(max(y - pad, 0), y + height + pad), slice(max(x - pad, 0), x + width + pad))
        out = np.zeros(mask.shape, np.float32)
        out[box] = cv2.GaussianBlur(
            mask[box].astype(np.float32) / 255, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT
        )
        return out

    def sheet(self) -> tuple[Floats, Floats]:
        """The drawing reduced to its final size: colour ((h, w, 3), 0..1 display) and cover ((h, w))."""
        size = (self.cover.shape[1] // _FINAL, self.cover.shape[0] // _FINAL)
        cover = cv2.resize(self.cover, size, interpolation=cv2.INTER_AREA)
        colour = cv2.resize(self.colour * self.cover[..., None], size, interpolation=cv2.INTER_AREA)
        return np.asarray(colour / np.maximum(cover, 1e-4)[..., None], float), np.asarray(cover, float)


def sample(sheet: Floats, offsets: Floats) -> Floats:
    """Values of a sheet at points from the head's centre ((n, 2) or (n, 3)); outside, its rim."""
    count, scale = len(offsets), _SCALE / _FINAL
    rows = -(-count // 1024)  # cv2.remap takes no side over 32767
    x, y = np.zeros(rows * 1024, np.float32), np.zeros(rows * 1024, np.float32)
    x[:count] = (offsets[:, 0] - _LEFT) * scale - 0.5
    y[:count] = (_TOP - offsets[:, 1]) * scale - 0.5
    out = cv2.remap(
        sheet.astype(np.float32), x.reshape(-1, 1024), y.reshape(-1, 1024), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(out.reshape(-1, *sheet.shape[2:])[:count], dtype=np.float64)


def mirrored(points: Points, sign: float) -> list[tuple[float, float]]:
    """The points on the person's left (sign 1) or right (-1)."""
    return [(sign * x, y) for x, y in points]


def soft_face(style: FaceStyle) -> tuple[Floats, Floats]:
    """A friendly face in the manner of animated films."""
    paint = FacePainter()
    for sign in (1.0, -1.0):
        paint.lay(paint.oval(sign * 0.043, -0.05, 0.015, 0.01, soft=0.009), style.blush, 0.55)
        paint.lay(paint.oval(sign * 0.035, 0.002, 0.019, 0.008, soft=0.005), style.blush, 0.25)
        _soft_eye(paint, style, sign)
        brow = mirrored([(0.013, 0.0165), (0.025, 0.0205), (0.039, 0.0222), (0.0535, 0.0165)], sign)
        widths = [w * style.brow_weight for w in (0.0013, 0.0026, 0.0023, 0.0004)]
        paint.lay(paint.stroke(brow, widths, soft=0.0008), style.brow, 0.85)
        paint.lay(paint.oval(sign * 0.0052, -0.0545, 0.0026, 0.0012, soft=0.0008), "#7a3527", 0.7)
    paint.lay(paint.oval(0, -0.045, 0.008, 0.006, soft=0.005), style.blush, 0.35)
    _soft_mouth(paint, style)
    return paint.sheet()


def _soft_eye(paint: FacePainter, style: FaceStyle, sign: float) -> None:
    upper = mirrored(
        [(0.0152, -0.0165), (0.0212, -0.0062), (0.0315, -0.0012), (0.0425, -0.0028), (0.0508, -0.0092)], sign
    )
    almond = [*upper, *mirrored([(0.0435, -0.0192), (0.0325, -0.0222), (0.0215, -0.0207)], sign)]
    white = paint.shape(almond)
    paint.lay(white, "#f6f1ee")
    x, y = sign * 0.0325, -0.0112
    inside = (
        (paint.oval(x, y, 0.0108, 0.0114), "#1b0f0a", 1.0),
        (paint.oval(x, y, 0.0098, 0.0104), style.iris, 1.0),
        (paint.oval(x, y - 0.0046, 0.0075, 0.0048, soft=0.0016), style.glint, 0.6),
        (paint.oval(x, y + 0.0004, 0.005, 0.0054), "#0d0806", 1.0),
        (paint.stroke([(a, b - 0.002) for a, b in upper], [0.0028], soft=0.0014), "#4d3a3a", 0.6),
        (paint.oval(x - 0.0036, y + 0.0044, 0.0027, 0.0029), "#ffffff", 1.0),
        (paint.oval(x + 0.004, y - 0.0044, 0.0014, 0.0015), "#ffffff", 0.75),
    )
    for mask, colour, strength in inside:
        paint.lay(mask * white, colour, strength)
    lashes = [w * style.lash_weight for w in (0.0005, 0.0014, 0.0018, 0.0019, 0.0014)]
    flick = [*upper, (sign * 0.055, -0.0062)]
    paint.lay(paint.stroke(flick, [*lashes, 0.0003]), style.lash, 0.97)
    paint.lay(
        paint.stroke(
            mirrored([(0.0225, -0.0214), (0.0335, -0.0228), (0.0475, -0.0155)], sign),
            [0.0003, 0.0006, 0.0005],
        ),
        style.lash,
        0.5,
    )
    crease = mirrored([(0.0185, -0.0045), (0.026, 0.0028), (0.036, 0.0048), (0.0495, 0.0002)], sign)
    paint.lay(paint.stroke(crease, [0.0003, 0.0006, 0.0006, 0.0003], soft=0.0006), style.brow, 0.42)


def _soft_mouth(paint: FacePainter, style: FaceStyle) -> None:
    lift, full = 0.0042 * style.smile, style.lip_fullness
    left, right = (-0.0215, -0.0762 + lift), (0.0215, -0.0762 + lift)
    line = [left, (-0.0115, -0.0766), (0.0, -0.0772), (0.0115, -0.0766), right]
    upper = [(-0.005, -0.0698 - 0.002 * (1 - full)), (0.0, -0.0713), (0.005, -0.0698 - 0.002 * (1 - full))]
    lower = [(0.0115, -0.0842), (0.0, -0.0876 + 0.003 * (1 - full)), (-0.0115, -0.0842)]
    paint.lay(paint.shape([left, *upper, right, *lower], soft=0.0009), style.lips, 0.82)
    paint.lay(paint.oval(0.0, -0.0822, 0.007, 0.0016, soft=0.0012), "#ffd9cf", 0.35)
    paint.lay(paint.stroke(line, [0.0003, 0.0008, 0.0007, 0.0008, 0.0003]), "#5c1f1e", 0.85)
    for sign in (1.0, -1.0):
        paint.lay(paint.oval(sign * 0.0228, -0.0758 + lift, 0.0014, 0.0016, soft=0.0009), "#8a3d31", 0.5)


def comic_face(style: FaceStyle, mouth: str = "#7c2430") -> tuple[Floats, Floats]:
    """A comic face: tall bright eyes, a hint of a nose, a laughing mouth."""
    paint = FacePainter()
    for sign in (1.0, -1.0):
        paint.lay(paint.oval(sign * 0.046, -0.054, 0.0125, 0.007, soft=0.004), style.blush, 0.55)
        for step in (-0.004, 0.0, 0.004):
            x = sign * 0.046 + step
            paint.lay(paint.stroke([(x + 0.0012, -0.051), (x - 0.0012, -0.0565)], [0.0005]), style.blush, 0.9)
        _comic_eye(paint, style, sign)
        brow = mirrored([(0.017, 0.0085), (0.033, 0.0155), (0.0525, 0.0095)], sign)
        paint.lay(paint.stroke(brow, [0.0012, 0.0022, 0.0005]), style.brow)
    paint.lay(paint.stroke([(0.0015, -0.0525), (-0.0022, -0.0555)], [0.0003, 0.001]), "#b9694f", 0.9)
    lips = [
        (-0.0165, -0.0715),
        (-0.006, -0.0738),
        (0.006, -0.0738),
        (0.0165, -0.0715),
        (0.0095, -0.0855),
        (0.0, -0.0885),
        (-0.0095, -0.0855),
    ]
    open_mouth = paint.shape(lips)
    paint.lay(open_mouth, mouth)
    paint.lay(paint.oval(0, -0.0895, 0.0085, 0.006) * open_mouth, "#e8707a")
    paint.lay(paint.oval(0, -0.0715, 0.0135, 0.0042) * open_mouth, "#ffffff")
    paint.lay(
        paint.stroke(
            [(-0.0185, -0.0702), *lips[:4], (0.0185, -0.0702)], [0.0004, 0.0009, 0.0008, 0.0009, 0.0004]
        ),
        style.lash,
    )
    return paint.sheet()


def _comic_eye(paint: FacePainter, style: FaceStyle, sign: float) -> None:
    upper = mirrored(
        [(0.0165, -0.0265), (0.022, -0.0125), (0.034, -0.0062), (0.047, -0.01), (0.0545, -0.0215)], sign
    )
    lower = mirrored([(0.0525, -0.035), (0.044, -0.0435), (0.03, -0.0437), (0.0195, -0.0375)], sign)
    white = paint.shape([*upper, *lower])
    paint.lay(white, "#ffffff")
    x, y = sign * 0.0355, -0.0255
    layers = (
        (paint.oval(x, y, 0.0132, 0.0178), style.lash),
        (paint.oval(x, y - 0.0008, 0.0118, 0.0162), style.iris),
        (paint.oval(x, y + 0.007, 0.0118, 0.009, soft=0.0022), style.lash),
        (paint.oval(x, y - 0.0085, 0.0085, 0.0062, soft=0.0016), "#ffd76a"),
        (paint.oval(x, y - 0.001, 0.0052, 0.0078), style.lash),
        (paint.oval(x - 0.0048, y + 0.0085, 0.0046, 0.0052), "#ffffff"),
        (paint.oval(x + 0.0052, y - 0.0092, 0.0024, 0.0026), "#ffffff"),
    )
    for mask, colour in layers:
        paint.lay(mask * white, colour)
    shadow = paint.stroke([(a, b - 0.0022) for a, b in upper], [0.0022], soft=0.0008)
    paint.lay(shadow * white, "#5a5680", 0.45)
    flick = [*upper, (sign * 0.0585, -0.019)]
    paint.lay(paint.stroke(flick, [0.0006, 0.0019, 0.0024, 0.0026, 0.002, 0.0004]), style.lash)
    paint.lay(
        paint.stroke(
            [*mirrored([(0.0515, -0.0365), (0.044, -0.0442), (0.034, -0.0452)], sign)],
            [0.0012, 0.0008, 0.0003],
        ),
        style.lash,
        0.9,
    )
    fold = mirrored([(0.023, -0.006), (0.035, -0.0008), (0.048, -0.0052)], sign)
    paint.lay(paint.stroke(fold, [0.0002, 0.0006, 0.0003]), "#a3604a", 0.9)
