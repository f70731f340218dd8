"""find_cuts: where one shot ends and another begins, by structure and colour of neighbouring frames.

Pure Python. A cut is a change of the picture's edges that stands out from the changes around it and stays: a
fast dance or pan changes the picture in every frame, a flash goes back to what was there before.
"""

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

THUMB_SIDE = 64
BLUR = 1.5  # pixels of a thumbnail; edges then survive small movements
CHANGE = 0.5  # 1 - correlation of the edges of two frames across a cut, at least
CHANGE_WITH_COLOUR = 0.3  # enough where the colours change as well
COLOUR_CHANGE = 0.35  # share of the pixels that change their colour
STANDS_OUT = 2.2  # times the changes around it
AROUND_SECONDS = 0.3
FLASH_SECONDS = 0.5  # the picture of before a flash is back within
APART_SECONDS = 0.2  # two cuts are at least this far apart; a transition of a few frames is one


def find_cuts(thumbs: npt.NDArray[np.uint8], fps: float) -> list[int]:
    """The first frame of every shot but the first.

    thumbs (uint8, (frames, 64, 64, 3)): small RGB pictures of all frames, in order.
    """
    if len(thumbs) < 3:
        return []
    edges = np.stack([_edges(thumb) for thumb in thumbs])
    colours = np.stack([_colours(thumb) for thumb in thumbs])
    change = 1 - (edges[1:] * edges[:-1]).sum(axis=1)
    recoloured = 1 - np.minimum(colours[1:], colours[:-1]).sum(axis=1)
    around, flash = max(2, round(AROUND_SECONDS * fps)), max(2, round(FLASH_SECONDS * fps))
    cuts: list[int] = []
    for at in np.flatnonzero(change > CHANGE_WITH_COLOUR):
        if change[at] < CHANGE and recoloured[at] < COLOUR_CHANGE:
            continue
        if change[at] < STANDS_OUT * _around(change, int(at), around):
            continue
        if _comes_back(edges, int(at), flash):
            continue
        if not cuts or at + 1 - cuts[-1] > APART_SECONDS * fps:
            cuts.append(int(at) + 1)
    return cuts


def _edges(thumb: npt.NDArray[np.uint8]) -> Floats:
    """Where the picture's edges are, as a vector of length 1 without its mean: the light does not count."""
    grey = cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength = cv2.GaussianBlur(np.sqrt(cv2.magnitude(across, down)), (0, 0), BLUR)
    flat = strength.ravel() - strength.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-3), np.float32)


def _colours(thumb: npt.NDArray[np.uint8]) -> Floats:
    """Shares of the pixels by hue and saturation; brightness does not count."""
    hsv = cv2.cvtColor(thumb, cv2.COLOR_RGB2HSV)
    counts = np.asarray(cv2.calcHist([hsv], [0, 1], None, [12, 4], [0, 180, 0, 256]), np.float32)
    counts = cv2.GaussianBlur(counts, (3, 3), 0)
    return np.asarray(counts.ravel() / max(float(counts.sum()), 1e-3), np.float32)


def _around(change: Floats, at: int, reach: int) -> float:
    """The strongest change near by, without the neighbours that belong to the same transition or flash."""
    before, after = change[max(0, at - reach) : max(0, at - 1)], change[at + 2 : at + 1 + reach]
    near = np.concatenate([before, after])
    return float(np.median(near) + near.std()) if len(near) else 0.0


def _comes_back(edges: Floats, at: int, reach: int) -> bool:
    """Within `reach` frames one looks like a frame before `at`, as after a flash or something passing by."""
    before = edges[max(0, at - 2) : at + 1]
    after = edges[at + 2 : at + 2 + reach]
    return bool(len(after)) and float((before @ after.T).max()) > 1 - CHANGE_WITH_COLOUR
