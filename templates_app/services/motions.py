"""A dance video on its way in: motion_create, motion_append, motion_abandon, motions_expire, motion_erase."""

import base64
import binascii
import hashlib
import hmac
import logging
import tempfile
import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from moderation.services.audit import audit_append
from moderation.services.reviews import review_withdraw
from moderation.services.strikes import require_good_standing
from templates_app.models import DanceTemplate, MotionPart, MotionVideo, Take
from templates_app.motion_errors import (
    MotionChecksumUnknown,
    MotionChecksumWrong,
    MotionGone,
    MotionNotYours,
    MotionOffsetWrong,
    MotionPartBroken,
    MotionPartTooLarge,
    MotionPartUnmeasured,
    MotionTooLarge,
)
from templates_app.signals import extraction_unwanted
from templates_app.states import MOTION, MotionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.common.queue import enqueue

logger = logging.getLogger(__name__)
SUBJECT_KEY = "motion_video"
CHECK_TASK = "templates_app.tasks.light.check_motion"
CHECKSUMS = ("sha256", "sha1")
SWEPT_AGAIN_FOR = timedelta(hours=1)
AT_ONCE = 200


@transaction.atomic
def motion_create(*, template: DanceTemplate, file_name: str, byte_size: int, by: User) -> MotionVideo:
    """Announce a dance video of so many bytes; its parts follow.

    Raises PermissionRefused, AccountSuspended, MotionTooLarge, MotionPartUnmeasured for an empty one.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    require_good_standing(by)
    if byte_size > settings.MOTION_MAX_BYTES:
        raise MotionTooLarge(details={"bytes": byte_size, "limit": settings.MOTION_MAX_BYTES})
    if byte_size < 1:
        raise MotionPartUnmeasured
    motion = MotionVideo.objects.create(
        template=template, owner=by, file_name=file_name[-200:], byte_size=byte_size
    )
    audit_append(
        action="templates.motion.announced",
        subject=motion,
        actor=by,
        data={"template": template.slug, "bytes": byte_size},
    )
    return motion


def motion_append(
    *, motion: MotionVideo, offset: int, length: int | None, body: IO[bytes], checksum: str = "", by: User
) -> MotionVideo:
    """Store the next part. checksum: "sha256 <base64>", as tus writes it, or empty.

    Only a whole part counts: when the connection breaks, nothing of it is kept. (An object store takes a file
    in one go, and no checksum can be tested on half a part; at most MOTION_PART_MAX_BYTES are lost.) Of two
    parts sent at one offset the first to be stored wins. The owner alone, or a superuser, sends them. With
    the last part the check of the video begins.
    Raises MotionNotYours, MotionGone, MotionOffsetWrong, MotionPartUnmeasured, MotionPartTooLarge,
    MotionPartBroken, MotionChecksumUnknown, MotionChecksumWrong, StorageUnavailable.
    """
    if motion.owner_id != by.pk and not by.is_superuser:
        raise MotionNotYours
    wanted = _checksum(checksum)
    _require_place(motion, offset, length)
    assert length is not None, "_require_place refuses a part without a length"  # noqa: S101
    with tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE) as copy:
        found = _copy(body, copy, length, wanted[0] if wanted else "sha256")
        if wanted and not hmac.compare_digest(found, wanted[1]):
            raise MotionChecksumWrong(details={"offset": offset})
        copy.seek(0)
        wanted_key = storage.motion_part_key(motion.pk, offset)
        key = storage.store_open_file(storage.UPLOADS, wanted_key, copy)
    try:
        _join(motion, MotionPart(motion=motion, offset=offset, length=length, key=key))
    except BaseException:
        storage.erase(storage.UPLOADS, key)
        raise
    return motion


def _checksum(header: str) -> tuple[str, bytes] | None:
    if not header:
        return None
    name, _space, encoded = header.strip().partition(" ")
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MotionChecksumUnknown(details={"known": list(CHECKSUMS)}) from error
    if name not in CHECKSUMS or len(digest) != hashlib.new(name).digest_size:
        raise MotionChecksumUnknown(details={"known": list(CHECKSUMS)})
    return name, digest


def _require_place(motion: MotionVideo, offset: int, length: int | None) -> None:
    if motion.state == MotionState.ABANDONED or motion.erased_at is not None:
        raise MotionGone
    if motion.state != MotionState.RECEIVING or offset != motion.received_bytes:
        raise MotionOffsetWrong(details={"offset": motion.received_bytes})
    if not length:
        raise MotionPartUnmeasured
    if length > settings.MOTION_PART_MAX_BYTES:
        raise MotionPartTooLarge(details={"bytes": length, "limit": settings.MOTION_PART_MAX_BYTES})
    if offset + length > motion.byte_size:
        raise MotionTooLarge(details={"bytes": offset + length, "announced": motion.byte_size})


def _copy(body: IO[bytes], copy: IO[bytes], length: int, algorithm: str) -> bytes:
    """Take exactly `length` bytes; returns their digest. Raises MotionPartBroken."""
    digest, rest = hashlib.new(algorithm), length
    while rest > 0:
        try:
            chunk = body.read(min(rest, storage.CHUNK_BYTES))
        except OSError as error:  # what the server raises when the connection is gone
            raise MotionPartBroken(details={"missing": rest}) from error
        if not chunk:
            raise MotionPartBroken(details={"missing": rest})
        digest.update(chunk)
        copy.write(chunk)
        rest -= len(chunk)
    return digest.digest()


@transaction.atomic
def _join(motion: MotionVideo, part: MotionPart) -> None:
    """Count a stored part, unless another one was faster. Raises MotionOffsetWrong, MotionGone."""
    matched = MotionVideo.objects.filter(
        pk=motion.pk, state=MotionState.RECEIVING, received_bytes=part.offset
    ).update(received_bytes=part.offset + part.length, updated_at=timezone.now())
    motion.refresh_from_db()
    if not matched:
        if motion.state == MotionState.ABANDONED:
            raise MotionGone
        raise MotionOffsetWrong(details={"offset": motion.received_bytes})
    part.save(force_insert=True)
    if motion.received_bytes == motion.byte_size:
        MOTION.move(motion, MotionState.CHECKING)
        enqueue(CHECK_TASK, motion.pk)
        audit_append(
            action="templates.motion.uploaded",
            subject=motion,
            actor=motion.owner,
            data={"bytes": motion.byte_size},
        )


@transaction.atomic
def motion_abandon(*, motion: MotionVideo, by: User | None, why: str) -> MotionVideo:
    """Give up a video that has not been judged; its files are erased on commit. Raises TransitionRefused."""
    MOTION.move(motion, MotionState.ABANDONED, erased_at=timezone.now())
    transaction.on_commit(lambda: motion_wipe(motion_id=motion.pk), robust=True)
    audit_append(action="templates.motion.abandoned", subject=motion, actor=by, data={"why": why})
    return motion


def motions_expire() -> int:
    """Give up the uploads with which nobody has gone on for MOTION_KEEP_HOURS; how many those were."""
    before = timezone.now() - timedelta(hours=settings.MOTION_KEEP_HOURS)
    idle = MotionVideo.objects.filter(state=MotionState.RECEIVING, updated_at__lt=before)
    count = 0
    for motion in idle.order_by("updated_at")[:AT_ONCE]:
        try:
            motion_abandon(motion=motion, by=None, why="expired")
            count += 1
        except TransitionRefused:  # its last part came just now
            logger.info("upload went on", extra={"motion_id": str(motion.pk)})
    return count


@transaction.atomic
def motion_erase(*, motion: MotionVideo, by: User | None) -> MotionVideo:
    """Take a video from everybody and wipe it on commit, with the pictures and the sound of its take.

    The movement itself stays, and so do the versions made of it. Erasing twice changes nothing.
    """
    if by is not None:
        roles.require(by, roles.TEMPLATE_EDIT)
    motion = MotionVideo.objects.select_for_update(of=("self",)).get(pk=motion.pk)
    if motion.erased_at is not None:
        return motion
    if motion.state in {MotionState.RECEIVING, MotionState.CHECKING}:
        review_withdraw(SUBJECT_KEY, motion.pk)  # of a check that was cut off after its scan
        return motion_abandon(motion=motion, by=by, why="erased")
    MotionVideo.objects.filter(pk=motion.pk).update(erased_at=timezone.now(), updated_at=timezone.now())
    motion.refresh_from_db()
    review_withdraw(SUBJECT_KEY, motion.pk)
    extraction_unwanted.send(MotionVideo, motion=motion)
    transaction.on_commit(lambda: motion_wipe(motion_id=motion.pk), robust=True)
    audit_append(action="templates.motion.erased", subject=motion, actor=by)
    return motion


def motion_wipe(*, motion_id: uuid.UUID) -> None:
    """Remove all files of an erased video, and only then their keys. Safe to call twice.

    Raises StorageUnavailable.
    """
    motion = MotionVideo.objects.filter(pk=motion_id, erased_at__isnull=False).first()
    if motion is None:
        return
    motion_sweep(motion_id=motion_id, kept=())
    take = Take.objects.filter(source=motion).first()
    for key in (take.proxy_key, take.strip_key, take.music_key) if take else ():
        storage.erase(storage.UPLOADS, key)
    with transaction.atomic():
        Take.objects.filter(source=motion).update(
            proxy_key="", strip_key="", music_key="", updated_at=timezone.now()
        )
        MotionPart.objects.filter(motion=motion).delete()
        MotionVideo.objects.filter(pk=motion_id).update(key="", updated_at=timezone.now())


def motion_sweep(*, motion_id: uuid.UUID, kept: Collection[str]) -> None:
    """Erase what lies in a video's folder but for `kept`: also what lost attempts left, which no row names.

    Raises StorageUnavailable.
    """
    for key in storage.keys_below(storage.UPLOADS, storage.motion_folder(motion_id)):
        if key not in kept:
            storage.erase(storage.UPLOADS, key)


def motions_unwiped() -> list[uuid.UUID]:
    """Erased videos whose files may still be there, the longest erased first."""
    named = ~Q(key="") | Q(parts__isnull=False) | Q(take__proxy_key__gt="")
    erased = MotionVideo.objects.filter(named, erased_at__isnull=False).order_by("erased_at").distinct()
    return list(erased.values_list("pk", flat=True)[:AT_ONCE])


def motions_erased_lately() -> list[uuid.UUID]:
    """Videos that were erased within the hour: a worker that had one in hand may have kept a part of its work
    beside it after all was wiped.
    """
    lately = MotionVideo.objects.filter(erased_at__gte=timezone.now() - SWEPT_AGAIN_FOR)
    return list(lately.order_by("-erased_at").values_list("pk", flat=True)[:AT_ONCE])
