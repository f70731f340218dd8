"""A dance video once it is whole: motion_check, motion_decide, motions_unchecked, motion_extract."""

import logging
import tempfile
import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moderation.services.audit import audit_append
from moderation.services.reviews import review_withdraw
from moderation.services.scanning import scan_video
from moderation.taxonomy import Surface, Verdict
from templates_app.models import MotionPart, MotionVideo
from templates_app.motion_errors import MotionNotUsable
from templates_app.services.motions import AT_ONCE, SUBJECT_KEY, motion_abandon, motion_sweep, motion_wipe
from templates_app.signals import extraction_unwanted, extraction_wanted
from templates_app.states import MOTION, MotionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import AppError, TransitionRefused
from tongyi_portal.vision.motion_probe import MotionFault, MotionLimits, MotionProbe, probe_motion

logger = logging.getLogger(__name__)
UNCHECKED_AFTER = timedelta(minutes=5)
_AFTER_VERDICT = {
    Verdict.PASS: MotionState.ACCEPTED,
    Verdict.REVIEW: MotionState.IN_REVIEW,
    Verdict.BLOCK: MotionState.BLOCKED,
}
_MIMES = {"mp4": "video/mp4", "avi": "video/x-msvideo", "webm": "video/webm"}


def motion_check(*, motion: MotionVideo) -> MotionVideo:
    """Put a whole video together, measure it against the limits, and have it moderated.

    Safe to run twice, also at the same time, and after it was killed anywhere: what was put together is
    found again, and only one of two verdicts moves the video. Raises StorageUnavailable.
    """
    if motion.state != MotionState.CHECKING:
        return motion
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = _whole(motion, Path(folder))
        except storage.FileMissing:
            logger.warning("a part of a video is gone", extra={"motion_id": str(motion.pk)})
            return motion_abandon(motion=motion, by=None, why="file_missing")
        motion_sweep(motion_id=motion.pk, kept={motion.key})
        probe = probe_motion(path, MotionLimits(max_bytes=settings.MOTION_MAX_BYTES))
        _note(motion, probe)
        if not probe.is_usable:
            return motion_refuse(motion=motion)
        return _judge(motion, path)


def _whole(motion: MotionVideo, folder: Path) -> Path:
    """The video as one file; it is stored as one, and then its parts are no longer named."""
    path = folder / "video"
    if motion.key:
        return storage.fetch_to(storage.UPLOADS, motion.key, path)
    with path.open("wb") as whole:
        for part in motion.parts.order_by("offset"):
            piece = storage.fetch_to(storage.UPLOADS, part.key, folder / "part")
            whole.write(piece.read_bytes())
            piece.unlink()
    if path.stat().st_size != motion.byte_size:
        motion.refresh_from_db()  # another check may have put it together meanwhile
        if motion.key:
            return storage.fetch_to(storage.UPLOADS, motion.key, path)
        raise storage.FileMissing(details={"motion": str(motion.pk)})
    key = storage.store_file(storage.UPLOADS, storage.motion_key(motion.pk), path)
    with transaction.atomic():
        changes = {"key": key, "sha256": storage.file_sha256(path), "updated_at": timezone.now()}
        rows = MotionVideo.objects.filter(pk=motion.pk, state=MotionState.CHECKING, key="")
        is_first = bool(rows.update(**changes))
        if is_first:
            MotionPart.objects.filter(motion=motion).delete()
    if not is_first:
        storage.erase(storage.UPLOADS, key)
    motion.refresh_from_db()
    return path


def _note(motion: MotionVideo, probe: MotionProbe) -> None:
    """Write down what was measured; it also shows that the check goes on."""
    MotionVideo.objects.filter(pk=motion.pk, state=MotionState.CHECKING).update(
        mime=_MIMES.get(probe.container, ""),
        width=probe.width or None,
        height=probe.height or None,
        fps=probe.fps or None,
        duration_seconds=probe.duration_seconds or None,
        codec=probe.codec[:40],
        has_audio=probe.has_audio,
        faults=[_fault(fault) for fault in probe.faults],
        updated_at=timezone.now(),
    )
    motion.refresh_from_db()


def _fault(fault: MotionFault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "message": fault.message,
        "details": fault.details,
        "is_blocking": fault.is_blocking,
    }


