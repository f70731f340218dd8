"""Storage key builders, reading and writing of stored files, and signed addresses that expire."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext_lazy as _
from s3transfer.exceptions import RetriesExceededError

from tongyi_portal.common.errors import AppError

UPLOADS, OUTPUTS, PREVIEWS = "uploads", "outputs", "previews"
CHUNK_BYTES = 256 * 1024
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "audio/mp4": "m4a",
}
_SALT = "tongyi_portal.media"


class FileMissing(AppError):
    """A row names a file that the storage does not hold."""

    code = "file_missing"
    http_status = 404
    default_message = _("The file is no longer there.")


class StorageUnavailable(AppError):
    """The disk or the object store failed; the same may work later."""

    code = "storage_unavailable"
    http_status = 503
    default_message = _("The file storage does not answer; try again in a moment.")


@contextmanager
def _one_fault(key: str) -> Iterator[None]:
    """Turn whatever a backend raises into FileMissing or StorageUnavailable."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileMissing(details={"key": key}) from error
    except (OSError, BotoCoreError, ClientError, RetriesExceededError) as error:
        raise StorageUnavailable(details={"key": key}) from error


def pose_key(sha256: str) -> str:
    """Where a pose sequence lies in "uploads"; the same content has the same key."""
    return f"poses/{sha256[:2]}/{sha256}.npz"


def upload_key(upload_id: uuid.UUID, mime: str) -> str:
    """Where a cleaned picture lies in "uploads"."""
    return f"pictures/{upload_id.hex[:2]}/{upload_id}.{EXTENSIONS[mime]}"


def incoming_key(direct_upload_id: uuid.UUID) -> str:
    """Where a picture that is sent to the object store lies in "uploads" until it was looked at."""
    return f"incoming/{direct_upload_id.hex[:2]}/{direct_upload_id}"


def frame_folder(moment: datetime) -> str:
    """The folder in "uploads" that holds the frames of videos that were kept as evidence in one hour."""
    return f"frames/{moment.astimezone(UTC):%Y-%m-%dT%H}"


def frame_key(scan_run_id: uuid.UUID, moment: datetime) -> str:
    """Where the worst frame of a scanned video lies in "uploads"."""
    return f"{frame_folder(moment)}/{scan_run_id}.jpg"


def motion_folder(motion_id: uuid.UUID) -> str:
    """The folder in "uploads" that holds a dance video and its parts; nothing else lies there."""
    return f"motions/{motion_id.hex[:2]}/{motion_id}"


def motion_part_key(motion_id: uuid.UUID, offset: int) -> str:
    """Where a part of a dance video lies; two parts that are sent at the same offset never share a key."""
    return f"{motion_folder(motion_id)}/part-{offset}-{uuid.uuid4().hex}"


def motion_key(motion_id: uuid.UUID) -> str:
    """Where a whole dance video lies; each attempt to put it together has a key of its own."""
    return f"{motion_folder(motion_id)}/whole-{uuid.uuid4().hex}"


def take_folder(job_id: uuid.UUID) -> str:
    """The folder in "uploads" that holds the pictures and sound which one extraction made."""
    return f"takes/{job_id.hex[:2]}/{job_id}"


def preview_folder(version_id: uuid.UUID, job_id: uuid.UUID) -> str:
    """The folder in "previews" that holds what one job made for a version."""
    return f"{version_id}/{job_id}"


def version_folder(version_id: uuid.UUID) -> str:
    """The folder in "uploads" that holds what edits made of a version: its movement and its sound."""
    return f"versions/{version_id.hex[:2]}/{version_id}"


def output_folder(job_id: uuid.UUID) -> str:
    """The folder in "outputs" that holds everything one job stored."""
    return f"{job_id.hex[:2]}/{job_id}"


def output_key(job_id: uuid.UUID, attempt_token: str, role: str, mime: str) -> str:
    """Where an output lies in "outputs"; attempts of one job never write to the same key."""
    return f"{output_folder(job_id)}/{attempt_token}-{role}.{EXTENSIONS[mime]}"


def preview_key(version_id: uuid.UUID, kind: str, character: str, sha256: str, mime: str) -> str:
    """Where a preview lies in "previews"."""
    return (
        f"{version_id}/{'-'.join(part for part in (kind, character, sha256[:16]) if part)}.{EXTENSIONS[mime]}"
    )


def store_bytes(alias: str, key: str, data: bytes) -> str:
    """Write `data`; returns the key that it lies under. A key that is already taken gets an addition.

    Raises StorageUnavailable.
    """
    with _one_fault(key):
        return storages[alias].save(key, ContentFile(data))


