"""A draft replayed over stored scans: its counts are what then happens live."""

import uuid
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from moderation.errors import PolicyInvalid, SimulationEmpty
from moderation.models import Finding as FindingRow
from moderation.models import Policy, PolicySimulation, ScanPurpose, ScanRun
from moderation.policy.replay import LIVE, THEN, matrix_of, totals_after, totals_before
from moderation.scanners.base import Finding
from moderation.services import simulations
from moderation.services.policies import (
    policy_live,
    policy_publish,
    policy_rules_replace,
    policy_simulated,
    rule_rows,
)
from moderation.services.scanning import scan_picture
from moderation.services.simulations import (
    days_covered,
    review_load,
    simulation_cancel,
    simulation_request,
    simulation_run,
    simulations_lost,
)
from moderation.states import SimulationState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tests.factories.moderation import FindingFactory, RecordingSubject, ScanRunFactory
from tests.factories.policies import draft_of_live, draft_with, mixed_contents, rule_row
from tests.moderation.stand_in_scanners import SeesAsTold, numbered_picture
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db
AS_TOLD = "tests.moderation.stand_in_scanners:SeesAsTold"


def simulated(policy: Policy, by: Any, days: int = 7, **filters: Any) -> PolicySimulation:
    simulation = simulation_request(
        policy=policy, since=timezone.now() - timedelta(days=days), by=by, **filters
    )
    simulation_run(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    return simulation


def scanned_ago(days: int, **fields: Any) -> ScanRun:
    """A scan that was made so many days ago; stored scans cannot be changed."""
    with patch("django.utils.timezone.now", return_value=timezone.now() - timedelta(days=days)):
        run: ScanRun = ScanRunFactory(**fields)
    return run


def admit(contents: list[Any]) -> list[ScanRun]:
    """Scan every content as it would come in."""
    runs = []
    for number, (subject_id, surface, kind, findings) in enumerate(contents):
        SeesAsTold.told[number] = findings
        runs.append(
            scan_picture(
                subject_type="test_subject",
                subject_id=subject_id,
                surface=surface,
                job_kind=kind,
                pixels=numbered_picture(number),
            )
        )
    return runs


def random_draft(by: Any, seed: int) -> Policy:
    """A draft whose verdicts, thresholds, surfaces and kinds are thrown about, with gaps filled by review."""
    random = Random(seed)
    draft = draft_of_live(by)
    rows = {}
    for category in Category:
        rows[category, "any", "any", 0, 0] = rule_row(
            category=category.value,
            min_severity=0,
            min_confidence=0,
            verdict="review" if category == Category.SCANNER_FAILED else random.choice(["pass", "review"]),
        )
        for _number in range(3):
            row = rule_row(
                category=category.value,
                surface=random.choice(["any", *(surface.value for surface in Surface)]),
                job_kind=random.choice(["any", "dance_video"]),
                min_severity=int(random.choice(list(Severity))),
                min_confidence=random.randint(0, 100),
                verdict=random.choice(["pass", "review", "block"]),
            )
            key = (category, row["surface"], row["job_kind"], row["min_severity"], row["min_confidence"])
            rows.setdefault(key, row)
    return policy_rules_replace(policy=draft, rules=list(rows.values()), by=by)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_counts_of_a_simulation_are_what_then_happens_live(
    senior: Any, subject: RecordingSubject, only_scanners: Any, seed: int
) -> None:
    only_scanners(AS_TOLD)
    contents = mixed_contents(120, seed)
    before = admit(contents)
    draft = random_draft(senior, seed)
    simulation = simulated(draft, senior)
    assert (simulation.state, simulation.examined) == (SimulationState.READY, 120)

    policy_publish(policy=draft, by=senior)
    after = admit([(uuid.uuid4(), *content[1:]) for content in contents])

    happened = Counter((old.verdict, new.verdict) for old, new in zip(before, after, strict=True))
    matrix = matrix_of(simulation.counts, THEN)
    assert {(b, a): n for b, row in matrix.items() for a, n in row.items() if n} == dict(happened)
    assert matrix_of(simulation.counts, LIVE) == matrix  # nothing else went live in between
    assert len({verdict for verdict, count in totals_after(matrix).items() if count}) == 3
    told = {change.scan_run_id: change for change in simulation.changes.all()}
    for old, new in zip(before, after, strict=True):
        if old.verdict == new.verdict:
            assert old.pk not in told
        else:
            assert (told[old.pk].after, told[old.pk].reason_codes) == (new.verdict, new.reason_codes)
    for surface in Surface:
        group = simulation.counts["surface"].get(surface, {})
        expected = Counter(run.verdict for run in after if run.surface == surface)
        assert +Counter(totals_after(matrix_of(group, THEN))) == expected


def test_what_was_decided_then_and_what_the_live_policy_says_now_are_told_apart(senior: Any) -> None:
    run = FindingFactory(confidence=60.0, scan_run__verdict="block").scan_run
    draft = draft_with(senior, rule_row(category="sexual_nudity", verdict="pass", reason_code="other"))
    simulation = simulated(draft, senior)
    (change,) = simulation.changes.all()
    assert (change.scan_run, change.decided_then, change.live_now, change.after) == (
        run,
        "block",
        "review",
        "review",
    )
    assert matrix_of(simulation.counts, THEN)["block"]["review"] == 1
    assert matrix_of(simulation.counts, LIVE)["review"]["review"] == 1


def test_a_change_names_its_finding_and_the_rule_that_made_it(senior: Any) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0, label="blood", scanner="gore_scanner")
    draft = draft_with(senior, rule_row(min_confidence=60, verdict="block"))
    (change,) = simulated(draft, senior).changes.all()
    assert (change.label, change.scanner, change.confidence) == ("blood", "gore_scanner", 70.0)
    assert change.rule["is_new"] is True
    assert (change.rule["category"], change.rule["min_confidence"]) == ("gore", 60)


