"""What can happen to uploads: upload_accept, upload_judge, upload_decide, upload_erase, upload_wipe."""

import logging
import tempfile
import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from generation.errors import PictureRefused, UploadUnusable
from generation.models import Upload, UploadSurface
from generation.services.job_events import upload_facts
from generation.services.jobs import jobs_follow_upload
from generation.services.upload_slots import upload_slot
from generation.states import UPLOAD, UploadState
from moderation.intake import IntakeError, intake_image
from moderation.models.consent import ConsentChannel, ConsentRecord
from moderation.provenance.reading import Provenance
from moderation.provenance.scan_labels import scan_labels
from moderation.services.consents import ConsentGiven, consent_give
from moderation.services.reviews import review_withdraw
from moderation.services.scanning import scan_picture
from moderation.services.strikes import require_good_standing
from moderation.taxonomy import Surface, Verdict
from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.common import storage
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.services.recording import usage_record
from tongyi_portal.vision.media import read_image

logger = logging.getLogger(__name__)
SUBJECT_KEY = "upload"
UNJUDGED_AFTER = timedelta(minutes=2)
WIPED_AT_ONCE = 500
_AFTER_VERDICT = {
    Verdict.PASS: UploadState.ACCEPTED,
    Verdict.REVIEW: UploadState.IN_REVIEW,
    Verdict.BLOCK: UploadState.BLOCKED,
}
_INTAKE_STATUS = {"upload_too_large": 413, "upload_not_an_image": 415, "upload_format_refused": 415}


@upload_slot()
def upload_accept(
    *,
    by: User,
    data: bytes,
    surface: UploadSurface,
    token: ApiToken | None = None,
    consent: ConsentGiven | None = None,
) -> Upload:
    """Clean, store and judge a picture; it comes back accepted, in review or blocked.

    The row is there before the file, so that no file is ever without one. consent: of the person in it, where
    it is given together with the picture. Raises AccountSuspended, PictureRefused with intake's code for a
    file that is not an acceptable picture, ConsentInvalid, UploadsBusy, StorageUnavailable.
    """
    require_good_standing(by)
    try:
        picture = intake_image(
            data,
            max_bytes=settings.UPLOAD_MAX_BYTES,
            max_pixels=settings.UPLOAD_MAX_PIXELS,
            min_side=settings.UPLOAD_MIN_SIDE,
            stored_max_side=settings.UPLOAD_STORED_MAX_SIDE,
        )
    except IntakeError as error:
        logger.info("picture refused", extra={"code": error.code, "why": error.why})
        status = intake_status(error.code)
        raise PictureRefused(error.code, gettext(error.message), status, error.details) from error
    upload = Upload(
        owner=by,
        token=token,
        surface=surface,
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
        byte_size=len(picture.data),
        sha256=picture.sha256,
        provenance=picture.provenance.as_json() if picture.provenance.labels else {},
    )
    upload.key = storage.upload_key(upload.pk, picture.mime)  # of a new id, so nothing lies there yet
    with transaction.atomic():
        upload.save(force_insert=True)
        facts = upload_facts(upload) | {"account_id": upload.owner_id}
        usage_record(kind=UsageKind.UPLOAD, at=upload.created_at, **facts)
        if consent is not None:
            upload_consent(upload=upload, given=consent, by=by, token=token)
    try:
        storage.store_bytes(storage.UPLOADS, upload.key, picture.data)
    except storage.StorageUnavailable:
        upload_erase(upload=upload)
        raise
    return upload_judge(upload=upload, pixels=picture.pixels)


def intake_status(code: str) -> int:
    """The HTTP status of a picture that intake refuses."""
    return _INTAKE_STATUS.get(code, 422)


def upload_consent(
    *, upload: Upload, given: ConsentGiven, by: User, token: ApiToken | None = None
) -> ConsentRecord:
    """Record that the person in a picture agrees; a newer consent replaces an earlier one.

    Raises ConsentInvalid, and UploadUnusable for an erased picture.
    """
    if upload.is_erased:
        raise UploadUnusable(details={"upload": str(upload.pk)})
    return consent_give(
        subject_type=SUBJECT_KEY,
        subject_id=upload.pk,
        owner=by,
        given=given,
        channel=ConsentChannel.STUDIO if token is None else ConsentChannel.API,
    )


