"""text_check, picture_check: what the policy says of something that an app shows us, without consequences."""

import logging
import threading
import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from moderation.intake import IntakeError, intake_image
from moderation.models.scan import ScanPurpose, ScanRun
from moderation.provenance.scan_labels import scan_labels
from moderation.services.scanning import scan_picture
from moderation.services.strikes import require_good_standing
from moderation.services.texts import scan_text
from moderation.taxonomy import Surface
from moderation.text_errors import CheckPictureRefused, ChecksBusy
from moderation.text_subject import CHECK_KEY
from tongyi_portal.common import roles

logger = logging.getLogger(__name__)
TEXT_SURFACES = (Surface.PROMPT, Surface.QUOTED_TEXT)
PICTURE_SURFACES = (Surface.PHOTO, Surface.GARMENT, Surface.OUTPUT)
_INTAKE_STATUS = {"upload_too_large": 413, "upload_not_an_image": 415, "upload_format_refused": 415}
_one_picture = threading.BoundedSemaphore(1)  # beside the uploads: a tiny file may need hundreds of megabytes


def text_check(*, by: Any, surface: Surface, text: str, job_kind: str = "") -> ScanRun:
    """Judge a text for an app; nothing is kept of it but the run.

    Raises PermissionRefused, AccountSuspended, TextRefused.
    """
    roles.require(by, roles.API_USE)
    require_good_standing(by)
    return scan_text(
        subject_type=CHECK_KEY,
        subject_id=uuid.uuid4(),
        surface=surface,
        text=text,
        job_kind=job_kind,
        owner_id=by.pk,
        purpose=ScanPurpose.CHECK,
    )


def picture_check(*, by: Any, surface: Surface, data: bytes, job_kind: str = "") -> ScanRun:
    """Judge a picture for an app, as if it were uploaded; the pixels are not kept.

    One at a time in each process. Raises PermissionRefused, AccountSuspended, CheckPictureRefused with
    intake's code for a file that is no acceptable picture, ChecksBusy.
    """
    roles.require(by, roles.API_USE)
    require_good_standing(by)
    if not _one_picture.acquire(timeout=settings.UPLOAD_WAIT_SECONDS):
        raise ChecksBusy
    try:
        picture = intake_image(
            data,
            max_bytes=settings.UPLOAD_MAX_BYTES,
            max_pixels=settings.UPLOAD_MAX_PIXELS,
            min_side=settings.UPLOAD_MIN_SIDE,
            stored_max_side=settings.UPLOAD_STORED_MAX_SIDE,
        )
        return scan_picture(
            subject_type=CHECK_KEY,
            subject_id=uuid.uuid4(),
            surface=surface,
            pixels=picture.pixels,
            provenance=scan_labels(picture.provenance),
            job_kind=job_kind,
            owner_id=by.pk,
            purpose=ScanPurpose.CHECK,
        )
    except IntakeError as error:
        logger.info("picture to check refused", extra={"code": error.code, "why": error.why})
        status = _INTAKE_STATUS.get(error.code, 422)
        raise CheckPictureRefused(error.code, gettext(error.message), status, error.details) from error
    finally:
        _one_picture.release()
