"""rescan_request, rescan_run, rescan_exclude, rescan_apply_request, rescan_apply, rescan_discard: visible
content looked at again under the live policy, and what a person makes of the differences."""

import logging
import time
import uuid
from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation.errors import PolicyUnusable, RescanOutdated, RescanRunning
from moderation.models.decision import Decision
from moderation.models.rescan import Rescan, RescanChange
from moderation.models.scan import ScanPurpose, ScanRun
from moderation.policy.evaluate import STRICTNESS
from moderation.policy.replay import Replayed, StoredScan, replay
from moderation.policy.rules import Rule
from moderation.scanners.base import Finding
from moderation.selectors import verdicts_standing
from moderation.services.audit import audit_append
from moderation.services.decisions import decision_record, refuse_own_content
from moderation.services.findings_now import findings_now, findings_of
from moderation.services.opening import review_open
from moderation.services.policies import policy_live, policy_load, policy_rules
from moderation.services.rescan_digests import APPLIED, CHANGES, changes_digest
from moderation.services.rescanning import content_scan
from moderation.states import RESCAN, RescanState
from moderation.subject_registry import subject_type, visible_types
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, TransitionRefused
from tongyi_portal.common.queue import enqueue

logger = logging.getLogger(__name__)
RUN_TASK = "moderation.tasks.light.rescan_run"
APPLY_TASK = "moderation.tasks.light.rescan_apply"
BATCH = 100
SECONDS_FOR_ONE_TASK = 60.0
LOST_AFTER = timedelta(minutes=5)
MAX_FAULTS = 200
_UNFINISHED = (RescanState.QUEUED, RescanState.RUNNING, RescanState.READY, RescanState.APPLYING)


