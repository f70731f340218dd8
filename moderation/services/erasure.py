"""erasure_request, erasure_run: data leave for good; decisions, hashes and the audit chain stay and verify.

Removed are pixels, videos and texts of requests (by the apps that own them), notes about people, texts of
appeals and consents with the key they were sealed with, findings' text, kept frames of videos, sessions,
tokens, and the name of the account. What a decision was, on which hash and why stays, under an account that
names nobody.
"""

import json
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from moderation import subject_registry
from moderation.errors import ContentNotErasable, ErasureRefused
from moderation.models.answer import GoldItem
from moderation.models.appeal import Appeal
from moderation.models.consent import ConsentRecord
from moderation.models.decision import Decision
from moderation.models.erasure import ErasureRequest, ErasureScope
from moderation.models.kept_frame import KeptFrame
from moderation.models.people import AccountMeasure, MeasureLift, Strike, StrikeLift
from moderation.models.review import ReviewItem
from moderation.models.scan import Finding, ScanRun
from moderation.personal_data import personal_data
from moderation.services.appeal_ends import appeal_end
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.decisions import NOTE_ERASED, decision_facts
from moderation.services.evidence import evidence_note
from moderation.services.kept_frames import kept_frames_drop, kept_frames_tell, kept_frames_wipe
from moderation.services.scan_digests import matched_in
from moderation.services.sealing import text_discard, texts_shred
from moderation.states import CONSENT, ERASURE, AppealState, ConsentState, ErasureState
from tongyi_portal.accounts.models import User
from tongyi_portal.accounts.services import account_close, account_pseudonymise
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, NotFound
from tongyi_portal.common.queue import enqueue

logger = logging.getLogger(__name__)
REQUESTED, STARTED, FINISHED = (f"moderation.erasure.{verb}" for verb in ("requested", "started", "finished"))
RUN_TASK = "moderation.tasks.light.run_erasure"


@transaction.atomic
def erasure_request(
    *, owner: Any, by: Any, subject_type: str = "", subject_id: uuid.UUID | None = None
) -> ErasureRequest:
    """Ask for one subject, or without one for the whole account, to be erased; carried out by a worker.

    By the owner, or by staff who may act for people. The account is closed at once. Asking twice for an
    account gives the same request. Raises PermissionRefused, ErasureRefused for staff accounts, NotFound,
    ContentNotErasable.
    """
    if owner.pk != by.pk:
        roles.require(by, roles.PEOPLE_MANAGE)
    scope = ErasureScope.SUBJECT if subject_id is not None else ErasureScope.ACCOUNT
    if scope == ErasureScope.ACCOUNT and (owner.is_staff or owner.is_superuser):
        raise ErasureRefused
    if scope == ErasureScope.SUBJECT:
        if not owns(owner.pk, subject_type, subject_id):
            raise NotFound
        if not subject_registry.can_be_erased(subject_registry.subject_type(subject_type)):
            raise ContentNotErasable(details={"subject_type": subject_type})
    wanted = {"owner": owner, "scope": scope, "subject_type": subject_type, "subject_id": subject_id}
    earlier = ErasureRequest.objects.filter(**wanted).order_by("-created_at").first()
    if earlier is not None and (scope == ErasureScope.ACCOUNT or earlier.state != ErasureState.DONE):
        return earlier
    closed = account_close(user=owner) if scope == ErasureScope.ACCOUNT else {}
    try:
        with transaction.atomic():
            erasure = ErasureRequest.objects.create(requested_by=by, report=closed, **wanted)
    except IntegrityError:
        return ErasureRequest.objects.get(**wanted)
    enqueue(RUN_TASK, erasure.pk)
    audit_append_all([evidence_note(REQUESTED, erasure, by)])
    return erasure


def owns(owner_id: uuid.UUID, subject_type: str, subject_id: uuid.UUID | None) -> bool:
    """Whether the content was scanned as this account's."""
    if subject_id is None:
        return False
    runs = ScanRun.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return runs.filter(owner_id=owner_id).exists()


