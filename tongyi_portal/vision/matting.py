"""PersonMatte: a picture and a found body in, a soft alpha matte out; foreground colours. Pure Python.

Sources: Rother et al., "GrabCut" (SIGGRAPH 2004); He et al., "Guided Image Filtering" (PAMI 2013), with its
colour guide; Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021) for the colours.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import BodyPose
from tongyi_portal.vision.regions import Floats, Image, Region
from tongyi_portal.vision.ssd import invoke

Box = tuple[int, int, int, int]

SEGMENT_SIDE = 256
CUT_HEIGHT = 480  # GrabCut works on the person scaled to at most this many pixels on the long side
CUT_ROUNDS = 2
CUT_BANDS = 5
GAP_DEPTH, GAP_LIMIT, GAP_COLOUR_DISTANCE = 0.35, 0.55, 130.0  # the last in 8-bit RGB
MIN_COLOUR_SAMPLES = 50  # a colour mixture of five needs some pixels on each side
SURE_INSIDE, SURE_OUTSIDE = 0.85, 0.1
UNSURE_VOTE = 0.8  # weight of the second model where the first says 0.5
LEFT_HIP, RIGHT_HIP, LEFT_SHOULDER, RIGHT_SHOULDER = 23, 24, 11, 12


class PersonMatte:
    """Cuts one person out of a picture with soft edges. About 0.2 s for 576x1024.

    models: where the weights lie. threads: CPU threads for the model run.
    One instance serves one thread at a time.
    """

    def __init__(self, models: ModelFiles, threads: int = 1) -> None:
        self.models = models
        self.threads = threads
        self._segmenter: Any = None

    def load(self) -> None:
        """Read the weights; called by itself on first use. Raises ModelFileMissing. Idempotent."""
        if self._segmenter is not None:
            return
        from ai_edge_litert.interpreter import Interpreter

        segmenter = Interpreter(str(self.models.path("selfie_segmentation")), num_threads=self.threads)
        segmenter.allocate_tensors()
        self._segmenter = segmenter

    def matte(self, image: Image, pose: BodyPose) -> Floats:
        """How much of each pixel the person covers, float32 (height, width), 0 to 1; only pieces with joints.

        image (uint8, (height, width, 3)): RGB. pose: found in this picture `with_mask=True`.
        Raises ValueError when the pose has no mask of the picture's size, ModelFileMissing.
        """
        if pose.mask is None or pose.mask.shape != image.shape[:2]:
            raise ValueError("matte needs a pose that was found in this picture with_mask=True")
        self.load()
        alpha = np.zeros(image.shape[:2], np.float32)
        box = _padded(pose.box, image.shape[:2], part=0.08)
        x0, y0, x1, y1 = box
        if x1 - x0 < 8 or y1 - y0 < 8:
            return alpha
        picture = np.ascontiguousarray(image[y0:y1, x0:x1])
        prior = self._prior(image, pose.mask, pose.points, box)
        points = (pose.points[pose.confidence > 0.5, :2] - (x0, y0)).astype(np.float32)
        solid = _grab_cut(picture, prior)
        solid = _joined(solid, prior, points)
        alpha[y0:y1, x0:x1] = _soft_edge(picture, solid)
        return alpha

    def _prior(self, image: Image, mask: Floats, points: Floats, box: Box) -> Floats:
        """Person probability in `box`: the pose mask; where it is unsure above the hips, a finer one too."""
        x0, y0, x1, y1 = box
        prior = mask[y0:y1, x0:x1].copy()
        hips = float(points[[LEFT_HIP, RIGHT_HIP], 1].mean())
        shoulders = float(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 1].mean())
        torso = hips - shoulders
        if torso < 0.15 * (y1 - y0):  # lying or bent: the finer model knows upright people only
            return prior
        side = max(hips - y0, float(x1 - x0))
        middle = (x0 + x1) / 2
        fine = self._segment(image, middle - side / 2, float(y0), side)[y0:y1, x0:x1]
        rows = np.arange(y0, y1, dtype=np.float32)
        upper = np.clip((hips - 0.15 * torso - rows) / (0.3 * torso), 0, 1)[:, None]
        weight = UNSURE_VOTE * upper * (1 - np.abs(2 * prior - 1))
        return np.asarray(prior * (1 - weight) + fine * weight, np.float32)

    def _segment(self, image: Image, left: float, top: float, side: float) -> Floats:
        """The segmentation of one square of the picture, laid back into the picture."""
        region = Region(left + side / 2, top + side / 2, side, 0.0)
        crop = region.crop(image, SEGMENT_SIDE, cv2.BORDER_REPLICATE)
        mask = invoke(self._segmenter, crop.astype(np.float32) / 255.0)[0][0, :, :, 0]
        return region.paste_mask(mask, *image.shape[:2])


def foreground_colours(image: Image, alpha: Floats) -> Image:
    """The person's own colour of every pixel, without the background that shines through soft edges.

    image (uint8, (height, width, 3)), alpha (float32, (height, width)) of the same picture. Pixels outside
    the matte are filled from the foreground near by, so that a moved part carries no fringe when resampled.
    """
    colours = image.astype(np.float32)
    cover = alpha[:, :, None]
    behind = colours
    front = colours
    for radius in (90, 6):
        front, behind = _blurred_colours(colours, front, behind, cover, min(radius, min(alpha.shape)))
    front = np.where(cover > 0.99, colours, np.clip(front, 0, 255))
    return np.asarray(front.round(), np.uint8)


def _blurred_colours(
    colours: Floats, front: Floats, behind: Floats, cover: Floats, radius: int
) -> tuple[Floats, Floats]:
    """One round of Forte's estimate: smooth front and back colours that explain the picture together."""
    size = (2 * radius + 1, 2 * radius + 1)
    weight = cv2.blur(cover, size)[:, :, None]
    smooth_front = cv2.blur(front * cover, size) / (weight + 1e-5)
    smooth_behind = cv2.blur(behind * (1 - cover), size) / (1 - weight + 1e-5)
    rest = colours - cover * smooth_front - (1 - cover) * smooth_behind
    return (
        np.asarray(np.clip(smooth_front + cover * rest, 0, 255), np.float32),
        np.asarray(np.clip(smooth_behind, 0, 255), np.float32),
    )