@transaction.atomic
def motion_refuse(*, motion: MotionVideo) -> MotionVideo:
    """Damaged or outside the limits: it stays as a row with its faults, and its file is erased on commit."""
    if not _move(motion, MotionState.REFUSED, erased_at=timezone.now()):
        return motion
    transaction.on_commit(lambda: motion_wipe(motion_id=motion.pk), robust=True)
    codes = [fault["code"] for fault in motion.faults if fault["is_blocking"]]
    audit_append(action="templates.motion.refused", subject=motion, data={"faults": codes})
    return motion


def _judge(motion: MotionVideo, path: Path) -> MotionVideo:
    run = scan_video(
        subject_type=SUBJECT_KEY,
        subject_id=motion.pk,
        surface=Surface.MOTION_VIDEO,
        path=path,
        owner_id=motion.owner_id,
    )
    with transaction.atomic():
        if _move(motion, _AFTER_VERDICT[Verdict(run.verdict)], reason_codes=list(run.reason_codes)):
            _follow(motion, by=None)
    return motion


def _move(motion: MotionVideo, target: MotionState, **changes: Any) -> bool:
    """From CHECKING only; False when another check was faster, or somebody erased it."""
    try:
        MOTION.move(motion, target, guard={"state": MotionState.CHECKING}, **changes)
    except TransitionRefused:
        motion.refresh_from_db()
        return False
    return True


@transaction.atomic
def motion_decide(*, motion_id: uuid.UUID, approved: bool, reason_codes: Collection[str]) -> None:
    """Act on a person's decision on a video. Safe to call twice.

    Raises TransitionRefused while its check has not ended.
    """
    motion = MotionVideo.objects.select_for_update(of=("self",)).filter(pk=motion_id).first()
    if motion is None or motion.state in {MotionState.REFUSED, MotionState.ABANDONED}:
        logger.info("decision on a video that is gone", extra={"motion_id": str(motion_id)})
        return
    target = MotionState.ACCEPTED if approved else MotionState.BLOCKED
    if motion.state == target:
        return
    if motion.state == MotionState.CHECKING:
        raise TransitionRefused(details={"target": target})
    MOTION.move(motion, target, reason_codes=[] if approved else list(reason_codes))
    _follow(motion, by=None)


def _follow(motion: MotionVideo, *, by: User | None) -> None:
    """What comes of a verdict: the movement of an accepted video is taken, a blocked one's is not."""
    if motion.state == MotionState.IN_REVIEW:
        return
    review_withdraw(SUBJECT_KEY, motion.pk)
    if motion.state == MotionState.BLOCKED:
        extraction_unwanted.send(MotionVideo, motion=motion)
        reasons = {"reasons": sorted(motion.reason_codes)}
        audit_append(action="templates.motion.blocked", subject=motion, actor=by, data=reasons)
        return
    try:
        if motion.erased_at is None and not hasattr(motion, "take"):
            extraction_wanted.send(MotionVideo, motion=motion)
    except AppError as error:  # the account is suspended, no engine is on: motion_extract tries again
        logger.warning("no extraction", extra={"motion_id": str(motion.pk), "code": error.code})
    audit_append(action="templates.motion.accepted", subject=motion, actor=by)


@transaction.atomic
def motion_extract(*, motion: MotionVideo, by: User) -> MotionVideo:
    """Have the movement of an accepted video taken, once more where the job failed or was cancelled.

    Raises PermissionRefused, MotionNotUsable, MotionBusy, EngineUnavailable, AccountSuspended.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    motion_require_usable(motion)
    extraction_wanted.send(MotionVideo, motion=motion)
    audit_append(action="templates.motion.extraction_wanted", subject=motion, actor=by)
    return motion


def motion_require_usable(motion: MotionVideo) -> None:
    """Raises MotionNotUsable unless its movement may and can be taken now, and has not been yet."""
    if motion.state != MotionState.ACCEPTED or motion.erased_at is not None or hasattr(motion, "take"):
        raise MotionNotUsable(details={"state": motion.state, "has_take": hasattr(motion, "take")})


def motions_unchecked() -> list[uuid.UUID]:
    """Videos whose check was cut off, or whose wake-up was lost."""
    before = timezone.now() - UNCHECKED_AFTER
    cut_off = MotionVideo.objects.filter(state=MotionState.CHECKING, updated_at__lt=before)
    return list(cut_off.order_by("updated_at").values_list("pk", flat=True)[:AT_ONCE])
