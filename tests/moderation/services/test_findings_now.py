"""Stored hits count as the lists stand now: in simulations, in rescans, and as the scanners would see it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation import subject_registry
from moderation.models import (
    BankKind,
    Decision,
    HashAlgorithm,
    HashBank,
    PolicySimulation,
    ReviewItem,
    ScanRun,
    Term,
    TermList,
)
from moderation.policy.replay import LIVE, THEN, matrix_of
from moderation.scanners.base import Media, Pixels, ScanInput
from moderation.services.appeals import appeal_open
from moderation.services.banks import bank_change, bank_create, bank_entry_add, bank_entry_remove
from moderation.services.decisions import decision_override
from moderation.services.findings_now import findings_now, findings_of
from moderation.services.rescans import rescan_request, rescan_run
from moderation.services.reviews import review_claim, review_resolve
from moderation.services.scanning import scan_picture
from moderation.services.simulations import simulation_request, simulation_run
from moderation.services.statements import statement_of
from moderation.services.terms import list_change, list_create, list_enable, term_add, term_remove
from moderation.services.texts import scan_text
from moderation.taxonomy import Category, Severity, Surface, Verdict
from moderation.terms.entries import ListKind
from templates_app.characters import draw_character
from tests.factories.accounts import UserFactory
from tests.factories.moderation import FindingFactory, RecordingSubject, ScanRunFactory
from tests.factories.policies import draft_of_live
from tests.moderation.services.test_rescans import Wall

pytestmark = pytest.mark.django_db
WORD = "gribblefax"


@pytest.fixture
def pixels(only_scanners: Any, subject: RecordingSubject) -> Pixels:
    only_scanners("moderation.scanners.image_hash:ImageHash")
    return draw_character("person", 288)


def bank_of(by: Any, pixels: Pixels, *algorithms: HashAlgorithm) -> HashBank:
    """A bank that blocks this picture by the given hashes."""
    bank = bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=by
    )
    hashed = ScanInput(Media.IMAGE, Surface.PHOTO, pixels)
    for algorithm in algorithms:
        value = hashed.sha256 if algorithm == HashAlgorithm.SHA256 else hashed.pdq.hex
        bank_entry_add(bank=bank, algorithm=algorithm, value=value, by=by)
    return bank


def sent(pixels: Pixels, **fields: Any) -> ScanRun:
    given = {"subject_type": "test_subject", "subject_id": uuid.uuid4(), **fields}
    return scan_picture(surface=Surface.PHOTO, pixels=pixels, **given)


def simulated(by: Any) -> PolicySimulation:
    simulation = simulation_request(policy=draft_of_live(by), since=timezone.now() - timedelta(days=1), by=by)
    simulation_run(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    return simulation


def test_a_hit_on_a_removed_entry_is_simulated_as_it_is_now_live(senior: Any, pixels: Pixels) -> None:
    bank = bank_of(senior, pixels, HashAlgorithm.SHA256)
    assert sent(pixels).verdict == Verdict.BLOCK
    bank_entry_remove(entry=bank.entries.get(), by=senior, reason="a mistake")
    simulation = simulated(senior)
    assert matrix_of(simulation.counts, THEN)["block"] == {"pass": 1, "review": 0, "block": 0}
    assert matrix_of(simulation.counts, LIVE)["pass"] == {"pass": 1, "review": 0, "block": 0}
    (change,) = simulation.changes.all()
    assert (change.category, change.scanner, change.after) == ("gore", "image_hash", "pass")
    assert sent(pixels).verdict == Verdict.PASS


def test_another_entry_of_the_bank_takes_the_place_of_a_removed_one(senior: Any, pixels: Pixels) -> None:
    bank = bank_of(senior, pixels, HashAlgorithm.SHA256, HashAlgorithm.PDQ)
    run = sent(pixels)
    bank_entry_remove(entry=bank.entries.get(algorithm="sha256"), by=senior, reason="a mistake")
    (now,) = findings_now([run], findings_of([run]))[run.pk]
    assert now.evidence["algorithm"] == "pdq"
    assert not simulated(senior).changes.exists()
    assert sent(pixels).verdict == Verdict.BLOCK


def test_a_bank_that_was_switched_off_or_is_less_grave_now_counts_as_it_stands(
    senior: Any, pixels: Pixels
) -> None:
    bank = bank_of(senior, pixels, HashAlgorithm.PDQ)
    run = sent(pixels)
    bank = bank_change(bank=bank, by=senior, severity=Severity.SERIOUS, category=Category.VIOLENCE)
    (now,) = findings_now([run], findings_of([run]))[run.pk]
    assert (now.category, now.severity) == (Category.VIOLENCE, Severity.SERIOUS)
    bank_change(bank=bank, by=senior, is_enabled=False)
    assert findings_now([run], findings_of([run]))[run.pk] == []


def listed_word(by: Any) -> tuple[TermList, Term]:
    words = list_create(
        name="Made up",
        kind=ListKind.BLOCK,
        category=Category.HATE,
        severity=Severity.EXTREME,
        language="any",
        by=by,
    )
    return words, term_add(term_list=words, text=WORD, by=by)


@pytest.mark.parametrize("how", ["removed", "expired", "list off", "list expired"])
def test_a_word_counts_while_it_is_in_force(senior: Any, subject: RecordingSubject, how: str) -> None:
    words, word = listed_word(senior)
    run = scan_text(
        subject_type="test_subject", subject_id=uuid.uuid4(), surface=Surface.PROMPT, text=f"a {WORD}"
    )
    assert run.verdict == Verdict.BLOCK
    assert len(findings_now([run], findings_of([run]))[run.pk]) == 1
    past = timezone.now() - timedelta(seconds=1)
    if how == "removed":
        term_remove(term=word, by=senior)
    elif how == "expired":
        Term.objects.filter(pk=word.pk).update(expires_at=past)
    elif how == "list off":
        list_enable(term_list=words, is_enabled=False, by=senior)
    else:
        list_change(term_list=words, by=senior, expires_at=past)
    assert findings_now([run], findings_of([run]))[run.pk] == []


def test_a_doubt_is_one_again_once_the_approval_that_settled_it_was_removed(
    senior: Any, subject: RecordingSubject
) -> None:
    bank = bank_create(
        name="Fine", kind=BankKind.ALLOW, category=Category.TECHNICAL, severity=Severity.CONTEXT, by=senior
    )
    entry = bank_entry_add(bank=bank, algorithm=HashAlgorithm.SHA256, value="a" * 64, by=senior)
    run = ScanRunFactory()
    FindingFactory(
        scan_run=run,
        scanner="image_hash",
        category="technical",
        severity=0,
        label="approved_picture",
        evidence={"entry_id": str(entry.pk), "bank_id": str(bank.pk), "algorithm": "sha256"},
    )
    FindingFactory(scan_run=run, severity=0, evidence={"settled_by": str(entry.pk), "severity": 4})
    assert [one.severity for one in findings_now([run], findings_of([run]))[run.pk]] == [0, 0]
    bank_entry_remove(entry=entry, by=senior, reason="a mistake")
    fresh = ScanRun.objects.get(pk=run.pk)
    assert [(one.label, one.severity) for one in findings_now([fresh], findings_of([fresh]))[run.pk]] == [
        ("female_breast_exposed", 4)
    ]


def test_a_rescan_leaves_alone_what_an_appeal_has_restored(
    senior: Any, moderator: Any, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, owner = Wall(), UserFactory()
    monkeypatch.setitem(subject_registry._TYPES, wall.key, wall)
    bank_of(senior, pixels, HashAlgorithm.SHA256)
    run = sent(pixels, subject_type=wall.key, owner_id=owner.pk)
    wall.shown[run.subject_id] = 1
    told = statement_of(Decision.objects.get(scan_run=run))
    assert told is not None
    appeal = appeal_open(statement=told, text="It is mine.", language="en", by=owner)
    assert appeal.review_item is not None
    review_resolve(review_claim(appeal.review_item, moderator), moderator, True, "", "")
    rescan = rescan_request(by=senior, with_scanners=False, kinds=[wall.key])
    rescan_run(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    assert (rescan.examined, rescan.changes.count()) == (1, 0)


def test_a_rescan_blocks_what_a_person_passed_only_when_somebody_takes_it_in(
    senior: Any, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall()
    monkeypatch.setitem(subject_registry._TYPES, wall.key, wall)
    bank = bank_of(senior, pixels, HashAlgorithm.SHA256)
    run = sent(pixels, subject_type=wall.key)
    wall.shown[run.subject_id] = 1
    decision = Decision.objects.get(scan_run=run)
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="")
    hashed = ScanInput(Media.IMAGE, Surface.PHOTO, pixels)
    bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=hashed.pdq.hex, by=senior)
    rescan = rescan_request(by=senior, with_scanners=False, kinds=[wall.key])
    rescan_run(rescan_id=rescan.pk)
    (change,) = rescan.changes.all()
    assert (change.after, change.passed_by_person, change.is_excluded) == ("block", True, True)
    assert not ReviewItem.objects.filter(subject_id=run.subject_id).exists()
