"""Texts: judged by the words in force, kept sealed, held for a person in doubt."""

import json
import uuid
from typing import Any

import pytest

from moderation.models import AuditEntry, Decision, Finding, ReviewItem, ScanRun, Term, TextSubmission
from moderation.models.sealing import SealedText
from moderation.scanners.base import Media
from moderation.services.decisions import decision_override
from moderation.services.reviews import review_claim, review_resolve
from moderation.services.revisions import TERMS, revision_bump
from moderation.services.sealing import texts_shred
from moderation.services.texts import (
    MAX_CHARACTERS,
    scan_text,
    text_erase,
    text_sha256,
    text_submit,
    text_words,
)
from moderation.subject_registry import subject_type
from moderation.taxonomy import Surface
from moderation.text_errors import TextRefused
from tests.factories.accounts import user_with
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
PLAIN, DISGUISED = "快来赌博网站", "快来堵博网占"


@pytest.fixture
def author(db: None) -> Any:
    return user_with(roles.APP, username="author")


def submit(author: Any, text: str, surface: Surface = Surface.PROMPT) -> TextSubmission:
    return text_submit(by=author, surface=surface, text=text)[0]


@pytest.mark.parametrize(
    ("text", "state", "reasons"),
    [
        ("一只红熊猫在跳舞", "accepted", []),
        (PLAIN, "blocked", ["regulated_goods"]),
        (DISGUISED, "in_review", ["regulated_goods"]),
        ("賭博網站", "in_review", ["regulated_goods"]),
        ("I want to kill myself", "in_review", ["self_harm"]),
        ("Casino Royale is a film", "accepted", []),
    ],
)
def test_a_text_is_judged_when_it_is_submitted(
    author: Any, text: str, state: str, reasons: list[str]
) -> None:
    submission = submit(author, text)
    assert (submission.state, submission.reason_codes) == (state, reasons)
    run = ScanRun.objects.get(subject_id=submission.pk)
    assert (run.medium, run.content_sha256, run.surface) == ("text", text_sha256(text), "prompt")


def test_the_same_words_typed_in_another_way_are_the_same_submission(author: Any) -> None:
    first, is_new = text_submit(by=author, surface=Surface.PROMPT, text="caf\u00e9")
    second, is_new_again = text_submit(by=author, surface=Surface.PROMPT, text="cafe\u0301")
    assert (first, is_new, is_new_again) == (second, True, False)
    assert submit(author, "caf\u00e9", Surface.QUOTED_TEXT) != first
    assert ScanRun.objects.count() == 2


def test_no_row_that_is_written_once_holds_the_text(author: Any) -> None:
    submit(author, PLAIN)
    submit(author, DISGUISED)
    kept = [list(model.objects.values()) for model in (ScanRun, Finding, Decision, AuditEntry, ReviewItem)]
    assert not any(word in json.dumps(kept, default=str, ensure_ascii=False) for word in ("赌博", "堵博"))
    assert all("赌" not in row.sealed for row in SealedText.objects.all())


def test_a_finding_says_which_word_stands_where(author: Any) -> None:
    submission = submit(author, f"😀{PLAIN}")
    finding = Finding.objects.filter(scan_run__subject_id=submission.pk).first()
    assert finding is not None
    assert (finding.scanner, finding.label, finding.confidence) == ("text_terms", "listed_text", 100)
    assert {"term_id", "list_id", "view", "start", "end"} <= finding.evidence.keys()
    assert (finding.evidence["start"], finding.evidence["end"]) == (3, 7)


def test_a_reviewer_sees_the_words_and_decides(author: Any, moderator: Any) -> None:
    submission = submit(author, DISGUISED)
    item = ReviewItem.objects.get(subject_id=submission.pk)
    preview = subject_type("text").preview(submission.pk)
    assert preview is not None
    assert (preview.text, preview.media, preview.owner_name) == (DISGUISED, "text", "author")
    review_resolve(review_claim(item, moderator), moderator, True, "", "")
    submission.refresh_from_db()
    assert (submission.state, submission.reason_codes) == ("accepted", [])


def test_a_refusal_blocks_and_a_senior_lifts_the_policys_block(
    author: Any, moderator: Any, senior: Any
) -> None:
    doubtful = submit(author, DISGUISED)
    item = ReviewItem.objects.get(subject_id=doubtful.pk)
    review_resolve(review_claim(item, moderator), moderator, False, "regulated_goods", "")
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.reason_codes) == ("blocked", ["regulated_goods"])
    blocked = submit(author, PLAIN)
    decision = Decision.objects.get(subject_id=blocked.pk)
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="")
    blocked.refresh_from_db()
    assert blocked.state == "accepted"


def test_an_item_of_the_queue_knows_the_language_of_its_text(author: Any) -> None:
    submission = submit(author, DISGUISED)
    assert ReviewItem.objects.get(subject_id=submission.pk).language == "zh"


def test_an_erased_text_is_gone_and_its_item_withdrawn(author: Any) -> None:
    submission = submit(author, DISGUISED)
    assert text_erase(text_id=submission.pk)
    submission.refresh_from_db()
    assert (submission.state, text_words(submission)) == ("erased", None)
    assert subject_type("text").preview(submission.pk) is None
    assert ReviewItem.objects.get(subject_id=submission.pk).state == "withdrawn"
    assert not text_erase(text_id=submission.pk)
    again, is_new = text_submit(by=author, surface=Surface.PROMPT, text=DISGUISED)
    assert (is_new, again.pk == submission.pk) == (True, False)


def test_shredding_the_owners_key_leaves_rows_without_words(author: Any) -> None:
    submission = submit(author, "一只红熊猫")
    texts_shred(owner_id=author.pk)
    submission.refresh_from_db()
    assert (submission.state, text_words(submission)) == ("accepted", None)
    with subject_type("text").content(submission.pk) as content:
        assert content is None


def test_accepted_texts_can_be_scanned_again(author: Any) -> None:
    standing, doubtful = submit(author, "一只红熊猫"), submit(author, DISGUISED)
    assert list(subject_type("text").standing_ids()) == [standing.pk]
    with subject_type("text").content(doubtful.pk) as content:
        assert content is not None
        assert (content.medium, content.text, content.surface) == ("text", DISGUISED, Surface.PROMPT)


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_CHARACTERS + 1)])
def test_nothing_and_too_much_are_refused(author: Any, text: str) -> None:
    with pytest.raises(TextRefused):
        submit(author, text)


def test_when_the_words_cannot_be_read_a_person_looks(author: Any) -> None:
    Term.objects.filter(text="赌博网站").update(views=["no such reading"])
    revision_bump(TERMS)
    submission = submit(author, "一只红熊猫")
    assert (submission.state, submission.reason_codes) == ("in_review", ["scanner_failed"])


def test_a_kind_of_job_scans_its_words_under_its_own_subject(subject: Any) -> None:
    run = scan_text(
        subject_type=subject.key,
        subject_id=uuid.uuid4(),
        surface=Surface.QUOTED_TEXT,
        text=PLAIN,
        job_kind="garment_text",
    )
    assert (run.verdict, run.job_kind, run.scanners[0]["key"]) == ("block", "garment_text", "text_terms")
    assert run.medium == Media.TEXT
