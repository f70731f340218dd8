"""kept_frame_store, kept_frame_record, kept_frames_drop, kept_frames_wipe, kept_frames_sweep,
kept_frames_verify: the worst moment of a video stays to be seen, as long as the video itself does."""

import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from moderation.models.kept_frame import KeptFrame
from moderation.models.scan import ScanMedium, ScanPurpose, ScanRun
from moderation.scanners.stills import Still
from moderation.taxonomy import Verdict
from tongyi_portal.common import storage

logger = logging.getLogger(__name__)
WIPED_AT_ONCE = 500
# A file that is this old belongs to a row, or to a process that died before it could write one.
ORPHAN_AFTER_HOURS = 1
SWEPT_HOURS = 48


def kept_frame_store(*, run: ScanRun, stills: Iterable[tuple[float, Still]]) -> KeptFrame | None:
    """Write the first of `stills`, the worst, to the storage; the row is the caller's to record or to undo.

    None, and nothing is written, for what passed, for checks that keep nothing, and where there is no still.
    A storage that fails costs the picture, never the verdict.
    """
    worst = next(iter(stills), None)
    is_kept = run.medium == ScanMedium.VIDEO and run.purpose != ScanPurpose.CHECK
    if not is_kept or run.verdict == Verdict.PASS or worst is None:
        return None
    seconds, still = worst
    key = storage.frame_key(run.pk, timezone.now())
    try:
        stored = storage.store_bytes(storage.UPLOADS, key, still.data)
    except storage.StorageUnavailable:
        logger.exception("the worst frame of a video was not kept", extra={"scan_run": str(run.pk)})
        return None
    return KeptFrame(
        scan_run=run,
        seconds=seconds,
        key=stored,
        width=still.width,
        height=still.height,
        byte_size=len(still.data),
        sha256=hashlib.sha256(still.data).hexdigest(),
    )


def kept_frame_undo(frame: KeptFrame) -> None:
    """The row was not written: take its file away again. A storage that fails now is swept later."""
    try:
        storage.erase(storage.UPLOADS, frame.key)
    except storage.StorageUnavailable:
        logger.exception("a frame without a row is left to the sweep", extra={"key": frame.key})


def kept_frames_of_subject(subject_type: str, subject_id: uuid.UUID) -> models.QuerySet[KeptFrame]:
    """Frames of all scans of one subject."""
    return KeptFrame.objects.filter(scan_run__subject_type=subject_type, scan_run__subject_id=subject_id)


@transaction.atomic
def kept_frames_drop(frames: models.QuerySet[KeptFrame]) -> int:
    """The content is gone: show its frames to nobody from now on, and wipe them on commit; how many.

    While the storage fails the rows keep their keys, and kept_frames_wipe is tried again.
    """
    ids = list(frames.filter(erased_at__isnull=True).values_list("pk", flat=True))
    if ids:
        _overwrite(KeptFrame.objects.filter(pk__in=ids), erased_at=timezone.now())
        transaction.on_commit(lambda: kept_frames_wipe(KeptFrame.objects.filter(pk__in=ids)), robust=True)
    return len(ids)


def kept_frames_wipe(frames: models.QuerySet[KeptFrame]) -> int:
    """Remove the files of dropped frames, and only then their keys; how many. Safe to call twice.

    Raises StorageUnavailable.
    """
    due = list(frames.filter(erased_at__isnull=False).exclude(key="").order_by("erased_at")[:WIPED_AT_ONCE])
    for frame in due:
        storage.erase(storage.UPLOADS, frame.key)
        _overwrite(KeptFrame.objects.filter(pk=frame.pk), key="")
    return len(due)


def kept_frames_sweep() -> int:
    """Remove files that a process stored without living to write their row; how many.

    Frames lie in a folder for each hour, so only those of the last two days are looked at. Raises
    StorageUnavailable.
    """
    removed = 0
    moment = timezone.now() - timedelta(hours=ORPHAN_AFTER_HOURS)
    for hours in range(1, SWEPT_HOURS):
        folder = storage.frame_folder(moment - timedelta(hours=hours))
        keys = storage.keys_below(storage.UPLOADS, folder)
        known = set(KeptFrame.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()
        for key in sorted(set(keys) - known):
            logger.warning("a frame without a row is removed", extra={"key": key})
            storage.erase(storage.UPLOADS, key)
            removed += 1
    return removed


def kept_frames_verify() -> list[str]:
    """Read every frame that is still to be seen; a sentence for each that is missing or another one.

    Raises StorageUnavailable.
    """
    faults = []
    for frame in KeptFrame.objects.filter(erased_at__isnull=True).order_by("pk").iterator(chunk_size=500):
        try:
            data = storage.read_bytes(storage.UPLOADS, frame.key)
        except storage.FileMissing:
            faults.append(f"The kept frame of scan {frame.scan_run_id} is missing.")
            continue
        if hashlib.sha256(data).hexdigest() != frame.sha256:
            faults.append(f"The kept frame of scan {frame.scan_run_id} is not the one that was stored.")
    return faults


def _overwrite(frames: models.QuerySet[KeptFrame], **values: object) -> None:
    """Change columns that the evidence locks leave free; the model itself refuses every change."""
    models.QuerySet(KeptFrame).filter(pk__in=frames.values("pk")).update(**values)