def erasures_unfinished() -> list[uuid.UUID]:
    """Erasures that are not done, the longest untried first, so that one that cannot end delays no other."""
    unfinished = ErasureRequest.objects.exclude(state=ErasureState.DONE).order_by("updated_at")
    return list(unfinished.values_list("pk", flat=True)[:100])


def erasure_run(*, erasure_id: uuid.UUID) -> ErasureRequest | None:
    """Carry an erasure out as far as it goes now; None when it is gone. Safe to call again at any time.

    Each step has its own transaction. When the storage fails, or a worker still has a job in hand, the
    request keeps the fault's code and its state, and the next call goes on.
    """
    erasure = ErasureRequest.objects.select_related("owner").filter(pk=erasure_id).first()
    if erasure is None or erasure.state == ErasureState.DONE:
        return erasure
    _start(erasure)
    try:
        is_account = erasure.scope == ErasureScope.ACCOUNT
        removed = _erase_account(erasure) if is_account else _erase_subject(erasure)
    except AppError as error:
        logger.warning("erasure not finished", extra={"erasure": str(erasure_id), "code": error.code})
        ErasureRequest.objects.filter(pk=erasure_id).update(last_fault=error.code, updated_at=timezone.now())
        _keep(erasure)
        return erasure
    _finish(erasure, removed)
    return erasure


@transaction.atomic
def _start(erasure: ErasureRequest) -> None:
    ERASURE.move(erasure, ErasureState.WORKING, tries=erasure.tries + 1, last_fault="")
    audit_append_all([evidence_note(STARTED, erasure, erasure.requested_by)])


@transaction.atomic
def _keep(erasure: ErasureRequest) -> None:
    """The chain knows the fault as well, so that the row can be told from one that somebody changed."""
    erasure.refresh_from_db()
    audit_append_all([evidence_note(STARTED, erasure, erasure.requested_by)])


@transaction.atomic
def _finish(erasure: ErasureRequest, removed: dict[str, int]) -> None:
    report = dict(erasure.report)
    for key, count in removed.items():
        report[key] = report.get(key, 0) + count
    ERASURE.move(erasure, ErasureState.DONE, report=report, last_fault="", finished_at=timezone.now())
    audit_append_all([evidence_note(FINISHED, erasure, erasure.requested_by)])


def _erase_account(erasure: ErasureRequest) -> dict[str, int]:
    owner = erasure.owner
    removed = account_close(user=owner)
    for kind in personal_data():
        removed[kind.key] = kind.erase(owner.pk)
    runs = ScanRun.objects.filter(owner_id=owner.pk)
    removed |= _end_rights(
        consents=ConsentRecord.objects.filter(owner=owner), appeals=Appeal.objects.filter(owner=owner)
    )
    removed |= _forget_words(
        decisions=Decision.objects.filter(scan_run__in=runs),
        findings=Finding.objects.filter(scan_run__in=runs),
    )
    removed["frames"] = _forget_frames(KeptFrame.objects.filter(scan_run__in=runs), erasure)
    removed["notes"] += _forget_notes(owner)
    removed["notes"] += _forget_review_notes(ReviewItem.objects.filter(scan_run__in=runs))
    removed["keys"] = int(texts_shred(owner_id=owner.pk))
    account_pseudonymise(user=owner)
    return removed


def _erase_subject(erasure: ErasureRequest) -> dict[str, int]:
    subject_id = erasure.subject_id
    assert subject_id is not None, "a constraint of the table"  # noqa: S101
    kind = subject_registry.subject_type(erasure.subject_type)
    kind.erase(subject_id)
    same = {"subject_type": erasure.subject_type, "subject_id": subject_id}
    runs = ScanRun.objects.filter(**same)
    appeals = Appeal.objects.filter(decision__scan_run__in=runs)
    consents = ConsentRecord.objects.filter(**same)
    removed = {"subjects": 1} | _end_rights(consents=consents, appeals=appeals)
    sealed = [*consents.values_list("sealed_name", flat=True), *appeals.values_list("sealed_text", flat=True)]
    for sealed_id in [*sealed, *consents.values_list("sealed_guardian", flat=True)]:
        if sealed_id is not None:
            text_discard(sealed_id)
    removed |= _forget_words(
        decisions=Decision.objects.filter(scan_run__in=runs),
        findings=Finding.objects.filter(scan_run__in=runs),
    )
    removed["frames"] = _forget_frames(KeptFrame.objects.filter(scan_run__in=runs), erasure)
    removed["notes"] += _forget_review_notes(ReviewItem.objects.filter(**same))
    return removed