def test_a_rule_that_was_taken_away_is_named_too(senior: Any) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0, label="blood")
    draft = draft_with(senior, rule_row(verdict="pass"), without="gore")
    (change,) = simulated(draft, senior).changes.all()
    assert (change.after, change.rule["is_new"], change.rule["verdict"]) == ("pass", False, "review")


def test_only_admissions_of_the_time_and_the_filters_are_replayed(senior: Any) -> None:
    chosen = ScanRunFactory(surface="output", job_kind="dance_video")
    ScanRunFactory(surface="photo", job_kind="dance_video")
    ScanRunFactory(surface="output", job_kind="other")
    ScanRunFactory(surface="output", job_kind="dance_video", purpose="check")
    draft = draft_of_live(senior)
    simulation = simulated(draft, senior, surfaces=["output"], job_kinds=["dance_video"])
    assert (simulation.total, simulation.examined) == (1, 1)
    assert [change.scan_run for change in simulation.changes.all()] == [chosen]  # no finding: it passes now
    with pytest.raises(SimulationEmpty):
        simulation_request(
            policy=draft,
            since=timezone.now() - timedelta(days=9),
            until=timezone.now() - timedelta(days=8),
            by=senior,
        )


def test_it_runs_in_chunks_and_twice_without_counting_twice(
    senior: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations, "CHUNK", 3)
    for _number in range(10):
        FindingFactory(confidence=50.0)
    simulation = simulation_request(
        policy=draft_of_live(senior), since=timezone.now() - timedelta(days=1), by=senior
    )
    monkeypatch.setattr(simulations, "enqueue", lambda *_args: None)
    simulation_run(simulation_id=simulation.pk, seconds=0)  # time is over before the first chunk
    simulation.refresh_from_db()
    assert (simulation.state, simulation.examined, simulation.percent) == (SimulationState.RUNNING, 0, 0)
    simulations._chunk(simulation.pk)  # a worker that is lost afterwards
    simulation.refresh_from_db()
    assert (simulation.examined, simulation.percent) == (3, 30)
    for _again in range(3):
        simulation_run(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    assert (simulation.state, simulation.examined) == (SimulationState.READY, 10)
    assert sum(totals_before(matrix_of(simulation.counts, THEN)).values()) == 10


def test_editing_the_draft_meanwhile_changes_nothing_but_asks_for_a_new_simulation(senior: Any) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0)
    draft = draft_with(senior, rule_row(verdict="block"))
    simulation = simulation_request(policy=draft, since=timezone.now() - timedelta(days=1), by=senior)
    kept = [row for row in rule_rows(draft) if row["verdict"] != "block" or row["category"] != "gore"]
    policy_rules_replace(policy=draft, rules=kept, by=senior)
    simulation_run(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    assert [change.after for change in simulation.changes.all()] == ["block"]

    assert policy_simulated(draft) is None


def test_a_cancelled_simulation_stops(senior: Any) -> None:
    ScanRunFactory()
    simulation = simulation_request(
        policy=draft_of_live(senior), since=timezone.now() - timedelta(days=1), by=senior
    )
    simulation_cancel(simulation=simulation, by=senior)
    simulation_run(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    assert (simulation.state, simulation.examined) == (SimulationState.CANCELLED, 0)
    with pytest.raises(TransitionRefused):
        simulation_cancel(simulation=simulation, by=senior)


def test_a_lost_simulation_is_found_again(senior: Any) -> None:
    ScanRunFactory()
    simulation = simulation_request(
        policy=draft_of_live(senior), since=timezone.now() - timedelta(days=1), by=senior
    )
    assert simulations_lost() == []
    PolicySimulation.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert simulations_lost() == [simulation.pk]


def test_the_load_of_reviewers_is_estimated(senior: Any) -> None:
    load = review_load(140, 7)
    assert (load.items_per_day, load.is_measured) == (20, False)
    assert load.hours_per_day == pytest.approx(20 * 30 / 3600)


@pytest.mark.parametrize(("asked", "expected"), [(2, 2.0), (6, 6.0), (11, 6.0), (300, 6.0)])
def test_the_days_that_count_are_those_that_have_scans(senior: Any, asked: int, expected: float) -> None:
    scanned_ago(90, purpose=ScanPurpose.RESCAN)
    scanned_ago(6)
    scanned_ago(1)
    simulation = simulated(draft_of_live(senior), senior, days=asked)
    assert days_covered(simulation) == pytest.approx(expected, abs=0.01)


def test_a_window_that_ends_in_the_future_counts_until_it_was_asked_for(senior: Any) -> None:
    scanned_ago(3)
    later = timezone.now() + timedelta(days=300)
    assert days_covered(simulated(draft_of_live(senior), senior, until=later)) == pytest.approx(3, abs=0.01)


def test_the_first_scans_of_a_portal_are_not_multiplied_without_end(senior: Any) -> None:
    ScanRunFactory()
    assert days_covered(simulated(draft_of_live(senior), senior)) == pytest.approx(1 / 24)


def test_rules_outside_the_taxonomy_cannot_be_simulated(senior: Any) -> None:
    ScanRunFactory()
    draft = draft_of_live(senior)
    draft.rules.filter(category="gore").update(reason_code="because")
    with pytest.raises(PolicyInvalid):
        simulated(draft, senior)


def test_moderators_do_not_simulate(moderator: Any, senior: Any) -> None:
    ScanRunFactory()
    with pytest.raises(PermissionRefused):
        simulated(draft_of_live(senior), moderator)


def test_what_may_not_block_is_replayed_as_such(senior: Any, only_scanners: Any) -> None:
    only_scanners(AS_TOLD)
    finding = Finding(Category.GORE, Severity.EXTREME, 99.0, "blood", may_block=False)
    (run,) = admit([(uuid.uuid4(), Surface.PHOTO, "", [finding])])
    assert (run.verdict, FindingRow.objects.get(scan_run=run).may_block) == (Verdict.REVIEW, False)
    simulation = simulated(draft_of_live(senior), senior)
    assert matrix_of(simulation.counts, LIVE)["review"]["review"] == 1
    assert policy_live() == simulation.baseline
