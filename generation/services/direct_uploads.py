"""direct_upload_open, direct_upload_complete, direct_uploads_expire: pictures by way of the object store."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from generation.errors import (
    DirectUploadBusy,
    DirectUploadMissing,
    DirectUploadsUnavailable,
    PictureRefused,
)
from generation.models import DirectUpload, Upload, UploadSurface
from generation.services.uploads import upload_accept
from moderation.services.consents import ConsentGiven
from moderation.services.strikes import require_good_standing
from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.common import storage
from tongyi_portal.common.storage import PresignedForm

TAKEN_FOR = timedelta(minutes=2)
EXPIRED_AT_ONCE = 500


def direct_upload_open(
    *, by: User, surface: UploadSurface, mime: str, token: ApiToken | None = None
) -> tuple[DirectUpload, PresignedForm]:
    """A form with which the picture can be sent to the object store for DIRECT_UPLOAD_SECONDS.

    Raises DirectUploadsUnavailable on a site whose files lie on a disk, AccountSuspended.
    """
    require_good_standing(by)
    direct_id = uuid.uuid4()
    key = storage.incoming_key(direct_id)
    form = storage.presigned_form(
        storage.UPLOADS,
        key,
        mime=mime,
        max_bytes=settings.UPLOAD_MAX_BYTES,
        seconds=settings.DIRECT_UPLOAD_SECONDS,
    )
    if form is None:
        raise DirectUploadsUnavailable
    direct = DirectUpload.objects.create(
        pk=direct_id,
        owner=by,
        token=token,
        surface=surface,
        mime=mime,
        key=key,
        expires_at=timezone.now() + timedelta(seconds=settings.DIRECT_UPLOAD_SECONDS),
    )
    return direct, form


def direct_upload_complete(*, direct: DirectUpload, consent: ConsentGiven | None = None) -> Upload:
    """Make an upload of what has arrived, judged like any other, and erase the original.

    Doing it again gives the same upload. Of a picture that is refused the original is erased, too; another
    one may be sent. Raises DirectUploadMissing, DirectUploadBusy, and like upload_accept.
    """
    if direct.upload is not None:
        return direct.upload
    _take(direct)
    try:
        upload = upload_accept(
            by=direct.owner,
            data=_original(direct),
            surface=UploadSurface(direct.surface),
            token=direct.token,
            consent=consent,
        )
        DirectUpload.objects.filter(pk=direct.pk).update(upload=upload)
    except PictureRefused:
        storage.erase(storage.UPLOADS, direct.key)
        raise
    finally:
        DirectUpload.objects.filter(pk=direct.pk).update(taken_until=None)
    storage.erase(storage.UPLOADS, direct.key)
    return upload


def direct_uploads_expire() -> int:
    """Erase what lies past its time, originals and rows; returns how many. Raises StorageUnavailable.

    Also of what was completed: whoever had the form may have sent it again afterwards.
    """
    gone = DirectUpload.objects.filter(expires_at__lt=timezone.now()).order_by("expires_at")[:EXPIRED_AT_ONCE]
    for direct in gone:
        storage.erase(storage.UPLOADS, direct.key)
        direct.delete()
    return len(gone)


def direct_uploads_erase_of(owner_id: uuid.UUID) -> None:
    """Erase all originals that an account has on the way. Raises StorageUnavailable."""
    for direct in DirectUpload.objects.filter(owner_id=owner_id):
        storage.erase(storage.UPLOADS, direct.key)


def _take(direct: DirectUpload) -> None:
    now = timezone.now()
    free = Q(taken_until__isnull=True) | Q(taken_until__lt=now)
    rows = DirectUpload.objects.filter(free, pk=direct.pk, upload__isnull=True)
    if not rows.update(taken_until=now + TAKEN_FOR):
        raise DirectUploadBusy


def _original(direct: DirectUpload) -> bytes:
    """What was sent; not every store keeps to the size that the form allows."""
    try:
        if storage.size_of(storage.UPLOADS, direct.key) > settings.UPLOAD_MAX_BYTES:
            message = gettext("The file is larger than allowed.")
            limit = {"max_bytes": settings.UPLOAD_MAX_BYTES}
            raise PictureRefused("upload_too_large", message, 413, limit)
        return storage.read_bytes(storage.UPLOADS, direct.key)
    except storage.FileMissing as error:
        raise DirectUploadMissing from error