@transaction.atomic
def rescan_request(*, by: Any, with_scanners: bool, kinds: Collection[str] = ()) -> Rescan:
    """Ask for a second look at all visible content (of `kinds`, or of every kind) under the live policy.

    Raises UnknownKey, PolicyUnusable, RescanRunning while another one is not finished.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    policy, _rules = policy_load()
    if Rescan.objects.select_for_update().filter(state__in=_UNFINISHED).exists():
        raise RescanRunning()
    keys = sorted(subject_type(key).key for key in kinds) or [kind.key for kind in visible_types()]
    rescan = Rescan.objects.create(
        policy=policy, with_scanners=with_scanners, subject_types=keys, created_by=by
    )
    enqueue(RUN_TASK, rescan.pk)
    data = {"policy_version": policy.version, "with_scanners": with_scanners, "kinds": keys}
    audit_append(action="moderation.rescan.started", subject=rescan, actor=by, data=data)
    return rescan


def rescan_run(*, rescan_id: uuid.UUID, seconds: float = SECONDS_FOR_ONE_TASK) -> None:
    """Look at batch after batch for at most `seconds`, then ask for the rest in a new task.

    Safe to run twice; of two workers at the same time one is turned away after each batch.
    """
    rescan = Rescan.objects.filter(pk=rescan_id).select_related("policy").first()
    if rescan is None:
        logger.warning("no such rescan", extra={"rescan": str(rescan_id)})
        return
    if rescan.state == RescanState.QUEUED:
        total = sum(1 for key in rescan.subject_types for _id in subject_type(key).standing_ids())
        try:
            RESCAN.move(rescan, RescanState.RUNNING, total=total)
        except TransitionRefused:
            rescan.refresh_from_db()
    ends_at = time.monotonic() + seconds
    try:
        rules = policy_rules(rescan.policy).rules
        while rescan.state == RescanState.RUNNING:
            if time.monotonic() >= ends_at:
                enqueue(RUN_TASK, rescan.pk)
                return
            if not _batch(rescan, rules):
                return
    except (PolicyUnusable, ValueError) as error:
        logger.exception("rescan failed", extra={"rescan": str(rescan_id)})
        RESCAN.move(rescan, RescanState.FAILED, fault=str(error)[:300], finished_at=timezone.now())


@transaction.atomic
def rescan_exclude(*, rescan: Rescan, change_ids: Collection[int], is_excluded: bool, by: Any) -> int:
    """Leave changes out, or take them in again; how many were. Raises TransitionRefused unless READY."""
    roles.require(by, roles.REVIEW_OVERRIDE)
    _locked(rescan, RescanState.READY)
    changes = rescan.changes.filter(pk__in=change_ids, applied_at__isnull=True)
    return changes.update(is_excluded=is_excluded)


@transaction.atomic
def rescan_apply_request(*, rescan: Rescan, by: Any) -> Rescan:
    """Carry out all changes that were not left out, in the name of `by`.

    Raises RescanOutdated when another version is live by now, TransitionRefused unless READY.
    """
    roles.require(by, roles.REVIEW_OVERRIDE)
    _require_live(rescan)
    RESCAN.move(rescan, RescanState.APPLYING, applied_by=by)
    enqueue(APPLY_TASK, rescan.pk)
    return rescan


def rescan_apply(*, rescan_id: uuid.UUID, seconds: float = SECONDS_FOR_ONE_TASK) -> None:
    """Carry out change after change, each in its own transaction; faults stay with their rows.

    Safe to run twice: a change that took effect is never carried out again.
    """
    rescan = Rescan.objects.filter(pk=rescan_id, state=RescanState.APPLYING).first()
    if rescan is None:
        return
    ends_at = time.monotonic() + seconds
    waiting = rescan.changes.filter(is_excluded=False, applied_at__isnull=True).order_by("id")
    for change_id in list(waiting.values_list("pk", flat=True)):
        if time.monotonic() >= ends_at:
            enqueue(APPLY_TASK, rescan.pk)
            return
        try:
            _change_apply(change_id, rescan)
        except AppError as error:
            logger.warning("change not applied", extra={"change": change_id, "code": error.code})
            RescanChange.objects.filter(pk=change_id).update(outcome=f"failed:{error.code}"[:40])
        Rescan.objects.filter(pk=rescan.pk).update(updated_at=timezone.now())
    _finish(rescan)


@transaction.atomic
def rescan_discard(*, rescan: Rescan, by: Any) -> Rescan:
    """End a rescan without any effect; also stops one that runs. Raises TransitionRefused."""
    roles.require(by, roles.REVIEW_OVERRIDE)
    RESCAN.move(rescan, RescanState.DISCARDED, finished_at=timezone.now())
    audit_append(action="moderation.rescan.discarded", subject=rescan, actor=by)
    return rescan


def rescans_lost() -> list[tuple[str, uuid.UUID]]:
    """Task and id of rescans that nobody has worked on for a while."""
    before = timezone.now() - LOST_AFTER
    looking = Rescan.objects.filter(state__in=[RescanState.QUEUED, RescanState.RUNNING])
    lost = [(RUN_TASK, pk) for pk in looking.filter(updated_at__lt=before).values_list("pk", flat=True)]
    applying = Rescan.objects.filter(state=RescanState.APPLYING, updated_at__lt=before)
    return lost + [(APPLY_TASK, pk) for pk in applying.values_list("pk", flat=True)]


def _batch(rescan: Rescan, rules: Collection[Rule]) -> bool:
    """Look at the next subjects; False when another worker was faster, or somebody discarded the rescan."""
    subjects = list(islice(_subjects_after(rescan), 1 if rescan.with_scanners else BATCH))
    found: list[RescanChange] = []
    notes = {"unknown": 0, "gone": 0}
    faults: list[dict[str, str]] = []
    for key, subject_id in subjects:
        try:
            runs = _runs(rescan, key, subject_id)
        except AppError as error:
            faults.append({"subject_type": key, "subject_id": str(subject_id), "code": error.code})
            continue
        if not runs:
            notes["gone" if rescan.with_scanners else "unknown"] += 1
            continue
        change = _change_of(rescan, key, subject_id, runs, tuple(rules))
        if change is not None:
            found.append(change)
    with transaction.atomic():
        locked = Rescan.objects.select_for_update(of=("self",)).get(pk=rescan.pk)
        if locked.state != RescanState.RUNNING or locked.examined != rescan.examined:
            return False
        if not subjects:
            RESCAN.move(rescan, RescanState.READY, finished_at=timezone.now())
            return True
        RescanChange.objects.bulk_create(found, ignore_conflicts=True)
        key, subject_id = subjects[-1]
        locked.cursor = {"subject_type": key, "subject_id": str(subject_id)}
        locked.examined += len(subjects)
        locked.total = max(locked.total, locked.examined)
        locked.unknown += notes["unknown"]
        locked.gone += notes["gone"]
        locked.faults = [*locked.faults, *faults][:MAX_FAULTS]
        locked.save()
    rescan.refresh_from_db()
    return True


def _subjects_after(rescan: Rescan) -> Iterator[tuple[str, uuid.UUID]]:
    """Visible content behind the cursor; kinds and ids ascend, so new content cannot shift the place."""
    done_key = rescan.cursor.get("subject_type", "")
    done_id = uuid.UUID(rescan.cursor["subject_id"]) if done_key else None
    for key in rescan.subject_types:
        if key >= done_key:
            after = done_id if key == done_key else None
            yield from ((key, subject_id) for subject_id in subject_type(key).standing_ids(after))


def _runs(rescan: Rescan, key: str, subject_id: uuid.UUID) -> list[ScanRun]:
    """The scans that speak of what is visible now: made anew, or the latest admission of each part."""
    if rescan.with_scanners:
        return content_scan(subject_type=key, subject_id=subject_id)
    admissions = ScanRun.objects.filter(
        subject_type=key, subject_id=subject_id, purpose=ScanPurpose.ADMISSION
    ).order_by("created_at", "id")
    latest = {(run.medium, run.surface): run for run in admissions.prefetch_related("findings")}
    return list(latest.values())


def _change_of(
    rescan: Rescan, key: str, subject_id: uuid.UUID, runs: Collection[ScanRun], rules: tuple[Rule, ...]
) -> RescanChange | None:
    """The difference of the strictest part to the verdict that stands; None when it is not stricter."""
    before = verdicts_standing(key, [subject_id]).get(subject_id, Verdict.PASS)
    found = findings_now(runs, findings_of(runs))
    judged = [(run, _judged(run, found[run.pk], rules, before)) for run in runs]
    run, one = max(judged, key=lambda pair: STRICTNESS[pair[1].after.verdict])
    if STRICTNESS[one.after.verdict] <= STRICTNESS[before]:
        return None
    finding = one.cause.finding
    passed = _was_passed_by_person(key, subject_id)
    return RescanChange(
        rescan=rescan,
        subject_type=key,
        subject_id=subject_id,
        scan_run=run,
        surface=run.surface,
        before=before,
        after=one.after.verdict,
        reason_codes=list(one.after.reasons),
        category=finding.category if finding else Category.SCANNER_FAILED,
        severity=finding.severity if finding else Severity.SERIOUS,
        confidence=finding.confidence if finding else 0.0,
        label=finding.label if finding else "",
        passed_by_person=passed,
        is_excluded=passed,
    )


def _judged(run: ScanRun, found: Collection[Finding], rules: tuple[Rule, ...], before: Verdict) -> Replayed:
    return replay(StoredScan(Surface(run.surface), run.job_kind, tuple(found), before), rules, rules)


@transaction.atomic
def _change_apply(change_id: int, rescan: Rescan) -> None:
    """Block: decided in the name of whoever applies, so the content is taken down. Review: an item opens.

    What a person has let pass since the diff was made stays as they decided.
    """
    change = RescanChange.objects.select_for_update(of=("self",)).select_related("scan_run").get(pk=change_id)
    if change.applied_at is not None or change.is_excluded:
        return
    _require_live(rescan)
    by = rescan.applied_by
    refuse_own_content(owner_id=change.scan_run.owner_id, by=by)
    standing = verdicts_standing(change.subject_type, [change.subject_id]).get(change.subject_id)
    change.applied_at = timezone.now()
    if standing == Verdict.BLOCK:
        change.outcome = "already_blocked"
    elif not change.passed_by_person and _was_passed_by_person(change.subject_type, change.subject_id):
        change.outcome = "passed_meanwhile"
    elif change.after == Verdict.REVIEW:
        change.outcome = "review_opened"
        review_open(
            scan_run=change.scan_run,
            category=Category(change.category),
            severity=Severity(change.severity),
            reason_codes=change.reason_codes,
        )
    else:
        change.outcome = "blocked"
    change.save(update_fields=["applied_at", "outcome"])
    if change.outcome == "blocked":
        decision_record(
            subject_type=change.subject_type,
            subject_id=change.subject_id,
            verdict=Verdict.BLOCK,
            reason_codes=change.reason_codes,
            scan_run=change.scan_run,
            policy=rescan.policy,
            by=by,
        )


@transaction.atomic
def _finish(rescan: Rescan) -> None:
    """APPLIED once nothing is left to do; READY again while some changes failed."""
    left = rescan.changes.filter(is_excluded=False, applied_at__isnull=True).count()
    try:
        if left:
            RESCAN.move(rescan, RescanState.READY)
            return
        RESCAN.move(rescan, RescanState.APPLIED, applied_at=timezone.now())
    except TransitionRefused:  # another worker finished it
        return
    outcomes: dict[str, int] = {}
    for outcome in rescan.changes.filter(applied_at__isnull=False).values_list("outcome", flat=True):
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    data = {
        "outcomes": outcomes,
        "left_out": rescan.changes.filter(is_excluded=True).count(),
        CHANGES: changes_digest(rescan.pk),
    }
    audit_append(action=APPLIED, subject=rescan, actor=rescan.applied_by, data=data)


def _was_passed_by_person(key: str, subject_id: uuid.UUID) -> bool:
    return Decision.objects.filter(
        subject_type=key,
        subject_id=subject_id,
        verdict=Verdict.PASS,
        by__isnull=False,
        overridden_by__isnull=True,
    ).exists()


def _require_live(rescan: Rescan) -> None:
    """Raise RescanOutdated unless the version that the rescan went by is live."""
    live = policy_live()
    if live is None or live.pk != rescan.policy_id:
        versions = {"version": rescan.policy.version, "live": live.version if live else None}
        raise RescanOutdated(details=versions)


def _locked(rescan: Rescan, state: RescanState) -> None:
    locked = Rescan.objects.select_for_update(of=("self",)).get(pk=rescan.pk)
    if locked.state != state:
        raise TransitionRefused(details={"state": locked.state})
