"""Visible content looked at again: the diff, what a person leaves out, and what applying it does."""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation import subject_registry
from moderation.errors import RescanOutdated, RescanRunning
from moderation.models import AuditEntry, Decision, Policy, Rescan, RescanChange, ReviewItem, ScanRun
from moderation.scanners.base import Finding
from moderation.services import rescans
from moderation.services.decisions import decision_record
from moderation.services.policies import policy_live, policy_publish
from moderation.services.rescan_digests import rescans_verify
from moderation.services.rescans import (
    rescan_apply,
    rescan_apply_request,
    rescan_discard,
    rescan_exclude,
    rescan_request,
    rescan_run,
    rescans_lost,
)
from moderation.services.scanning import scan_picture
from moderation.states import RescanState
from moderation.subject_registry import SubjectContent
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tests.factories.moderation import RecordingSubject
from tests.factories.policies import draft_with, rule_row
from tests.moderation.stand_in_scanners import SeesAsTold, numbered_picture
from tongyi_portal.common.errors import AppError, PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db
GORE = Finding(Category.GORE, Severity.SERIOUS, 30.0, "blood")  # passes by the default policy
MORE_GORE = Finding(Category.GORE, Severity.EXTREME, 35.0, "blood")


@dataclass
class Wall(RecordingSubject):
    """Pictures that hang where everybody sees them. shown: the number of each, by id."""

    key: str = "wall"
    shown: dict[uuid.UUID, int] = field(default_factory=dict)
    broken: set[uuid.UUID] = field(default_factory=set)

    def content(self, subject_id: uuid.UUID) -> AbstractContextManager[SubjectContent | None]:
        if subject_id in self.broken:
            raise AppError
        if subject_id not in self.shown:
            return nullcontext(None)
        pixels = numbered_picture(self.shown[subject_id])
        return nullcontext(SubjectContent("image", Surface.PHOTO, pixels=pixels))

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        return iter(sorted(key for key in self.shown if after is None or key > after))


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch, only_scanners: Any) -> Wall:
    """The only kind of content, with the stand-in scanner."""
    kind = Wall()
    monkeypatch.setattr(subject_registry, "_TYPES", {kind.key: kind})
    only_scanners("tests.moderation.stand_in_scanners:SeesAsTold")
    SeesAsTold.told.clear()
    return kind


def hang(wall: Wall, *findings: Finding, owner: Any = None) -> uuid.UUID:
    """Admit a picture in which this is seen, and show it."""
    subject_id, number = uuid.uuid4(), len(SeesAsTold.told)
    SeesAsTold.told[number] = list(findings)
    scan_picture(
        subject_type=wall.key,
        subject_id=subject_id,
        surface=Surface.PHOTO,
        pixels=numbered_picture(number),
        owner_id=owner.pk if owner else None,
    )
    wall.shown[subject_id] = number
    return subject_id


def stricter(senior: Any) -> Policy:
    """From now on severe gore is blocked and other gore reviewed, at any confidence."""
    rows = [
        rule_row(min_severity=6, min_confidence=0, verdict="block"),
        rule_row(min_severity=2, min_confidence=0, verdict="review"),
    ]
    draft = draft_with(senior, *rows, without="gore")
    return policy_publish(policy=draft, by=senior, without_simulation=True)


