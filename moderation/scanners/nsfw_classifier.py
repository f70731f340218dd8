"""NsfwClassifier: how explicit a whole picture is, with Yahoo's open_nsfw network. Pure Python.

Input as the network was trained: 256 x 256 bilinear without keeping the aspect, the middle 224 x 224,
through one JPEG round trip, BGR minus the mean of its training set. It knows photographs; drawings it
judges by chance.
"""

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity
from tongyi_portal.vision.sessions import session

RESIZED_SIDE, INPUT_SIDE = 256, 224
EDGE = (RESIZED_SIDE - INPUT_SIDE) / 2 / RESIZED_SIDE  # of each side, outside of the middle
LEAST_SIDE = 400  # pixels of the shared copy it starts from; less would blur
JPEG_QUALITY = 75
TRAINING_MEAN_BGR = np.array([104.0, 117.0, 123.0], np.float32)


class NsfwClassifier:
    """One finding a picture: confidence is the network's probability of "not safe for work" times 100."""

    key = "nsfw_classifier"
    version = "open-nsfw-1.0"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        """Load the network; once per process."""
        session("open_nsfw")

    def scan(self, item: ScanInput) -> list[Finding]:
        """The score, also when it is low: thresholds are the policy's. Raises ValueError without pixels."""
        _safe, explicit = session("open_nsfw").run(None, {"input:0": network_input(item)})[0][0]
        confidence = round(float(explicit) * 100, 2)
        return [Finding(Category.SEXUAL_EXPLICIT, Severity.SERIOUS, confidence, "nsfw")]


def network_input(item: ScanInput) -> npt.NDArray[np.float32]:
    """float32, (1, 224, 224, 3), BGR, mean subtracted.

    Pillow's filter covers all that it shrinks, so it may start from a half or a quarter of the picture: the
    score moves by less than one point.
    """
    picture = Image.fromarray(item.at_least(LEAST_SIDE, LEAST_SIDE))
    width, height = picture.size
    near, far = EDGE, 1 - EDGE
    box = (width * near, height * near, width * far, height * far)
    middle = picture.resize((INPUT_SIDE, INPUT_SIDE), Image.Resampling.BILINEAR, box)
    bgr = cv2.cvtColor(np.asarray(middle), cv2.COLOR_RGB2BGR)
    _done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    again = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.float32)
    rows = again.reshape(INPUT_SIDE, -1) - np.tile(TRAINING_MEAN_BGR, INPUT_SIDE)  # long rows are quicker
    return rows.reshape(1, INPUT_SIDE, INPUT_SIDE, 3)
