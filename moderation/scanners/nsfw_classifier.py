"""NsfwClassifier: how explicit a whole picture is, with Yahoo's open_nsfw network. Pure Python.

Input as the network was trained: 256 x 256 bilinear without keeping the aspect, the middle 224 x 224,
through one JPEG round trip, BGR minus the mean of its training set. It knows photographs; drawings it
judges by chance.
"""

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity
from tongyi_portal.vision.sessions import session

RESIZED_SIDE, INPUT_SIDE = 256, 224
LEAST_SIDE = 400  # pixels of the shared copy it starts from; less would blur
TRAINING_MEAN_BGR = (104.0, 117.0, 123.0)


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
    picture = picture.resize((RESIZED_SIDE, RESIZED_SIDE), Image.Resampling.BILINEAR)
    edge = (RESIZED_SIDE - INPUT_SIDE) // 2
    picture = picture.crop((edge, edge, edge + INPUT_SIDE, edge + INPUT_SIDE))
    with BytesIO() as jpeg:
        picture.save(jpeg, format="JPEG")
        middle = np.asarray(Image.open(jpeg), dtype=np.float32)
    return np.ascontiguousarray(middle[None, :, :, ::-1] - np.array(TRAINING_MEAN_BGR, np.float32))
