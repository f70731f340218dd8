"""Says whether a photo can dance, and why not: the same checks for the API and the engine. Pure Python."""

import numpy as np
import numpy.typing as npt

from generation.engines.base import EngineError
from tongyi_portal.vision.pose import BodyPose, PoseEstimator

Image = npt.NDArray[np.uint8]


def find_dancer(image: Image, estimator: PoseEstimator) -> BodyPose:
    people = estimator.detect(image, with_mask=True)
    if not people:
        raise EngineError("photo_no_person", "No person.", is_users_fault=True)
    return people[0]