def looked_at(by: Any, with_scanners: bool = False) -> Rescan:
    rescan = rescan_request(by=by, with_scanners=with_scanners)
    rescan_run(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    return rescan


@pytest.mark.parametrize("with_scanners", [False, True])
def test_the_diff_shows_what_the_live_policy_would_not_admit_now(
    senior: Any, wall: Wall, with_scanners: bool
) -> None:
    calm, doubtful, bad = hang(wall), hang(wall, GORE), hang(wall, MORE_GORE)
    stricter(senior)
    decisions, items = Decision.objects.count(), ReviewItem.objects.count()
    rescan = looked_at(senior, with_scanners)
    assert (rescan.state, rescan.total, rescan.examined) == (RescanState.READY, 3, 3)
    found = {change.subject_id: (change.before, change.after) for change in rescan.changes.all()}
    assert found == {doubtful: ("pass", "review"), bad: ("pass", "block")}
    assert calm not in found
    assert (Decision.objects.count(), ReviewItem.objects.count()) == (decisions, items)
    assert ScanRun.objects.filter(purpose="rescan").count() == (3 if with_scanners else 0)


def test_scanners_that_see_more_than_before_are_heard(senior: Any, wall: Wall) -> None:
    subject_id = hang(wall)
    SeesAsTold.told[wall.shown[subject_id]] = [Finding(Category.GORE, Severity.EXTREME, 95.0, "blood")]
    assert looked_at(senior, with_scanners=False).changes.count() == 0
    Rescan.objects.update(state=RescanState.DISCARDED)
    (change,) = looked_at(senior, with_scanners=True).changes.all()
    assert (change.after, change.scan_run.purpose) == ("block", "rescan")


def test_applying_takes_blocked_content_down_and_puts_doubtful_content_into_the_queue(
    senior: Any, wall: Wall
) -> None:
    doubtful, bad, spared = hang(wall, GORE), hang(wall, MORE_GORE), hang(wall, MORE_GORE)
    stricter(senior)
    rescan = looked_at(senior)
    left_out = rescan.changes.get(subject_id=spared)
    assert rescan_exclude(rescan=rescan, change_ids=[left_out.pk], is_excluded=True, by=senior) == 1
    rescan_apply_request(rescan=rescan, by=senior)
    for _again in range(2):
        rescan_apply(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    assert (rescan.state, rescan.applied_by) == (RescanState.APPLIED, senior)
    assert wall.told == [(bad, False, ["gore"])]
    decision = Decision.objects.get(subject_id=bad, by=senior)
    assert (decision.verdict, decision.policy) == (Verdict.BLOCK, policy_live())
    assert ReviewItem.objects.get(subject_id=doubtful).is_waiting
    assert not Decision.objects.filter(subject_id=spared, by__isnull=False).exists()
    entry = AuditEntry.objects.get(action="moderation.rescan.applied")
    told = {"outcomes": {"blocked": 1, "review_opened": 1}, "left_out": 1}
    assert {key: value for key, value in entry.data.items() if key in told} == told


@pytest.mark.parametrize(
    "change", [{"outcome": "passed_meanwhile"}, {"is_excluded": True}, {"before": "review"}]
)
def test_an_edited_outcome_of_a_rescan_is_found(senior: Any, wall: Wall, change: dict[str, Any]) -> None:
    hang(wall, MORE_GORE)
    stricter(senior)
    rescan = looked_at(senior)
    rescan_apply_request(rescan=rescan, by=senior)
    rescan_apply(rescan_id=rescan.pk)
    assert rescans_verify() == []
    rescan.changes.update(**change)
    assert rescans_verify() == [f"The changes of rescan {rescan.pk} differ from its audit entry."]


def test_what_a_person_has_passed_is_left_out_unless_somebody_wants_it(senior: Any, wall: Wall) -> None:
    doubtful, bad = hang(wall, GORE), hang(wall, MORE_GORE)
    for subject_id in (doubtful, bad):
        decision_record(
            subject_type=wall.key,
            subject_id=subject_id,
            verdict=Verdict.PASS,
            reason_codes=["approved_by_reviewer"],
            scan_run=ScanRun.objects.get(subject_id=subject_id),
            policy=policy_live(),
            by=senior,
        )
    stricter(senior)
    rows = {change.subject_id: change for change in looked_at(senior).changes.all()}
    assert (rows[doubtful].passed_by_person, rows[doubtful].is_excluded) == (True, True)
    assert (rows[bad].passed_by_person, rows[bad].is_excluded) == (True, True)


def test_a_change_that_fails_is_named_and_can_be_tried_again(senior: Any, wall: Wall) -> None:
    own, other = hang(wall, MORE_GORE, owner=senior), hang(wall, MORE_GORE)
    stricter(senior)
    rescan = looked_at(senior)
    rescan_apply_request(rescan=rescan, by=senior)
    rescan_apply(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    assert rescan.state == RescanState.READY
    outcomes = dict(rescan.changes.values_list("subject_id", "outcome"))
    assert outcomes == {own: "failed:review_own_content", other: "blocked"}
    assert wall.told == [(other, False, ["gore"])]
    failed = rescan.changes.get(subject_id=own)
    rescan_exclude(rescan=rescan, change_ids=[failed.pk], is_excluded=True, by=senior)
    rescan_apply_request(rescan=rescan, by=senior)
    rescan_apply(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    assert (rescan.state, len(wall.told)) == (RescanState.APPLIED, 1)


def test_a_task_that_ends_early_goes_on_where_it_was(
    senior: Any, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(5):
        hang(wall, MORE_GORE)
    stricter(senior)
    asked: list[Any] = []
    monkeypatch.setattr(rescans, "BATCH", 2)
    monkeypatch.setattr(rescans, "enqueue", lambda *call: asked.append(call))
    rescan = rescan_request(by=senior, with_scanners=False)
    rescan_run(rescan_id=rescan.pk, seconds=0)
    rescan.refresh_from_db()
    rescans._batch(rescan, rescans.policy_rules(rescan.policy).rules)
    rescan.refresh_from_db()
    assert (rescan.examined, rescan.changes.count()) == (2, 2)
    rescan_run(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    assert (rescan.state, rescan.examined, rescan.changes.count()) == (RescanState.READY, 5, 5)
    assert asked == [(rescans.RUN_TASK, rescan.pk)] * 2


def test_of_two_workers_on_the_same_batch_one_is_turned_away(senior: Any, wall: Wall) -> None:
    hang(wall, MORE_GORE)
    stricter(senior)
    rescan = rescan_request(by=senior, with_scanners=False)
    rescan_run(rescan_id=rescan.pk, seconds=0)
    mine, other = Rescan.objects.get(pk=rescan.pk), Rescan.objects.get(pk=rescan.pk)
    rules = rescans.policy_rules(mine.policy).rules
    assert rescans._batch(other, rules) is True
    assert rescans._batch(mine, rules) is False
    assert RescanChange.objects.count() == 1


def test_content_that_cannot_be_opened_was_never_scanned_or_is_gone_is_counted(
    senior: Any, wall: Wall
) -> None:
    broken = hang(wall, MORE_GORE)
    unknown = uuid.uuid4()
    wall.shown[unknown] = 0
    wall.broken.add(broken)
    assert looked_at(senior).unknown == 1
    Rescan.objects.update(state=RescanState.DISCARDED)
    rescan = looked_at(senior, with_scanners=True)
    assert rescan.faults == [{"subject_type": "wall", "subject_id": str(broken), "code": "error"}]


def test_one_rescan_at_a_time_and_a_discarded_one_does_nothing(senior: Any, wall: Wall) -> None:
    hang(wall, MORE_GORE)
    stricter(senior)
    rescan = looked_at(senior)
    with pytest.raises(RescanRunning):
        rescan_request(by=senior, with_scanners=False)
    rescan_discard(rescan=rescan, by=senior)
    with pytest.raises(TransitionRefused):
        rescan_apply_request(rescan=rescan, by=senior)
    rescan_apply(rescan_id=rescan.pk)
    assert wall.told == []
    assert rescan_request(by=senior, with_scanners=False).state == RescanState.QUEUED


def test_a_lost_rescan_is_found_again(senior: Any, wall: Wall) -> None:
    rescan = rescan_request(by=senior, with_scanners=False)
    assert rescans_lost() == []
    Rescan.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert rescans_lost() == [(rescans.RUN_TASK, rescan.pk)]
    Rescan.objects.update(state=RescanState.APPLYING)
    assert rescans_lost() == [(rescans.APPLY_TASK, rescan.pk)]


def test_moderators_neither_start_nor_apply_rescans(moderator: Any, senior: Any, wall: Wall) -> None:
    rescan = looked_at(senior)
    for step in (
        lambda: rescan_request(by=moderator, with_scanners=False),
        lambda: rescan_apply_request(rescan=rescan, by=moderator),
        lambda: rescan_exclude(rescan=rescan, change_ids=[], is_excluded=True, by=moderator),
        lambda: rescan_discard(rescan=rescan, by=moderator),
    ):
        with pytest.raises(PermissionRefused):
            step()


def test_a_diff_by_a_version_that_is_no_longer_live_is_not_applied(senior: Any, wall: Wall) -> None:
    bad = hang(wall, MORE_GORE)
    stricter(senior)
    early = looked_at(senior)
    stricter(senior)
    with pytest.raises(RescanOutdated) as refusal:
        rescan_apply_request(rescan=early, by=senior)
    assert (refusal.value.code, refusal.value.details) == ("rescan_outdated", {"version": 2, "live": 3})
    rescan_discard(rescan=early, by=senior)
    late = looked_at(senior)
    rescan_apply_request(rescan=late, by=senior)
    stricter(senior)  # between the request and the task
    rescan_apply(rescan_id=late.pk)
    late.refresh_from_db()
    assert late.state == RescanState.READY
    assert late.changes.get(subject_id=bad).outcome == "failed:rescan_outdated"
    assert wall.told == []


def test_what_a_person_lets_pass_after_the_diff_was_made_stays(senior: Any, wall: Wall) -> None:
    doubtful, bad = hang(wall, GORE), hang(wall, MORE_GORE)
    stricter(senior)
    rescan = looked_at(senior)
    for subject_id in (doubtful, bad):
        decision_record(
            subject_type=wall.key,
            subject_id=subject_id,
            verdict=Verdict.PASS,
            reason_codes=["approved_by_reviewer"],
            scan_run=ScanRun.objects.get(subject_id=subject_id),
            policy=policy_live(),
            by=senior,
        )
    wall.told.clear()
    rescan_apply_request(rescan=rescan, by=senior)
    rescan_apply(rescan_id=rescan.pk)
    assert set(rescan.changes.values_list("outcome", flat=True)) == {"passed_meanwhile"}
    assert wall.told == []
    assert not ReviewItem.objects.filter(subject_id=doubtful).exists()