@transaction.atomic
def _end_rights(
    *, consents: models.QuerySet[ConsentRecord], appeals: models.QuerySet[Appeal]
) -> dict[str, int]:
    """What speaks of content that is gone: consents end, open appeals are withdrawn."""
    notes: list[AuditNote] = []
    ended = list(consents.filter(state=ConsentState.GIVEN))
    for consent in ended:
        CONSENT.move(consent, ConsentState.WITHDRAWN, ended_at=timezone.now())
        notes.append(evidence_note("moderation.consent.withdrawn", consent))
    open_ones = list(appeals.filter(state=AppealState.OPEN))
    for appeal in open_ones:
        notes += appeal_end(appeal, AppealState.WITHDRAWN, None)
    audit_append_all(notes)
    return {"consents": len(ended), "appeals": len(open_ones)}


@transaction.atomic
def _forget_words(
    *, decisions: models.QuerySet[Decision], findings: models.QuerySet[Finding]
) -> dict[str, int]:
    """Notes of decisions and the text that scanners read; the chain is told that the notes are empty now.

    Which entries of our lists were matched stays: no words of anybody, and appeals go by it.
    """
    with_notes = list(decisions.exclude(note="").select_related("policy"))
    _overwrite(Decision, with_notes, note="")
    texts = [row for row in findings.exclude(evidence={}) if row.evidence != matched_in(row.evidence)]
    alike: dict[str, list[Finding]] = defaultdict(list)
    for row in texts:
        alike[json.dumps(matched_in(row.evidence), sort_keys=True)].append(row)
    for rows in alike.values():
        _overwrite(Finding, rows, evidence=matched_in(rows[0].evidence))
    notes = []
    for decision in with_notes:
        decision.note = ""
        notes.append(AuditNote(NOTE_ERASED, decision, None, decision_facts(decision)))
    audit_append_all(notes)
    return {"notes": len(with_notes), "findings": len(texts)}


@transaction.atomic
def _forget_notes(owner: User) -> int:
    """Notes of strikes, measures and their ends."""
    tables: list[tuple[type[models.Model], models.QuerySet[Any]]] = [
        (Strike, Strike.objects.filter(owner=owner)),
        (StrikeLift, StrikeLift.objects.filter(strike__owner=owner)),
        (AccountMeasure, AccountMeasure.objects.filter(owner=owner)),
        (MeasureLift, MeasureLift.objects.filter(measure__owner=owner)),
    ]
    changed: list[models.Model] = []
    for model, rows in tables:
        found = list(rows.exclude(note=""))
        _overwrite(model, found, note="")
        changed += found
    for row in changed:
        row.refresh_from_db()
    audit_append_all([evidence_note("moderation.note.erased", row) for row in changed])
    return len(changed)


def _forget_frames(frames: models.QuerySet[KeptFrame], erasure: ErasureRequest) -> int:
    """Frames of videos that were kept as evidence. Raises StorageUnavailable; they are hidden even then.

    Counted are those that disappeared since the request: most go with the content that they show.
    """
    kept_frames_drop(frames)
    kept_frames_tell(frames.filter(erased_at__isnull=False))
    kept_frames_wipe(frames)
    return frames.filter(erased_at__gte=erasure.created_at).count()


def _forget_review_notes(items: models.QuerySet[ReviewItem]) -> int:
    """What reviewers wrote about the content: answers, escalations, gold items made of it."""
    written = items.exclude(answer_note="", escalation_note="")
    count = written.update(answer_note="", escalation_note="")
    golds = GoldItem.objects.filter(source__in=items).exclude(note="")
    return count + golds.update(note="")


def _overwrite(model: type[models.Model], rows: Iterable[models.Model], **values: Any) -> None:
    """Empty columns that the evidence locks leave free; the models themselves refuse every change."""
    models.QuerySet(model).filter(pk__in=[row.pk for row in rows]).update(**values)
