"""kept_frame_store, kept_frame_undo, kept_frames_drop, kept_frames_tell, kept_frames_wipe, kept_frames_sweep,
kept_frames_verify, frame_files_verify: the worst moment of a video stays to be seen, as long as
the video itself does.

What makes a frame disappear stands in the audit chain. That entry follows once the erasure is committed, as
whoever erases still locks other rows; should a process die in between, it follows before the file is wiped.
"""

import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from moderation import subject_registry
from moderation.models.audit import AuditEntry
from moderation.models.kept_frame import KeptFrame
from moderation.models.scan import ScanMedium, ScanPurpose, ScanRun
from moderation.scanners.stills import Still
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.evidence import plain_value
from moderation.taxonomy import Verdict
from tongyi_portal.common import storage

logger = logging.getLogger(__name__)
WIPED_AT_ONCE = 500
# A file that is this old belongs to a row, or to a process that died before it could write one.
ORPHAN_AFTER_HOURS = 1
SWEPT_HOURS = 48
ERASED, BEGUN = "moderation.frame.erased", "moderation.frames.recording_begun"


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
        dropped = KeptFrame.objects.filter(pk__in=ids)
        _overwrite(dropped, erased_at=timezone.now())
        transaction.on_commit(lambda: kept_frames_tell(dropped), robust=True)
        transaction.on_commit(lambda: kept_frames_wipe(dropped), robust=True)
    return len(ids)


@transaction.atomic
def kept_frames_tell(frames: Iterable[KeptFrame]) -> None:
    """Put erased frames into the audit chain that it does not know as erased. Safe to call twice."""
    audit_append_all([_erased_note(frame) for frame in _untold(frames)])


def kept_frames_wipe(frames: models.QuerySet[KeptFrame]) -> int:
    """Remove the files of dropped frames, and only then their keys; how many. Safe to call twice.

    A frame that the chain does not know as erased keeps its file while its content is there: somebody has
    hidden it behind the services' back. Raises StorageUnavailable.
    """
    hidden = frames.filter(erased_at__isnull=False).exclude(key="").select_related("scan_run")
    due = list(hidden.order_by("erased_at")[:WIPED_AT_ONCE])
    untold = _untold(due)
    kept_frames_tell(frame for frame in untold if _is_content_gone(frame))
    standing = {frame.pk for frame in untold if not _is_content_gone(frame)}
    if standing:
        logger.error("frames were hidden though their content is there", extra={"frames": len(standing)})
    wiped = [frame for frame in due if frame.pk not in standing]
    for frame in wiped:
        storage.erase(storage.UPLOADS, frame.key)
        _overwrite(KeptFrame.objects.filter(pk=frame.pk), key="")
    return len(wiped)


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


@transaction.atomic
def kept_frames_begin() -> None:
    """Once in an installation's life: put frames into the chain that were erased before it knew of them."""
    if AuditEntry.objects.filter(action=BEGUN).exists():
        return
    untold = _untold(KeptFrame.objects.filter(erased_at__isnull=False).order_by("pk"))
    audit_append_all([*map(_erased_note, untold), AuditNote(BEGUN, data={"frames": len(untold)})])


def kept_frames_verify() -> list[str]:
    """Compare which frames are hidden with what the chain tells; a sentence for each difference."""
    told = dict(
        AuditEntry.objects.filter(action=ERASED)
        .order_by("sequence")
        .values_list("subject_id", "data__erased_at")
    )
    faults = []
    rows = KeptFrame.objects.order_by("pk").values_list("pk", "scan_run_id", "erased_at")
    for key, run_id, erased_at in rows.iterator(chunk_size=2000):
        known = told.pop(str(key), None)
        if erased_at is None and known is not None:
            faults.append(
                f"The kept frame of scan {run_id} is shown, but the audit chain says it was erased."
            )
        elif erased_at is not None and known != plain_value(erased_at):
            faults.append(f"The kept frame of scan {run_id} is hidden, but the audit chain does not say so.")
    return faults + [f"Kept frame {key} is in the audit chain, but its row is missing." for key in told]


def frame_files_verify() -> list[str]:
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


def _erased_note(frame: KeptFrame) -> AuditNote:
    facts = {
        "scan_run": str(frame.scan_run_id),
        "sha256": frame.sha256,
        "erased_at": plain_value(frame.erased_at),
    }
    return AuditNote(ERASED, frame, None, facts)


def _untold(frames: Iterable[KeptFrame]) -> list[KeptFrame]:
    """Those of which the chain does not say that they were erased."""
    found = list(frames)
    keys = [str(frame.pk) for frame in found]
    entries = AuditEntry.objects.filter(
        subject_type=KeptFrame._meta.label_lower, subject_id__in=keys, action=ERASED
    )
    told = set(entries.values_list("subject_id", flat=True))
    return [frame for frame in found if str(frame.pk) not in told]


def _is_content_gone(frame: KeptFrame) -> bool:
    run = frame.scan_run
    return subject_registry.subject_type(run.subject_type).preview(run.subject_id) is None


def _overwrite(frames: models.QuerySet[KeptFrame], **values: object) -> None:
    """Change columns that the evidence locks leave free; the model itself refuses every change."""
    models.QuerySet(KeptFrame).filter(pk__in=frames.values("pk")).update(**values)
