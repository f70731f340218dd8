"""text_check, picture_check: what the policy says of something that an app shows us, without consequences."""

import uuid
from typing import Any

from moderation.models.scan import ScanPurpose, ScanRun
from moderation.provenance.scan_labels import scan_labels
from moderation.services.picture_intake import one_picture
from moderation.services.scanning import scan_picture
from moderation.services.strikes import require_good_standing
from moderation.services.texts import scan_text
from moderation.taxonomy import Surface
from moderation.text_subject import CHECK_KEY
from tongyi_portal.common import roles

TEXT_SURFACES = (Surface.PROMPT, Surface.QUOTED_TEXT)
PICTURE_SURFACES = (Surface.PHOTO, Surface.GARMENT, Surface.OUTPUT)


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
    with one_picture(data) as picture:
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
