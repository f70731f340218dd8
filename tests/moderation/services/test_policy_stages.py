"""Shadow, canary and live: who judges, what is stored beside it, and how a version comes back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from moderation.errors import (
    CanaryTaken,
    PolicyFrozen,
    PolicyInvalid,
    PolicyNotSimulated,
    TooManyShadows,
)
from moderation.models import AuditEntry, Decision, Policy, ScanRun, ShadowVerdict
from moderation.policy.canary import is_in_canary
from moderation.services import policies
from moderation.services.policies import (
    policy_canary,
    policy_live,
    policy_publish,
    policy_restore,
    policy_rules_replace,
    policy_shadow,
    policy_simulated,
    policy_withdraw,
    rule_rows,
)
from moderation.services.scanning import scan_picture
from moderation.services.shadowing import shadow_comparison
from moderation.services.simulations import simulation_request, simulation_run
from moderation.states import PolicyState
from moderation.taxonomy import Surface, Verdict
from tests.factories.moderation import RecordingSubject, plain_picture
from tests.factories.policies import draft_of_live, draft_with, rule_row
from tests.moderation.services.test_audit import without_locks
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db
MODULE = "tests.moderation.stand_in_scanners"
GORE_REVIEW = rule_row(verdict="review", min_confidence=0, min_severity=2)
"""The stand-in sees gore of 95 %, which the default policy blocks."""


def scan(subject_id: uuid.UUID | None = None, **kwargs: Any) -> ScanRun:
    return scan_picture(
        subject_type="test_subject",
        subject_id=subject_id or uuid.uuid4(),
        surface=Surface.PHOTO,
        pixels=plain_picture(),
        **kwargs,
    )


def milder(senior: Any, title: str = "Milder") -> Policy:
    return draft_with(senior, GORE_REVIEW, without="gore", title=title)


def test_a_shadow_judges_everything_without_any_effect(
    senior: Any, subject: RecordingSubject, only_scanners: Any
) -> None:
    only_scanners(f"{MODULE}:SeesGore")
    shadow = policy_shadow(policy=milder(senior), by=senior)
    run = scan()
    assert (run.verdict, run.policy) == (Verdict.BLOCK, policy_live())
    (aside,) = run.shadow_verdicts.all()
    assert (aside.policy, aside.role, aside.verdict, aside.reason_codes) == (
        shadow,
        PolicyState.SHADOW,
        Verdict.REVIEW,
        ["gore"],
    )
    comparison = shadow_comparison(shadow)
    assert (comparison.total, comparison.differing, comparison.judged) == (1, 1, 0)
    assert comparison.matrix["block"]["review"] == 1


def test_a_canary_judges_its_share_and_the_other_side_is_stored(
    senior: Any, subject: RecordingSubject, only_scanners: Any
) -> None:
    only_scanners(f"{MODULE}:SeesGore")
    canary = policy_canary(policy=milder(senior), percent=50, by=senior)
    runs = [scan() for _number in range(24)]
    for run in runs:
        inside = is_in_canary(run.subject_id, canary.pk, 50)
        assert run.policy == (canary if inside else policy_live())
        assert run.verdict == (Verdict.REVIEW if inside else Verdict.BLOCK)
        (aside,) = run.shadow_verdicts.all()
        assert aside.policy == (policy_live() if inside else canary)
        assert aside.verdict == (Verdict.BLOCK if inside else Verdict.REVIEW)
    comparison = shadow_comparison(canary)
    inside_count = sum(run.policy == canary for run in runs)
    assert 0 < inside_count < 24
    assert (comparison.total, comparison.judged, comparison.matrix["block"]["review"]) == (
        24,
        inside_count,
        24,
    )


def test_the_same_subject_stays_with_the_same_version(senior: Any, only_scanners: Any) -> None:
    only_scanners(f"{MODULE}:SeesNothing")
    policy_canary(policy=milder(senior), percent=50, by=senior)
    for subject_id in (uuid.uuid4() for _number in range(6)):
        assert len({scan(subject_id).policy_id for _again in range(3)}) == 1


def test_a_scan_without_consequences_is_judged_by_the_live_version_alone(
    senior: Any, subject: RecordingSubject, only_scanners: Any
) -> None:
    only_scanners(f"{MODULE}:SeesGore")
    policy_canary(policy=milder(senior), percent=99, by=senior)
    run = scan(purpose="check")
    assert (run.policy, run.verdict) == (policy_live(), Verdict.BLOCK)
    assert not run.shadow_verdicts.exists()
    assert not Decision.objects.filter(scan_run=run).exists()


def test_a_canary_whose_rules_were_changed_behind_our_back_has_no_say(
    senior: Any, only_scanners: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_scanners(f"{MODULE}:SeesNothing")
    canary = policy_canary(policy=milder(senior), percent=99, by=senior)
    monkeypatch.setattr(policies, "_loaded", {})  # another worker
    with without_locks():
        canary.rules.filter(category="gore").update(verdict="pass")
    assert {scan().policy_id for _number in range(4)}.isdisjoint({canary.pk})


def test_one_canary_and_three_shadows_at_most(senior: Any) -> None:
    first = policy_canary(policy=draft_of_live(senior), percent=10, by=senior)
    with pytest.raises(CanaryTaken) as caught:
        policy_canary(policy=draft_of_live(senior), percent=10, by=senior)
    assert caught.value.details == {"version": first.version}
    for _number in range(3):
        policy_shadow(policy=draft_of_live(senior), by=senior)
    with pytest.raises(TooManyShadows):
        policy_shadow(policy=draft_of_live(senior), by=senior)


def test_the_share_of_a_canary_can_grow_and_it_can_step_back(senior: Any) -> None:
    canary = policy_canary(policy=draft_of_live(senior), percent=5, by=senior)
    assert policy_canary(policy=canary, percent=40, by=senior).canary_percent == 40
    assert policy_shadow(policy=canary, by=senior).canary_percent is None
    policy_withdraw(policy=canary, by=senior)
    assert (canary.state, canary.was_withdrawn) == (PolicyState.RETIRED, True)
    actions = AuditEntry.objects.filter(subject_id=str(canary.pk)).values_list("action", flat=True)
    assert list(actions.order_by("sequence")) == [
        "moderation.policy.drafted",
        "moderation.policy.canaried",
        "moderation.policy.canaried",
        "moderation.policy.shadowed",
        "moderation.policy.withdrawn",
    ]


@pytest.mark.parametrize("percent", [0, 100, -1])
def test_a_canary_judges_neither_nothing_nor_everything(senior: Any, percent: int) -> None:
    with pytest.raises(PolicyInvalid):
        policy_canary(policy=draft_of_live(senior), percent=percent, by=senior)


def test_rules_are_fixed_as_soon_as_a_version_leaves_the_draft(senior: Any) -> None:
    shadow = policy_shadow(policy=draft_of_live(senior), by=senior)
    with pytest.raises(PolicyFrozen):
        policy_rules_replace(policy=shadow, rules=rule_rows(shadow)[:-1], by=senior)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        shadow.rules.filter(category="gore").update(min_confidence=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=shadow.pk).update(state="draft", digest="", frozen_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=shadow.pk).update(digest="f" * 64)


def test_a_draft_with_gaps_is_kept_but_not_tried(senior: Any) -> None:
    draft = draft_with(senior, without="gore")
    assert not draft.rules.filter(category="gore").exists()
    for step in (
        lambda: policy_shadow(policy=draft, by=senior),
        lambda: policy_canary(policy=draft, percent=10, by=senior),
    ):
        with pytest.raises(PolicyInvalid):
            step()
    policy_withdraw(policy=draft, by=senior)
    assert draft.was_withdrawn


def test_contradicting_or_unknown_rows_are_not_stored(senior: Any) -> None:
    draft = draft_of_live(senior)
    for rows in ([rule_row(), rule_row(verdict="pass")], [rule_row(surface="wall")]):
        with pytest.raises(PolicyInvalid) as caught:
            policy_rules_replace(policy=draft, rules=rows, by=senior)
        assert len(caught.value.details["faults"]) == 1
    assert draft.rules.count() == policy_live().rules.count()  # type: ignore[union-attr]


def test_the_live_version_is_replaced_not_withdrawn(senior: Any) -> None:
    live = policy_live()
    assert live is not None
    with pytest.raises(TransitionRefused):
        policy_withdraw(policy=live, by=senior)
    assert policy_live() == live


def test_rules_that_were_never_simulated_go_live_only_when_somebody_says_so(senior: Any) -> None:
    draft = milder(senior)
    with pytest.raises(PolicyNotSimulated):
        policy_publish(policy=draft, by=senior)
    assert policy_publish(policy=draft, by=senior, without_simulation=True).state == PolicyState.LIVE


def test_rolling_back_makes_a_new_version_with_the_old_rules(senior: Any) -> None:
    first = policy_live()
    assert first is not None
    second = policy_publish(policy=milder(senior), by=senior, without_simulation=True)
    first.refresh_from_db()
    again = policy_restore(policy=first, by=senior, title="As before")
    second.refresh_from_db()
    assert (again.state, again.copied_from, again.digest) == (PolicyState.LIVE, first, first.digest)
    assert second.state == PolicyState.RETIRED
    with pytest.raises(TransitionRefused):
        policy_restore(policy=policy_withdraw(policy=milder(senior), by=senior), by=senior, title="No")


def test_moderators_move_nothing(moderator: Any, senior: Any) -> None:
    draft = draft_of_live(senior)
    for step in (
        lambda: policy_shadow(policy=draft, by=moderator),
        lambda: policy_canary(policy=draft, percent=5, by=moderator),
        lambda: policy_withdraw(policy=draft, by=moderator),
        lambda: policy_rules_replace(policy=draft, rules=[], by=moderator),
        lambda: policy_restore(policy=draft, by=moderator, title="x"),
    ):
        with pytest.raises(PermissionRefused):
            step()


def test_shadow_verdicts_are_evidence(senior: Any, only_scanners: Any) -> None:
    only_scanners(f"{MODULE}:SeesNothing")
    policy_shadow(policy=draft_of_live(senior), by=senior)
    scan()
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE moderation_shadowverdict SET verdict = 'block'")
    assert ShadowVerdict.objects.get().verdict == Verdict.PASS


def test_a_simulation_of_some_scans_or_against_a_former_version_is_not_enough(senior: Any) -> None:
    scan()
    draft = milder(senior)
    since = timezone.now() - timedelta(days=1)
    narrow = simulation_request(policy=draft, since=since, by=senior, surfaces=["photo"])
    simulation_run(simulation_id=narrow.pk)
    assert policy_simulated(draft) is None
    whole = simulation_request(policy=draft, since=since, by=senior)
    simulation_run(simulation_id=whole.pk)
    assert policy_simulated(draft) == whole
    policy_publish(policy=draft_of_live(senior), by=senior, without_simulation=True)
    with pytest.raises(PolicyNotSimulated):
        policy_publish(policy=draft, by=senior)


def test_rules_that_nothing_can_match_and_too_many_rules_are_refused(senior: Any) -> None:
    draft = draft_of_live(senior)
    for rows in (
        [rule_row(job_kind="dance_vide")],
        [rule_row(min_confidence=one % 101, min_severity=one % 3 * 2) for one in range(501)],
    ):
        with pytest.raises(PolicyInvalid):
            policy_rules_replace(policy=draft, rules=rows, by=senior)
