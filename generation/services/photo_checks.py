"""photo_check: can the person in an upload dance, and if not, why."""

import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from generation.errors import UploadNotFound
from generation.models import Upload
from tongyi_portal.common import storage

if TYPE_CHECKING:
    from generation.photo_check import PhotoReport
    from tongyi_portal.vision.pose import PoseEstimator

_one_at_a_time = threading.Lock()


def photo_check(*, upload: Upload) -> "PhotoReport":
    """Look at a stored photo; changes nothing. Raises UploadNotFound for an erased one, FileMissing."""
    from generation.photo_check import check_photo  # heavy, and most web processes never need it
    from tongyi_portal.vision.media import read_image

    if upload.is_erased:
        raise UploadNotFound
    with tempfile.TemporaryDirectory() as folder:
        image = read_image(storage.fetch_to(storage.UPLOADS, upload.key, Path(folder) / "photo"))
    with _one_at_a_time:
        return check_photo(image, _estimator())


@cache
def _estimator() -> "PoseEstimator":
    """Loaded once in this process."""
    from tongyi_portal.vision.model_files import ModelFiles
    from tongyi_portal.vision.pose import PoseEstimator

    estimator = PoseEstimator(ModelFiles(settings.MODELS_ROOT))
    estimator.load()
    return estimator