def store_file(alias: str, key: str, path: Path) -> str:
    """Write the file at `path`; returns the key that it lies under. Raises StorageUnavailable."""
    with path.open("rb") as file, _one_fault(key):
        return storages[alias].save(key, File(file))


def store_open_file(alias: str, key: str, file: IO[bytes]) -> str:
    """Write an open file from its start; returns its key. Raises StorageUnavailable."""
    with _one_fault(key):
        return storages[alias].save(key, File(file))


def read_bytes(alias: str, key: str) -> bytes:
    """The whole stored file. Raises FileMissing, StorageUnavailable."""
    with _one_fault(key), storages[alias].open(key) as file:
        return bytes(file.read())


def fetch_to(alias: str, key: str, target: Path) -> Path:
    """Copy a stored file to `target` and return it. Raises FileMissing, StorageUnavailable."""
    with target.open("wb") as copy, _one_fault(key), storages[alias].open(key) as source:
        for chunk in source.chunks(CHUNK_BYTES):
            copy.write(chunk)
    return target


def erase(alias: str, key: str) -> None:
    """Remove a stored file; one that is not there is no error. Raises StorageUnavailable."""
    if key:
        with _one_fault(key):
            storages[alias].delete(key)


def keys_below(alias: str, folder: str) -> list[str]:
    """Keys of the files that lie directly in `folder`; empty when there is no such folder.

    Raises StorageUnavailable.
    """
    try:
        with _one_fault(folder):
            _folders, names = storages[alias].listdir(folder)
    except FileMissing:
        return []
    return [f"{folder}/{name}" for name in names]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def exists(alias: str, key: str) -> bool:
    """Whether the storage holds the file. Raises StorageUnavailable."""
    with _one_fault(key):
        return storages[alias].exists(key)


def size_of(alias: str, key: str) -> int:
    """Bytes of a stored file. Raises FileMissing, StorageUnavailable."""
    with _one_fault(key):
        return storages[alias].size(key)


def chunks_of(storage: Storage, key: str, start: int, length: int) -> Iterator[bytes]:
    """`length` bytes of a stored file from `start` on, in chunks; faults are the backend's own."""
    with storage.open(key) as file:
        file.seek(start)
        while length > 0:
            chunk = file.read(min(CHUNK_BYTES, length))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk


def signed_path(kind: str, row_id: uuid.UUID, *, audience: str = "owner") -> str:
    """Path of `/media/<kind>/<id>` with a token that is valid for SIGNED_URL_SECONDS.

    audience "owner": whoever has the address may read what is released or accepted. "staff": the reader must
    also have a session with the right to see the rows, and then sees what is withheld.
    """
    token = TimestampSigner(salt=_SALT).sign(f"{kind}.{row_id}.{audience}").split(":", 1)[1]
    query = {"token": token} if audience == "owner" else {"for": audience, "token": token}
    return f"/media/{kind}/{row_id}?{urlencode(query)}"


def signature_holds(kind: str, row_id: uuid.UUID, *, audience: str, token: str) -> bool:
    """True while `token` is the one that signed_path gave for these, and not too old."""
    try:
        TimestampSigner(salt=_SALT).unsign(
            f"{kind}.{row_id}.{audience}:{token}", max_age=settings.SIGNED_URL_SECONDS
        )
    except BadSignature:
        return False
    return True


def presigned_url(alias: str, key: str, download_name: str = "") -> str | None:
    """An address at the object store itself, or None for storages that have no such thing.

    `download_name`: makes browsers save the file under that name instead of showing it.
    """
    storage = storages[alias]
    if not getattr(storage, "querystring_auth", False):
        return None
    disposition = f'attachment; filename="{download_name}"' if download_name else "inline"
    return str(
        storage.url(  # type: ignore[call-arg]
            key,
            parameters={"ResponseContentDisposition": disposition},
            expire=settings.SIGNED_URL_SECONDS,
        )
    )


@dataclass(frozen=True)
class PresignedForm:
    """A form that whoever has it may send to the object store. fields: to be sent before `file`."""

    url: str
    fields: Mapping[str, str]


def presigned_form(alias: str, key: str, *, mime: str, max_bytes: int, seconds: int) -> PresignedForm | None:
    """A form for one key, media type and size, or None for storages that have no such thing."""
    storage = storages[alias]
    if not getattr(storage, "querystring_auth", False):
        return None
    form = storage.connection.meta.client.generate_presigned_post(  # type: ignore[attr-defined]
        Bucket=storage.bucket_name,  # type: ignore[attr-defined]
        Key=f"{storage.location}/{key}",  # type: ignore[attr-defined]
        Fields={"Content-Type": mime},
        Conditions=[{"Content-Type": mime}, ["content-length-range", 1, max_bytes]],
        ExpiresIn=seconds,
    )
    return PresignedForm(form["url"], form["fields"])
