"""scan_text, text_submit, text_decide, text_erase, text_words: texts, judged like pictures.

A kind of job that takes words from people calls `scan_text` with its prompt (Surface.PROMPT) or the words to
be drawn (Surface.QUOTED_TEXT) and its own subject, and acts on the verdict; or it has its callers submit the
text first and takes the id of an accepted TextSubmission. See docs/moderation.md, Text.
"""

import hashlib
import logging
import unicodedata
import uuid
from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction

from moderation.languages import language_of
from moderation.models.scan import ScanMedium, ScanPurpose, ScanRun
from moderation.models.text import TextSubmission
from moderation.scanners.base import Media, ScanInput
from moderation.services.audit import audit_append
from moderation.services.reviews import review_withdraw
from moderation.services.scanning import scan_items, scan_lists
from moderation.services.sealing import text_discard, text_seal, text_unseal
from moderation.services.strikes import require_good_standing
from moderation.states import TEXT, TextState
from moderation.taxonomy import Surface, Verdict
from moderation.text_errors import TextRefused

logger = logging.getLogger(__name__)
SUBJECT_KEY = "text"
MAX_CHARACTERS = 10_000
_AFTER_VERDICT = {
    Verdict.PASS: TextState.ACCEPTED,
    Verdict.REVIEW: TextState.IN_REVIEW,
    Verdict.BLOCK: TextState.BLOCKED,
}


def scan_text(
    *,
    subject_type: str,
    subject_id: uuid.UUID,
    surface: Surface,
    text: str,
    job_kind: str = "",
    owner_id: uuid.UUID | None = None,
    purpose: ScanPurpose = ScanPurpose.ADMISSION,
) -> ScanRun:
    """Scan one text and record what the policy says; a few milliseconds.

    Findings hold the ids of words and their places, never the text. When the word lists cannot be read, a
    person looks. Raises TextRefused for more than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise TextRefused(details={"fault": "too_long", "limit": MAX_CHARACTERS})
    run = ScanRun(
        subject_type=subject_type,
        subject_id=subject_id,
        surface=surface,
        job_kind=job_kind,
        owner_id=owner_id,
        medium=ScanMedium.TEXT,
        purpose=purpose,
        content_sha256=text_sha256(text),
    )
    item = ScanInput(Media.TEXT, surface, text=text, lists=scan_lists(with_banks=False))
    return scan_items(run, Media.TEXT, [item])


def text_sha256(text: str) -> str:
    """SHA-256 of the text in NFC, so that the same words typed in another way are the same content."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).hexdigest()


def text_submit(*, by: Any, surface: Surface, text: str, job_kind: str = "") -> tuple[TextSubmission, bool]:
    """Judge a text that `by` wants to use, and keep it sealed; True with it when it is new.

    The same text of the same account for the same use is the same submission, judged once. Raises
    AccountSuspended, TextRefused.
    """
    require_good_standing(by)
    if not text.strip():
        raise TextRefused(details={"fault": "empty"})
    if len(text) > MAX_CHARACTERS:
        raise TextRefused(details={"fault": "too_long", "limit": MAX_CHARACTERS})
    same = {"owner": by, "surface": surface, "job_kind": job_kind, "content_sha256": text_sha256(text)}
    known = _standing(same)
    if known is not None:
        return known, False
    try:
        return _submit(by, text, same), True
    except IntegrityError:  # the same request came twice at the same moment
        known = _standing(same)
        if known is None:
            raise
        return known, False


@transaction.atomic
def text_decide(*, text_id: uuid.UUID, approved: bool, reason_codes: Collection[str]) -> None:
    """Act on a person's decision. Safe to call twice; an erased text stays erased."""
    submission = TextSubmission.objects.select_for_update(of=("self",)).filter(pk=text_id).first()
    if submission is None or submission.state == TextState.ERASED:
        logger.info("decision on a text that is gone", extra={"text_id": str(text_id)})
        return
    target = TextState.ACCEPTED if approved else TextState.BLOCKED
    if submission.state != target:
        TEXT.move(submission, target, reason_codes=[] if approved else list(reason_codes))
    review_withdraw(SUBJECT_KEY, submission.pk)


@transaction.atomic
def text_erase(*, text_id: uuid.UUID) -> bool:
    """Remove the words for good; what was decided of them stays. False when they were gone before."""
    submission = TextSubmission.objects.select_for_update(of=("self",)).filter(pk=text_id).first()
    if submission is None or submission.state == TextState.ERASED:
        return False
    if submission.sealed_text is not None:
        text_discard(submission.sealed_text)
    TEXT.move(submission, TextState.ERASED, sealed_text=None)
    review_withdraw(SUBJECT_KEY, submission.pk)
    audit_append(action="moderation.text.erased", subject=submission)
    return True


def text_words(submission: TextSubmission) -> str | None:
    """What was submitted; None once it was erased or its owner's key was shredded."""
    return text_unseal(submission.sealed_text) if submission.sealed_text is not None else None


@transaction.atomic
def _submit(by: Any, text: str, same: dict[str, Any]) -> TextSubmission:
    submission = TextSubmission.objects.create(
        **same,
        language=language_of(text),
        character_count=len(text),
        sealed_text=text_seal(owner_id=by.pk, text=text),
    )
    run = scan_text(
        subject_type=SUBJECT_KEY,
        subject_id=submission.pk,
        surface=same["surface"],
        text=text,
        job_kind=same["job_kind"],
        owner_id=by.pk,
    )
    TEXT.move(submission, _AFTER_VERDICT[Verdict(run.verdict)], reason_codes=run.reason_codes)
    return submission


def _standing(same: dict[str, Any]) -> TextSubmission | None:
    return TextSubmission.objects.filter(**same).exclude(state=TextState.ERASED).first()
