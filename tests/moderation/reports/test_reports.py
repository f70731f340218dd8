"""The reports on moderation give the numbers that somebody counts by hand."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from moderation.models import Appeal, Decision, ReviewAnswer, ReviewItem, ScanRun, Term
from moderation.models.exposure import BreakOutcome, ExposureBreak
from moderation.models.review import ReviewPurpose
from moderation.models.scan import ScanMedium
from moderation.reports.figures import review_figures
from moderation.services.exposure import exposure_record
from moderation.services.terms import terms_install_starter
from moderation.states import AppealState, ReviewState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tests.factories.accounts import UserFactory
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory
from tongyi_portal.common.reports import ReportResult, asked_of, report_run
from tongyi_portal.common.reports import all_reports as registered

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def run_report(key: str, **given: str) -> ReportResult:
    report = next(report for report in registered() if report.key == key)
    return report_run(report, asked_of(report, given))


def cells(result: ReportResult, **named: Any) -> dict[str, Any]:
    found = [row.cells for row in result.rows if all(row.cells[key] == value for key, value in named.items())]
    assert len(found) == 1, [row.cells for row in result.rows]
    return dict(found[0])


def decided(
    by: Any,
    *,
    approve: bool,
    scanner: str = "nsfw_detector",
    purpose: str = ReviewPurpose.ORDINARY,
    minutes: float = 10,
    surface: Surface = Surface.PHOTO,
    medium: ScanMedium = ScanMedium.IMAGE,
    **finding: Any,
) -> ReviewItem:
    """An item that `by` decided `minutes` after it came, with the finding that led to it."""
    verdict = Verdict.PASS if purpose == ReviewPurpose.AUDIT else Verdict.REVIEW
    run = ScanRunFactory(verdict=verdict, surface=surface, medium=medium)
    if purpose != ReviewPurpose.AUDIT:
        FindingFactory(scan_run=run, scanner=scanner, **finding)
    opened = NOW - timedelta(hours=3)
    item = ReviewItemFactory(
        scan_run=run,
        subject_id=run.subject_id,
        surface=surface,
        purpose=purpose,
        state=ReviewState.APPROVED if approve else ReviewState.REFUSED,
        decided_at=opened + timedelta(minutes=minutes),
        answered_by=by,
    )
    ReviewItem.objects.filter(pk=item.pk).update(created_at=opened)
    answer(item, by, approve=approve)
    if purpose == ReviewPurpose.ORDINARY or not approve:
        decision(run, by, approve=approve, item=item)
    return item


def answer(item: ReviewItem, by: Any, *, approve: bool, **fields: Any) -> ReviewAnswer:
    return ReviewAnswer.objects.create(
        item=item, by=by, purpose=item.purpose, approve=approve, seconds=20, answered_at=NOW, **fields
    )


def decision(
    run: ScanRun, by: Any, *, approve: bool, item: ReviewItem | None = None, over: Decision | None = None
) -> Decision:
    return Decision.objects.create(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        scan_run=run,
        review_item=item,
        policy=run.policy,
        verdict=Verdict.PASS if approve else Verdict.BLOCK,
        reason_codes=["approved_by_reviewer" if approve else "sexual_nudity"],
        by=by,
        overrides=over,
    )


def test_precision_counts_what_people_refused(moderator: Any) -> None:
    for number in range(10):
        decided(moderator, approve=number >= 7)
    for _ in range(4):
        decided(moderator, approve=True, scanner="nsfw_classifier", label="nsfw")
    detector = cells(run_report("scanner_precision"), scanner="nsfw_detector")
    assert (detector["flagged"], detector["refused"], detector["precision"]) == (10, 7, 70)
    assert detector["precision_low"] == pytest.approx(39.7, abs=0.1)
    assert detector["precision_high"] == pytest.approx(89.2, abs=0.1)
    assert not detector["is_enough"]
    assert cells(run_report("scanner_precision"), scanner="nsfw_classifier")["precision"] == 0


def test_an_overridden_decision_counts_as_what_replaced_it(moderator: Any, senior: Any) -> None:
    first, second = (decided(moderator, approve=approve) for approve in (True, False))
    run = first.scan_run
    changed = decision(run, senior, approve=False, over=Decision.objects.get(scan_run=run))
    assert cells(run_report("scanner_precision"), scanner="nsfw_detector")["refused"] == 2
    decision(run, senior, approve=True, over=changed)
    decision(second.scan_run, senior, approve=True, over=Decision.objects.get(scan_run=second.scan_run))
    assert cells(run_report("scanner_precision"), scanner="nsfw_detector")["refused"] == 0


def test_gold_items_second_reviews_and_weak_findings_count_nothing(
    moderator: Any, other_moderator: Any
) -> None:
    first = decided(moderator, approve=False)
    copy = ReviewItemFactory(
        scan_run=first.scan_run,
        purpose=ReviewPurpose.SECOND,
        first_item=first,
        state=ReviewState.APPROVED,
        decided_at=NOW,
    )
    answer(copy, other_moderator, approve=True, agrees=False)
    FindingFactory(scan_run=first.scan_run, scanner="faint", confidence=1.0)
    result = run_report("scanner_precision")
    assert [row.cells["scanner"] for row in result.rows] == ["nsfw_detector"]
    assert cells(result)["flagged"] == 1


def test_recall_counts_only_content_that_the_scanner_looks_at(moderator: Any) -> None:
    """Refused: 5 photos and a video, which the hygiene of photos does not look at, and 3 prompts."""
    words: dict[str, Any] = {"surface": Surface.PROMPT, "medium": ScanMedium.TEXT, "scanner": "text_terms"}
    result: dict[str, Any] = {"surface": Surface.OUTPUT, "medium": ScanMedium.VIDEO, "confidence": 90.0}
    for scanner in ("nsfw_detector", "nsfw_detector", "nsfw_detector", "photo_hygiene", "agreement"):
        decided(moderator, approve=False, scanner=scanner)
    for _ in range(3):
        decided(moderator, approve=False, **words)
    decided(moderator, approve=False, **result)
    ScanRunFactory.create_batch(2, verdict=Verdict.BLOCK, surface=Surface.PROMPT, medium=ScanMedium.TEXT)
    for blocked in ("apart", "right"):
        report = run_report("scanner_precision", blocked=blocked)
        recalls = {row.cells["scanner"]: row.cells["recall"] for row in report.rows}
        assert recalls == {
            "nsfw_detector": pytest.approx(100 * 4 / 6),
            "agreement": pytest.approx(100 / 6),
            "photo_hygiene": pytest.approx(100 / 5),
            "text_terms": pytest.approx(100 if blocked == "apart" else 100 * 3 / 5),
        }


def test_recall_weighs_the_audit_sample_by_what_it_stands_for(moderator: Any) -> None:
    """10 refused of 20 reviewed; 1 refused of 10 audited stands for 10 of 100 passed: recall 10 of 20."""
    for number in range(20):
        decided(moderator, approve=number >= 10)
    for number in range(10):
        decided(moderator, approve=number > 0, purpose=ReviewPurpose.AUDIT)
    ScanRunFactory.create_batch(90, verdict=Verdict.PASS)
    result = run_report("scanner_precision")
    detector = cells(result, scanner="nsfw_detector")
    assert detector["recall"] == pytest.approx(50)
    assert detector["recall_low"] < 30
    assert detector["recall_high"] > 80
    assert "100" in str(result.notes[0])


def test_a_rule_is_measured_by_the_items_that_met_it(moderator: Any) -> None:
    for number in range(4):
        decided(moderator, approve=number == 0)
    result = run_report("rule_precision")
    nudity = [row.cells for row in result.rows if row.cells["reason"] == "sexual_nudity"]
    assert [(row["flagged"], row["refused"], row["precision"]) for row in nudity] == [(4, 3, 75)]
    by_reason = run_report("rule_precision", by="reason")
    assert cells(by_reason, reason="sexual_nudity")["flagged"] == 4


def test_a_word_that_finds_nothing_is_suggested_for_removal(moderator: Any) -> None:
    good, bad = Term.objects.filter(term_list__kind="block").order_by("text")[:2]
    for term, count, approve in ((good, 5, False), (bad, 40, True)):
        evidence = {"term_id": str(term.pk), "list_id": str(term.term_list_id)}
        for _ in range(count):
            decided(moderator, approve=approve, scanner="text_terms", label="listed_text", evidence=evidence)
    result = run_report("term_precision")
    assert cells(result, term=good.text)["remove"] == ""
    assert str(cells(result, term=bad.text)["remove"]) == "remove"
    assert cells(result, term=bad.text)["flagged"] == 40
    assert result.rows[0].cells["term"] == bad.text
    lists = run_report("term_precision", by="list")
    assert sum(row.cells["flagged"] for row in lists.rows) == 45


def test_waits_run_from_open_to_decided(moderator: Any) -> None:
    for minutes in (1, 2, 3, 4, 90):
        decided(moderator, approve=True, minutes=minutes)
    row = run_report("decision_times").rows[0].cells
    assert (row["decided"], row["wait_p50"], row["work_p50"], row["on_time"]) == (5, 180, 20, 100)
    assert row["wait_p95"] == pytest.approx(4 * 60 + 0.8 * 86 * 60)
    groups = run_report("decision_times", by="group")
    assert [str(one.cells["name"]) for one in groups.rows] == ["moderator"]


def test_second_reviews_are_neither_in_time_nor_late(moderator: Any) -> None:
    """They carry the due time of the first one, which may have passed when they are opened."""
    first, second = (decided(moderator, approve=True, minutes=5) for _ in range(2))
    ReviewItem.objects.filter(pk=second.pk).update(
        purpose=ReviewPurpose.SECOND, first_item=first, due_at=first.created_at
    )
    result = run_report("decision_times")
    assert (result.rows[0].cells["decided"], result.rows[0].cells["on_time"]) == (2, 100)
    assert result.totals is not None
    assert (result.totals.cells["decided"], result.totals.cells["on_time"]) == (2, 100)
    assert cells(run_report("decision_times", by="purpose"), name="second, blind review")["on_time"] is None


def test_the_backlog_counts_what_waits_and_what_is_late(moderator: Any) -> None:
    for hours in (-5, 3, 30, 100):
        ReviewItemFactory(due_at=NOW + timedelta(hours=hours))
    decided(moderator, approve=True)
    result = run_report("backlog")
    row = result.rows[0].cells
    assert (row["waiting"], row["overdue"], row["due_soon"]) == (4, 1, 2)
    assert row["inflow"] == pytest.approx(5 / 24)
    assert row["outflow"] == pytest.approx(1 / 24)
    assert (row["trend"], row["clear_hours"]) == (4, None)
    assert result.totals is not None
    assert result.totals.cells["waiting"] == 4


def test_agreement_compares_both_answers(moderator: Any, other_moderator: Any) -> None:
    for first, second in [(True, True)] * 5 + [(False, False)] * 3 + [(True, False)] * 2:
        item = decided(moderator, approve=first)
        copy = ReviewItemFactory(
            scan_run=item.scan_run,
            purpose=ReviewPurpose.SECOND,
            first_item=item,
            state=ReviewState.APPROVED if second else ReviewState.REFUSED,
            decided_at=NOW,
        )
        answer(copy, other_moderator, approve=second, agrees=first == second)
    row = cells(run_report("agreement"))
    assert (row["pairs"], row["differ"], row["same"]) == (10, 2, 80)
    assert row["kappa"] == pytest.approx((0.8 - 0.5) / 0.5)
    assert (row["kappa_low"], row["kappa_high"], row["is_enough"]) == (
        None,
        None,
        False,
    )  # too few for bounds
    work = run_report("reviewer_work")
    assert {(one.cells["reviewer"], one.cells["pairs"], one.cells["same"]) for one in work.rows} == {
        ("ming", 10, 80),
        ("hua", 10, 80),
    }


def test_a_reviewers_overturned_decisions_are_counted(moderator: Any, senior: Any) -> None:
    items = [decided(moderator, approve=True) for _ in range(4)]
    first = Decision.objects.get(scan_run=items[0].scan_run)
    decision(items[0].scan_run, senior, approve=False, over=first)
    row = cells(run_report("reviewer_work"), reviewer="ming")
    assert (row["answered"], row["decided"], row["overturned"], row["overturned_share"]) == (4, 4, 1, 25)


def test_looks_and_breaks_are_counted_for_each_reviewer(moderator: Any, other_moderator: Any) -> None:
    grave, mild = ReviewItemFactory(), ReviewItemFactory(severity=Severity.MILD)
    for item, seconds in ((grave, 3.0), (grave, 2.0), (mild, 4.0)):
        exposure_record(item=item, by=moderator, seconds=seconds)
    exposure_record(item=mild, by=other_moderator, seconds=1.0)
    ended = {"by": moderator, "grave_count": 60, "ended_at": NOW}
    ExposureBreak.objects.create(outcome=BreakOutcome.TAKEN, **ended)
    ExposureBreak.objects.create(outcome=BreakOutcome.CONTINUED, **ended)
    result = run_report("exposure")
    row = cells(result, reviewer="ming")
    assert (row["grave"], row["items"], row["looks"]) == (1, 2, 3)
    assert (row["seconds"], row["grave_seconds"]) == (9.0, 5.0)
    assert (row["due"], row["taken"], row["continued"]) == (2, 1, 1)
    other = cells(result, reviewer="hua")
    assert (other["grave"], other["grave_seconds"], other["due"]) == (0, 0.0, 0)
    assert result.totals is not None
    assert (result.totals.cells["items"], result.totals.cells["seconds"]) == (3, 10.0)


def test_a_list_that_came_with_the_portal_is_named_in_the_readers_language(moderator: Any) -> None:
    terms_install_starter()
    term = Term.objects.select_related("term_list").exclude(term_list__kind="allow").earliest("text")
    evidence = {"term_id": str(term.pk), "list_id": str(term.term_list.pk)}
    decided(moderator, approve=False, scanner="text_terms", evidence=evidence)
    with translation.override("zh-hans"):
        named = run_report("term_precision", by="list").rows[0].cells["list"]
    assert named != term.term_list.name
    assert any("\u4e00" <= letter <= "\u9fff" for letter in named)


def test_appeals_are_counted_by_reason_and_by_who_decided(moderator: Any, senior: Any) -> None:
    for state, by in (
        (AppealState.OVERTURNED, moderator),
        (AppealState.UPHELD, None),
        (AppealState.OPEN, None),
    ):
        refused = decision(ScanRunFactory(), by, approve=False)
        moment: datetime | None = NOW if state != AppealState.OPEN else None
        Appeal.objects.create(
            owner=UserFactory(), decision=refused, state=state, language="en", decided_at=moment
        )
    row = run_report("appeals").rows[0].cells
    assert (row["refusals"], row["appeals"], row["open"], row["upheld"], row["overturned"]) == (3, 3, 1, 1, 1)
    assert (row["rate"], row["overturned_share"]) == (100, 50)
    alone = cells(run_report("appeals", by="decider"), name="the policy alone")
    assert (alone["refusals"], alone["appeals"], alone["overturned"]) == (2, 2, 0)


def test_what_was_scanned_outside_of_the_period_is_left_out(moderator: Any) -> None:
    decided(moderator, approve=False)
    assert run_report("scanner_precision", preset="yesterday").rows == []
    assert len(run_report("scanner_precision", preset="7").rows) == 1


def test_the_surface_narrows_the_rows(moderator: Any) -> None:
    decided(moderator, approve=False)
    assert run_report("scanner_precision", surface="garment").rows == []
    assert cells(run_report("scanner_precision", surface="photo"))["flagged"] == 1


def test_the_landing_pages_figures(moderator: Any, django_assert_num_queries: Callable[..., Any]) -> None:
    from django.core.cache import cache

    cache.clear()
    decided(moderator, approve=True, minutes=30, category=Category.SEXUAL_NUDITY, severity=Severity.SERIOUS)
    figures = review_figures()
    assert (figures.decided, figures.wait_p50, figures.agreement) == (1, 1800, None)
    with django_assert_num_queries(0):
        assert review_figures() == figures
