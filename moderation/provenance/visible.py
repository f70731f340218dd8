"""VisibleLabel: draws the visible AI label into frames, and finds it again in their pixels. Pure Python.

GB 45438-2025 asks for text of at least 5 % of the shortest side that names both AI and generation. Here the
lowest of the measured glyphs, a Latin capital, has that height: what counts is ink, not the nominal size of
the font.
"""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

DEFAULT_TEXT = "AI生成 / AI-generated"
HEIGHT_SHARE = 0.05  # of the shortest side
MIN_SIDE = 64
FOUND_FROM = 0.5  # labelled frames after x264 score 0.8 and more, frames without it below 0.25
_FONT_PACKAGE, _FONT_FILE, _SIMPLIFIED_CHINESE = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2
_PLATE, _PLATE_OPACITY = 16, 0.58  # brightness and opacity of the plate under the text
_TEXT, _TEXT_OPACITY = 255, 0.96
_SEARCH = 3  # pixels in each direction

Frame = npt.NDArray[np.uint8]


class LabelDoesNotFit(ValueError):
    """The text at its legal height is wider than the frame."""


class VisibleLabel:
    """The label for frames of one size, rendered once; drawing it costs a blend of one small patch.

    width, height (pixels): of the frames, at least MIN_SIDE each. text: one line, or two when " / " must
    break because the frame is narrow. Raises ValueError for sizes, LabelDoesNotFit for text that cannot be
    placed.
    """

    def __init__(self, width: int, height: int, text: str = DEFAULT_TEXT) -> None:
        if min(width, height) < MIN_SIDE:
            raise ValueError(
                f"frames must be at least {MIN_SIDE} pixels on each side, got {width} x {height}"
            )
        self.width, self.height, self.text = width, height, text
        shortest = min(width, height)
        self.margin = max(2, round(shortest * 0.025))
        font = _font_with_capitals_of(int(np.ceil(shortest * HEIGHT_SHARE)))
        mask = _text_mask(_lines(text, font, width - 2 * self.margin), font)
        if mask.shape[1] > width - 2 * self.margin or mask.shape[0] > height - 2 * self.margin:
            raise LabelDoesNotFit(
                f"{text!r} needs {mask.shape[1]} x {mask.shape[0]} pixels in a frame of {width} x {height}"
            )
        self._mask = mask
        self._keep, self._add = _blend_tables(mask)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the plate in pixels: at the top left."""
        rows, columns = self._mask.shape
        return (self.margin, self.margin, self.margin + columns, self.margin + rows)

    @property
    def capital_height(self) -> int:
        """Ink height in pixels of a Latin capital, the lowest of the glyphs that count."""
        ink = _ink_box(
            "AI", _font_with_capitals_of(int(np.ceil(min(self.width, self.height) * HEIGHT_SHARE)))
        )
        return ink[3] - ink[1]

    def draw(self, frame: Frame) -> None:
        """Blend the label into `frame` (uint8, (height, width, 3), RGB) in place. Raises ValueError."""
        patch = self._patch(frame)
        mixed = patch.astype(np.uint16)
        mixed *= self._keep
        mixed += self._add
        mixed >>= 8
        patch[...] = mixed.astype(np.uint8)

    def find(self, frame: Frame) -> float:
        """How surely the label stands in `frame`: correlation of its pixels with the text, -1 to 1.

        From FOUND_FROM up the label is there. Survives x264 and JPEG, and a shift of up to 3 pixels.
        """
        self._patch(frame)
        x0, y0, x1, y1 = self.box
        top, left = max(0, y0 - _SEARCH), max(0, x0 - _SEARCH)
        around = frame[top : y1 + _SEARCH, left : x1 + _SEARCH]
        brightness = cv2.cvtColor(np.ascontiguousarray(around), cv2.COLOR_RGB2GRAY).astype(np.float32)
        scores = cv2.matchTemplate(brightness, self._mask, cv2.TM_CCOEFF_NORMED)
        finite = scores[np.isfinite(scores)]  # a patch of one colour has no correlation
        return float(np.clip(finite.max(), -1, 1)) if finite.size and brightness.std() > 1 else 0.0

    def _patch(self, frame: Frame) -> Frame:
        if frame.shape != (self.height, self.width, 3) or frame.dtype != np.uint8:
            raise ValueError(
                f"expected uint8 of shape {(self.height, self.width, 3)}, got {frame.dtype} of {frame.shape}"
            )
        x0, y0, x1, y1 = self.box
        return frame[y0:y1, x0:x1]


def font_path() -> Path:
    """The CJK font inside its installed package. Raises FileNotFoundError."""
    spec = importlib.util.find_spec(_FONT_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    path = Path(folders[0]) / _FONT_FILE if folders else None
    if path is None or not path.is_file():
        raise FileNotFoundError(f"The package {_FONT_PACKAGE} with {_FONT_FILE} is not installed.")
    return path


def _font_with_capitals_of(pixels: int) -> ImageFont.FreeTypeFont:
    """The smallest font size whose Latin capitals have at least this ink height."""
    size = pixels
    while True:
        font = ImageFont.truetype(str(font_path()), size, index=_SIMPLIFIED_CHINESE)
        ink = _ink_box("AI", font)
        if ink[3] - ink[1] >= pixels:
            return font
        size += 1


def _ink_box(text: str, font: ImageFont.FreeTypeFont) -> tuple[int, int, int, int]:
    """Where at least half-opaque ink lies, measured on the rendered pixels."""
    canvas = Image.new("L", (int(font.getlength(text)) + 2 * int(font.size), 3 * int(font.size)), 0)
    ImageDraw.Draw(canvas).text((font.size, font.size), text, fill=255, font=font)
    box = canvas.point(lambda value: 255 if value >= 128 else 0).getbbox()
    if box is None:
        raise ValueError(f"the font draws nothing for {text!r}")
    return box


def _lines(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """The text in one line, or broken at its slash when one line is too long."""
    if font.getlength(text) + font.size <= room:
        return [text]
    return [line.strip() for line in text.split(" / ")]


def _text_mask(lines: list[str], font: ImageFont.FreeTypeFont) -> npt.NDArray[np.float32]:
    """Opacity of the text (float32, 0 to 1) on a plate that leaves it room to breathe."""
    pad_x, pad_y = round(font.size * 0.4), round(font.size * 0.25)
    step = round(font.size * 1.25)
    boxes = [font.getbbox(line) for line in lines]
    left, top = min(box[0] for box in boxes), boxes[0][1]
    right, bottom = max(box[2] for box in boxes), (len(lines) - 1) * step + boxes[-1][3]
    size = (int(right - left) + 2 * pad_x, int(bottom - top) + 2 * pad_y)
    canvas = Image.new("L", size, 0)
    draw = ImageDraw.Draw(canvas)
    for index, line in enumerate(lines):
        draw.text((pad_x - left, pad_y - top + index * step), line, fill=255, font=font)
    return np.asarray(canvas, dtype=np.float32) / np.float32(255)


def _blend_tables(mask: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """keep and add, for: new = (old * keep + add) >> 8, of the rounded plate with the text on it."""
    plate = _rounded(mask.shape) * _PLATE_OPACITY
    text = mask * _TEXT_OPACITY
    keep = (1 - plate) * (1 - text)
    add = _PLATE * plate * (1 - text) + _TEXT * text
    keep_table = np.rint(keep * 256).astype(np.uint16)
    add_table = np.minimum(np.rint(add * 256), 65_535 - 255 * keep_table.astype(np.int64))
    return keep_table[..., None], add_table.astype(np.uint16)[..., None]


def _rounded(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """1 inside a rectangle with rounded corners that fills `shape`, 0 outside, soft between."""
    scale, (rows, columns) = 4, shape
    canvas = Image.new("L", (columns * scale, rows * scale), 0)
    corner = (0, 0, columns * scale - 1, rows * scale - 1)
    ImageDraw.Draw(canvas).rounded_rectangle(corner, radius=rows * scale // 5, fill=255)
    small = canvas.resize((columns, rows), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)
