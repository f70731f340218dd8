"""one_picture: an uploaded picture that is looked at and not kept, one at a time in each process."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext

from moderation.intake import CleanImage, IntakeError, intake_image
from moderation.text_errors import CheckPictureRefused, ChecksBusy

logger = logging.getLogger(__name__)
_INTAKE_STATUS = {"upload_too_large": 413, "upload_not_an_image": 415, "upload_format_refused": 415}
_one_picture = threading.BoundedSemaphore(1)  # beside the uploads: a tiny file may need hundreds of megabytes


@contextmanager
def one_picture(data: bytes) -> Iterator[CleanImage]:
    """The picture, as intake takes it; no other one is taken in meanwhile.

    Raises CheckPictureRefused with intake's code for a file that is no acceptable picture, ChecksBusy.
    """
    if not _one_picture.acquire(timeout=settings.UPLOAD_WAIT_SECONDS):
        raise ChecksBusy
    try:
        yield _taken_in(data)
    finally:
        _one_picture.release()


def _taken_in(data: bytes) -> CleanImage:
    try:
        return intake_image(
            data,
            max_bytes=settings.UPLOAD_MAX_BYTES,
            max_pixels=settings.UPLOAD_MAX_PIXELS,
            min_side=settings.UPLOAD_MIN_SIDE,
            stored_max_side=settings.UPLOAD_STORED_MAX_SIDE,
        )
    except IntakeError as error:
        logger.info("picture refused", extra={"code": error.code, "why": error.why})
        status = _INTAKE_STATUS.get(error.code, 422)
        raise CheckPictureRefused(error.code, gettext(error.message), status, error.details) from error
