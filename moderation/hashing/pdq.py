"""PDQ: what a picture looks like, in 256 bits, also turned and mirrored. Pure Python.

Source: Meta, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019), and its
reference implementation. Brightness is smoothed twice with a box, sampled on a 64 x 64 grid, and the 16 x 16
lowest frequencies of its cosine transform (without the constant) are each compared with their median.

Edits that keep the picture's layout (size, compression, brightness, a small mark) move a hash by fewer than
31 bits; cutting off a tenth of the picture moves it beyond that.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from moderation.hashing.banks import Words

GRID, FREQUENCIES = 64, 16
MAX_SIDE = 512  # larger pictures are scaled to it before; more pixels do not change what is sampled
MIN_SIDE = 5  # below it there is nothing to hash
VARIANTS = (  # in the order of the reference implementation
    "original",
    "turned_90",
    "turned_180",
    "turned_270",
    "upside_down",
    "mirrored",
    "transposed",
    "transposed_across",
)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PdqHash:
    """The hash of a picture in its eight positions (uint64, (8, 4), in the order of VARIANTS).

    quality: 0 to 100, how much structure there is; below 50 the hash says little.
    """

    words: Words
    quality: int

    @property
    def hex(self) -> str:
        """The hash of the picture as it is, as 64 hex digits."""
        return "".join(f"{int(word):016x}" for word in self.words[0])


def pdq_hash(luma: Floats) -> PdqHash:
    """Hash a picture by its brightness (float32, (height, width), 0 to 255), best scaled to MAX_SIDE before.

    A picture with a side below MIN_SIDE has quality 0 and a hash of zeros.
    """
    height, width = luma.shape
    if min(height, width) < MIN_SIDE:
        return PdqHash(np.zeros((8, 4), np.uint64), 0)
    for _round in range(2):
        luma = _smoothed(luma)
    grids = [
        luma[_middles(height, is_flipped=down)][:, _middles(width, is_flipped=across)]
        for down, across in ((False, False), (False, True), (True, False), (True, True))
    ]
    cosines = _cosines()
    upright, mirrored, upside_down, turned = (cosines @ grid @ cosines.T for grid in grids)
    positions = (
        *(upright, mirrored.T, turned, upside_down.T),
        *(upside_down, mirrored, upright.T, turned.T),
    )
    return PdqHash(_bits(np.stack(positions)), _quality(grids[0]))


def distance(one: str, other: str) -> int:
    """In how many of 256 bits two hashes of 64 hex digits differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def variants_of(value: str) -> Words:
    """uint64, (8, 4): about what the turned and mirrored picture hashes to, from the hash alone.

    The first is exact; the others differ by some bits, as a hash does not say where the median lies, nor what
    stands between the points that were sampled.
    """
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(value), np.uint8))[::-1]
    signs = bits.reshape(FREQUENCIES, FREQUENCIES).astype(np.float32) - 0.5
    flat = (_positions(signs) > 0).reshape(len(VARIANTS), -1)
    return np.packbits(flat[:, ::-1], axis=1).view(">u8").astype(np.uint64)


def _smoothed(luma: Floats) -> Floats:
    """The mean over a window of a 128th of each side; at the borders over what there is of it."""
    (down, below), (across, right) = (_window(length) for length in luma.shape)
    sums = cv2.boxFilter(
        luma,
        cv2.CV_32F,
        (across, down),
        anchor=(across - right, down - below),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
    return np.asarray(sums / (_counts(luma.shape[0])[:, None] * _counts(luma.shape[1])[None, :]), np.float32)


def _window(length: int) -> tuple[int, int]:
    """The window's length in pixels, and how many of them lie at its middle or behind."""
    window = (length + 2 * GRID - 1) // (2 * GRID)
    return window, (window + 2) // 2


@lru_cache(maxsize=256)
def _counts(length: int) -> Floats:
    """float32, (length,): how many pixels of the window lie inside, for each place."""
    window, ahead = _window(length)
    at = np.arange(length)
    counts = np.minimum(at + ahead, length) - np.maximum(at + ahead - window, 0)
    return np.asarray(counts, np.float32)


@lru_cache(maxsize=1024)
def _middles(length: int, *, is_flipped: bool) -> npt.NDArray[np.intp]:
    """Where the middles of 64 equal parts are; of the flipped side, where they are in the side as it lies.

    A window of even length reaches one pixel further ahead, so that two of them read two pixels aside.
    """
    middles = (2 * np.arange(GRID) + 1) * length // (2 * GRID)
    if is_flipped:
        window, ahead = _window(length)
        middles = np.clip(length - 1 - middles + 2 * (window + 1 - 2 * ahead), 0, length - 1)
    return np.asarray(middles, np.intp)


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """float32, (16, 64): the cosine transform's rows 1 to 16."""
    frequency, place = np.arange(1, FREQUENCIES + 1)[:, None], np.arange(GRID)[None, :]
    waves = np.cos(np.pi / (2 * GRID) * frequency * (2 * place + 1))
    return np.asarray(np.sqrt(2 / GRID) * waves, np.float32)


def _positions(spectrum: Floats) -> Floats:
    """float32, (8, 16, 16): the spectrum of the picture turned and mirrored.

    Mirroring changes the sign of every second frequency across; turning is mirroring and exchanging the axes.
    """
    sign = np.where(np.arange(1, FREQUENCIES + 1) % 2, -1, 1).astype(np.float32)
    across, down = sign[None, :], sign[:, None]
    swapped = spectrum.T
    turns = (spectrum, swapped * down, spectrum * across * down, swapped * across)
    mirrored = (spectrum * down, spectrum * across, swapped, swapped * across * down)
    return np.stack([*turns, *mirrored])


def _bits(spectra: Floats) -> Words:
    """uint64, (n, 4): a bit for each frequency above the (lower) median; the last frequency comes first."""
    flat = spectra.reshape(len(spectra), -1)
    middle = flat.shape[1] // 2 - 1
    median = np.partition(flat, middle, axis=1)[:, middle : middle + 1]
    packed = np.packbits((flat > median)[:, ::-1], axis=1)
    return packed.view(">u8").astype(np.uint64)


def _quality(grid: Floats) -> int:
    """Sum of the differences of neighbours on the grid, in whole percent of full contrast, up to 100."""
    steps = [np.abs(np.diff(grid, axis=axis)) * 100 / 255 for axis in (0, 1)]
    total = sum(int(step.astype(np.int32).sum()) for step in steps)
    return min(100, total // 90)