def upload_judge(*, upload: Upload, pixels: npt.NDArray[np.uint8]) -> Upload:
    """Scan a picture and act on the verdict; one that was judged before stays as it is."""
    run = scan_picture(
        subject_type=SUBJECT_KEY,
        subject_id=upload.pk,
        surface=Surface(upload.surface),
        pixels=pixels,
        owner_id=upload.owner_id,
        provenance=scan_labels(Provenance.from_json(upload.provenance)),
    )
    try:
        _settle(upload, _AFTER_VERDICT[Verdict(run.verdict)], run.reason_codes, only_from=UploadState.PENDING)
    except TransitionRefused:
        upload.refresh_from_db()
    return upload


def upload_judge_stored(*, upload: Upload) -> Upload:
    """upload_judge for a picture whose first scan was interrupted; one that was never stored is erased.

    Raises StorageUnavailable.
    """
    if upload.state != UploadState.PENDING:
        return upload
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = storage.fetch_to(storage.UPLOADS, upload.key, Path(folder) / "picture")
        except storage.FileMissing:
            logger.warning("picture was never stored", extra={"upload_id": str(upload.pk)})
            return upload_erase(upload=upload)
        return upload_judge(upload=upload, pixels=read_image(path))


@transaction.atomic
def upload_decide(*, upload_id: uuid.UUID, approved: bool, reason_codes: Collection[str]) -> None:
    """Act on a person's decision: jobs that waited for it are queued or rejected. Safe to call twice."""
    upload = Upload.objects.select_for_update(of=("self",)).filter(pk=upload_id).first()
    if upload is None:
        logger.info("decision on an upload that is gone", extra={"upload_id": str(upload_id)})
        return
    target = UploadState.ACCEPTED if approved else UploadState.BLOCKED
    if upload.state != target:
        _settle(upload, target, [] if approved else reason_codes)


@transaction.atomic
def upload_erase(*, upload: Upload) -> Upload:
    """Take the picture from everybody at once and wipe its pixels on commit; unfinished jobs are cancelled.

    Erasing twice changes nothing. While the storage fails the row keeps its key, and upload_wipe is tried
    again.
    """
    upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
    if upload.is_erased:
        return upload
    upload.deleted_at = timezone.now()
    upload.save(update_fields=["deleted_at", "updated_at"])
    usage_record(kind=UsageKind.DELETED, at=upload.deleted_at, **upload_facts(upload))
    transaction.on_commit(lambda: upload_wipe(upload_id=upload.pk), robust=True)
    review_withdraw(SUBJECT_KEY, upload.pk)
    jobs_follow_upload(upload=upload)
    return upload


def upload_wipe(*, upload_id: uuid.UUID) -> None:
    """Remove the file of an erased upload, and only then its key. Safe to call twice.

    Raises StorageUnavailable.
    """
    erased = Upload.objects.filter(pk=upload_id, deleted_at__isnull=False).exclude(key="").first()
    if erased is not None:
        storage.erase(storage.UPLOADS, erased.key)
        Upload.objects.filter(pk=upload_id).update(key="", updated_at=timezone.now())


def uploads_unwiped() -> list[uuid.UUID]:
    """Erased uploads whose file is still there, the longest erased first."""
    unwiped = Upload.objects.filter(deleted_at__isnull=False).exclude(key="").order_by("deleted_at")
    return list(unwiped.values_list("pk", flat=True)[:WIPED_AT_ONCE])


def uploads_unjudged() -> list[uuid.UUID]:
    """Uploads whose scan was interrupted, so that somebody scans them again."""
    before = timezone.now() - UNJUDGED_AFTER
    pending = Upload.objects.filter(state=UploadState.PENDING, deleted_at__isnull=True, created_at__lt=before)
    return list(pending.values_list("pk", flat=True)[:20])


@transaction.atomic
def _settle(
    upload: Upload,
    target: UploadState,
    reason_codes: Collection[str],
    *,
    only_from: UploadState | None = None,
) -> None:
    guard = {"state": only_from} if only_from else None
    UPLOAD.move(upload, target, guard=guard, reason_codes=list(reason_codes))
    if target != UploadState.IN_REVIEW:
        jobs_follow_upload(upload=upload)
