"""scan_picture and scan_video: all scanners, the live policy, one machine decision."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, transaction

from moderation.models.kept_frame import KeptFrame
from moderation.models.scan import Finding, ScanMedium, ScanPurpose, ScanRun
from moderation.policy.evaluate import PolicyVerdict
from moderation.scanners import SCANNERS
from moderation.scanners.base import Media, ProvenanceLabel, ScanInput, ScanLists, Scanner
from moderation.scanners.frames import sampled_frames
from moderation.scanners.running import ScanOutcome, Seen, failed, gravity, run_scanners, worst_of
from moderation.scanners.stills import Still
from moderation.services.bank_matching import bank_snapshot
from moderation.services.decisions import decision_record
from moderation.services.judging import Judgement, judge
from moderation.services.kept_frames import kept_frame_store, kept_frame_undo
from moderation.services.reviews import review_open
from moderation.services.sampling import audit_sample
from moderation.services.shadowing import shadow_verdicts_record
from moderation.services.term_matching import matcher_current
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common.storage import file_sha256

logger = logging.getLogger(__name__)
Lists = TypeVar("Lists")
_instances: dict[type[Scanner], Scanner] = {}


def scan_picture(
    *,
    subject_type: str,
    subject_id: uuid.UUID,
    surface: Surface,
    pixels: npt.NDArray[np.uint8],
    job_kind: str = "",
    owner_id: uuid.UUID | None = None,
    purpose: ScanPurpose = ScanPurpose.ADMISSION,
    provenance: tuple[ProvenanceLabel, ...] | None = None,
) -> ScanRun:
    """Scan one decoded picture (uint8, (height, width, 3), RGB) and record what the policy says.

    Only an admission has consequences; a run of another purpose is stored with its verdict, and that is all.
    provenance: marks of the original file, where somebody has read them.

    Synchronous, about a quarter of a second. Whatever goes wrong in a scanner means review, never pass.
    Raises SoftTimeLimitExceeded when the time limit of the task that asked is reached; nothing is recorded.
    """
    item = ScanInput(Media.IMAGE, surface, pixels, lists=scan_lists(), provenance=provenance)
    run = ScanRun(
        subject_type=subject_type,
        subject_id=subject_id,
        surface=surface,
        job_kind=job_kind,
        owner_id=owner_id,
        medium=ScanMedium.IMAGE,
        purpose=purpose,
    )
    return scan_items(run, Media.IMAGE, [item])


def scan_video(
    *,
    subject_type: str,
    subject_id: uuid.UUID,
    surface: Surface,
    path: Path,
    job_kind: str = "",
    owner_id: uuid.UUID | None = None,
    purpose: ScanPurpose = ScanPurpose.ADMISSION,
) -> ScanRun:
    """Scan sampled frames of a video file and record what the policy says of the worst of them.

    For each scanner and label the gravest sighting is kept, with its time code; of a video that does not pass
    also the picture of the worst moment. A video that cannot be
    decoded to its end is reviewed.
    """
    run = ScanRun(
        subject_type=subject_type,
        subject_id=subject_id,
        surface=surface,
        job_kind=job_kind,
        owner_id=owner_id,
        medium=ScanMedium.VIDEO,
        purpose=purpose,
        content_sha256=file_sha256(path),
    )
    return scan_items(run, Media.VIDEO_FRAME, sampled_frames(path, surface, scan_lists()))


def scanners_for(media: Media) -> tuple[list[Scanner], list[Seen]]:
    """All scanners of the table that accept a medium, and a failure for each that could not be made."""
    ready: list[Scanner] = []
    failures: list[Seen] = []
    for key in SCANNERS:
        try:
            scanner_class = SCANNERS.get(key)
            scanner = _instances.setdefault(scanner_class, scanner_class())
            if media in scanner.accepts:
                ready.append(scanner)
        except SoftTimeLimitExceeded:  # the worker's time is over: no fault of the scanner
            raise
        except Exception as error:  # noqa: BLE001  # an import may raise anything, and it must mean review
            failures.append(failed(key, error))
    return ready, failures


def scan_items(run: ScanRun, media: Media, items: Iterable[ScanInput]) -> ScanRun:
    """Run the scanners over the parts of one subject, then store everything in one transaction.

    run: with the digest of its content, unless that is a picture, which is hashed while it is scanned.
    """
    started = time.perf_counter()
    scanners, failures = scanners_for(media)
    outcome = run_scanners(scanners, items, let_through=(SoftTimeLimitExceeded,))
    seen = worst_of([*failures, *outcome.seen])
    for one in seen:
        if one.finding.category == Category.SCANNER_FAILED:
            logger.error("scanner failed", extra={"scanner": one.scanner, **one.finding.evidence})
    judgement = judge(
        findings=[one.finding for one in seen],
        surface=Surface(run.surface),
        job_kind=run.job_kind,
        subject_id=run.subject_id,
        purpose=run.purpose,
    )
    verdict = judgement.verdict
    run.milliseconds = round((time.perf_counter() - started) * 1000, 2)
    run.policy, run.verdict, run.reason_codes = judgement.policy, verdict.verdict, list(verdict.reasons)
    _describe(run, outcome, _decisive(seen, verdict))
    frame = kept_frame_store(run=run, stills=_stills(outcome, seen, verdict))
    try:
        return _store(run, seen, judgement, frame)
    except BaseException:
        if frame is not None:
            kept_frame_undo(frame)
        raise


def scan_lists(*, with_banks: bool = True) -> ScanLists:
    """The banks and terms in force; what cannot be read is missing, and scanners that need it then fail."""
    return ScanLists(_read(bank_snapshot) if with_banks else None, _read(matcher_current))


def _read(read: Callable[[], Lists]) -> Lists | None:
    try:
        return read()
    except (DatabaseError, ValueError, KeyError):
        logger.exception("the hash banks or term lists cannot be read")
        return None


def _decisive(seen: list[Seen], verdict: PolicyVerdict) -> Seen | None:
    """The gravest sighting behind the verdict; the gravest of all when no rule matched."""
    behind = [seen[match.finding_index] for match in verdict.decisive] or seen
    return max(behind, key=lambda one: gravity(one.finding), default=None)


def _describe(run: ScanRun, outcome: ScanOutcome, worst: Seen | None) -> None:
    run.scanners = [vars(report) for report in outcome.reports]
    run.frames_scanned = outcome.item_count
    run.content_sha256 = outcome.sha256 or run.content_sha256
    run.worst_seconds = worst.seconds if worst is not None else None
    shown = outcome.hashes.get(run.worst_seconds) or next(iter(outcome.hashes.values()), None)
    if shown is not None:
        run.pdq, run.pdq_quality = shown.hex, shown.quality


def _stills(outcome: ScanOutcome, seen: list[Seen], verdict: PolicyVerdict) -> Iterator[tuple[float, Still]]:
    """Frames of a video with something to see, the decisive one first, then the gravest."""
    decisive = _decisive(seen, verdict)
    for one in [*([decisive] if decisive is not None else []), *seen]:
        if one.seconds is not None and one.seconds in outcome.stills:
            yield one.seconds, outcome.stills[one.seconds]


@transaction.atomic
def _store(run: ScanRun, seen: list[Seen], judgement: Judgement, frame: KeptFrame | None) -> ScanRun:
    run.save()
    gravest = _decisive(seen, judgement.verdict)
    if frame is not None:
        frame.save(force_insert=True)
    Finding.objects.bulk_create(_row(run, one) for one in seen)
    shadow_verdicts_record(run, judgement)
    if run.purpose != ScanPurpose.ADMISSION:
        return run
    if run.verdict == Verdict.REVIEW:
        review_open(
            scan_run=run,
            category=gravest.finding.category if gravest else Category.SCANNER_FAILED,
            severity=gravest.finding.severity if gravest else Severity.SERIOUS,
            reason_codes=run.reason_codes,
        )
    audit_sample(run)
    decision_record(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        verdict=Verdict(run.verdict),
        reason_codes=run.reason_codes,
        scan_run=run,
        policy=run.policy,
        scanner=gravest.scanner if gravest is not None and run.verdict != Verdict.PASS else "",
    )
    return run


def _row(run: ScanRun, one: Seen) -> Finding:
    finding = one.finding
    return Finding(
        scan_run=run,
        scanner=one.scanner,
        scanner_version=one.version,
        category=finding.category,
        severity=finding.severity,
        confidence=finding.confidence,
        label=finding.label,
        box=list(finding.box) if finding.box is not None else None,
        seconds=one.seconds,
        evidence=finding.evidence,
        may_block=finding.may_block,
        milliseconds=one.milliseconds,
    )