def _padded(box: tuple[float, float, float, float], shape: tuple[int, int], *, part: float) -> Box:
    """The box in whole pixels, grown by a part of its longer side, clipped to the picture."""
    grow = max(16.0, part * max(box[2] - box[0], box[3] - box[1]))
    height, width = shape
    return (
        max(0, int(box[0] - grow)),
        max(0, int(box[1] - grow)),
        min(width, int(np.ceil(box[2] + grow))),
        min(height, int(np.ceil(box[3] + grow))),
    )


def _grab_cut(picture: Image, prior: Floats) -> Floats:
    """Foreground 0..1 of the picture: GrabCut where the prior is unsure, in bands with colours of their own.

    White shoes on a pale floor are lost when a white shirt or wall shares their colour model: so the person
    is cut in overlapping bands along the long side, each with its own models, blended at the overlap.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, CUT_HEIGHT / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    guess = np.asarray(cv2.resize(prior, size, interpolation=cv2.INTER_AREA), np.float32)
    gap = _gaps(small, guess)
    is_tall = size[1] >= size[0]
    if not is_tall:
        small = np.ascontiguousarray(small.transpose(1, 0, 2))
        guess, gap = np.ascontiguousarray(guess.T), np.ascontiguousarray(gap.T)
    rows = len(guess)
    band = rows / (CUT_BANDS + 1)
    total, weights = np.zeros_like(guess), np.zeros((rows, 1), np.float32)
    for index in range(CUT_BANDS):
        first, last = round(index * band), round((index + 2) * band)
        middle = (first + last) / 2
        tent = 1.02 - np.abs(np.arange(first, last) + 0.5 - middle) / (last - middle)
        weight = tent.astype(np.float32)[:, None]
        total[first:last] += weight * _cut_band(small[first:last], guess[first:last], gap[first:last])
        weights[first:last] += weight
    solid = total / weights
    solid = solid if is_tall else solid.T
    return np.asarray(cv2.resize(solid, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _gaps(picture: Image, guess: Floats) -> npt.NDArray[np.bool_]:
    """Narrow background between limbs: valleys of the prior, coloured like the background near by."""
    reach = max(guess.shape) // 24
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    depth = cv2.morphologyEx(guess, cv2.MORPH_BLACKHAT, kernel)
    outside = (guess < SURE_OUTSIDE).astype(np.float32)
    size = (6 * reach + 1, 6 * reach + 1)
    near = cv2.blur(picture * outside[:, :, None], size) / (cv2.blur(outside, size)[:, :, None] + 1e-4)
    is_alike = np.linalg.norm(picture - near, axis=2) < GAP_COLOUR_DISTANCE
    return np.asarray((depth > GAP_DEPTH) & (guess < GAP_LIMIT) & is_alike, np.bool_)


def _cut_band(picture: Image, guess: Floats, gap: npt.NDArray[np.bool_]) -> Floats:
    """GrabCut of one band; the prior itself where it leaves nothing to tell apart."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    labels = np.where(guess > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[cv2.erode((guess > SURE_INSIDE).astype(np.uint8), kernel) > 0] = cv2.GC_FGD
    labels[cv2.erode((guess < SURE_OUTSIDE).astype(np.uint8), kernel) > 0] = cv2.GC_BGD
    labels[gap] = cv2.GC_BGD
    inside = np.count_nonzero(labels & 1)  # GC_FGD and GC_PR_FGD are odd
    if min(inside, labels.size - inside) < MIN_COLOUR_SAMPLES:
        return (guess > 0.5).astype(np.float32)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # its k-means draws from OpenCV's own generator: the same picture, the same matte
    cut, *_ = cv2.grabCut(picture, labels, (0, 0, 1, 1), *models, CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return (np.asarray(cut, np.uint8) & 1).astype(np.float32)


def _joined(solid: Floats, prior: Floats, points: Floats) -> Floats:
    """Keep the pieces that carry certain joints, and fill pin-holes and holes that the prior calls person."""
    hard = (solid > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hard)
    if count <= 1:
        return solid
    areas = stats[:, cv2.CC_STAT_AREA]
    largest = 1 + int(np.argmax(areas[1:]))
    height, width = hard.shape
    at = np.clip(points.astype(int), 0, (width - 1, height - 1))
    carried = {int(label) for label in labels[at[:, 1], at[:, 0]] if label}
    keep = {largest} | {label for label in carried if areas[label] > 0.01 * areas[largest]}
    out = solid * np.isin(labels, list(keep))
    return _filled(np.asarray(out, np.float32), prior, int(areas[largest]))


def _filled(solid: Floats, prior: Floats, person_area: int) -> Floats:
    """Close holes that are tiny, or that the prior holds for person on average."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (solid <= 0.5).astype(np.uint8), connectivity=4
    )
    height, width = solid.shape
    out = solid.copy()
    for label in range(1, count):
        x, y, across, down, area = stats[label]
        if x == 0 or y == 0 or x + across == width or y + down == height:
            continue
        hole = labels == label
        if area < 0.0004 * person_area or float(prior[hole].mean()) > 0.6:
            out[cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 1.0
    return out


def _soft_edge(picture: Image, solid: Floats) -> Floats:
    """Turn the hard outline into coverage that follows the picture's edges; exactly 0 and 1 away from it."""
    long = max(picture.shape[:2])
    reach = max(2, round(long / 180))
    alpha = _guided(picture, solid, radius=reach, epsilon=2e-4)
    alpha = np.clip((alpha - 0.15) / 0.7, 0, 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    alpha[cv2.erode((solid > 0.5).astype(np.uint8), kernel) > 0] = 1.0
    alpha[cv2.dilate((solid > 0.5).astype(np.uint8), kernel) == 0] = 0.0
    return np.asarray(alpha, np.float32)


def _guided(picture: Image, values: Floats, *, radius: int, epsilon: float) -> Floats:
    """Colour guided filter: `values` (float32, (height, width)) smoothed along the edges of the RGB picture.

    The 3x3 systems are solved only where `values` varies within the window; elsewhere the slope is zero.
    """
    size = (2 * radius + 1, 2 * radius + 1)
    guide = picture.astype(np.float32) / 255.0
    mean = cv2.blur(guide, size)
    mean_value = cv2.blur(values, size)
    varies = (mean_value > 1e-4) & (mean_value < 1 - 1e-4)
    with_value = cv2.blur(guide * values[:, :, None], size) - mean * mean_value[:, :, None]
    covariance = np.empty((int(varies.sum()), 3, 3), np.float32)
    for one, two in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)):
        spread = cv2.blur(guide[:, :, one] * guide[:, :, two], size) - mean[:, :, one] * mean[:, :, two]
        covariance[:, one, two] = covariance[:, two, one] = spread[varies] + (epsilon if one == two else 0)
    slope = np.zeros_like(guide)
    slope[varies] = np.linalg.solve(covariance, with_value[varies][:, :, None])[:, :, 0]
    offset = mean_value - (slope * mean).sum(axis=2)
    return np.asarray((cv2.blur(slope, size) * guide).sum(axis=2) + cv2.blur(offset, size), np.float32)
