"""The console's pages of policies, simulations and rescans."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moderation import subject_registry
from moderation.models import Policy, PolicySimulation, Rescan, RescanChange, ScanRun
from moderation.policy.checks import RULE_FIELDS
from moderation.policy_pages.simulations import EXAMPLES
from moderation.services.policies import (
    policy_canary,
    policy_live,
    policy_publish,
    policy_rules_replace,
    policy_shadow,
    rule_rows,
    rules_digest,
)
from moderation.services.simulations import simulation_request, simulation_run
from moderation.states import PolicyState, RescanState, SimulationState
from moderation.subject_registry import SubjectPreview
from moderation.taxonomy import Surface
from tests.factories.moderation import (
    FindingFactory,
    RecordingSubject,
    ScanRunFactory,
    kept_frame_of_video,
    member_of,
)
from tests.factories.policies import draft_of_live, draft_with, rule_row
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def console(senior: Any) -> Client:
    return signed_in(senior)


def page(client: Client, name: str, *args: Any, language: str = "en", query: str = "") -> str:
    address = reverse(f"admin:{name}", args=args) + query
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code == 200
    return str(response.content.decode())


def act(client: Client, name: str, *args: Any, **fields: Any) -> str:
    response = client.post(reverse(f"admin:{name}", args=args), fields, follow=True)
    assert response.status_code == 200
    return str(response.content.decode())


def as_form(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {field: [row[field] for row in rows] for field in RULE_FIELDS}


def finished_simulation(policy: Policy, by: Any) -> PolicySimulation:
    simulation = simulation_request(policy=policy, since=timezone.now() - timedelta(days=1), by=by)
    simulation_run(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    return simulation


def test_the_list_shows_what_is_in_force_with_its_live_numbers(console: Client, senior: Any) -> None:
    policy_shadow(policy=draft_of_live(senior, "In the dark"), by=senior)
    policy_canary(policy=draft_of_live(senior, "Bird"), percent=7, by=senior)
    shown = page(console, "moderation_policy_changelist")
    assert "Default policy" in shown
    for words in ("In the dark", "Bird", "7 %", "Nothing was scanned since."):
        assert words in shown


def test_a_draft_is_edited_and_every_rule_stays_as_it_was_sent(console: Client, senior: Any) -> None:
    draft = draft_of_live(senior)
    shown = page(console, "policy_page", draft.pk)
    assert shown.count("data-rule-remove") == draft.rules.count() + 1  # and that of the empty rule
    rows = [*rule_rows(draft), rule_row(min_confidence=77, job_kind="dance_video")]
    shown = act(console, "policy_save", draft.pk, title="Renamed", note="because", **as_form(rows))
    assert "The draft was saved." in shown
    draft.refresh_from_db()
    assert (draft.title, draft.note) == ("Renamed", "because")
    assert sorted(map(str, rule_rows(draft))) == sorted(map(str, rows))


def test_what_the_page_shows_can_be_sent_back_without_a_change(console: Client, senior: Any) -> None:
    draft = draft_with(senior, rule_row(min_confidence=12))
    draft.rules.filter(min_confidence=12).update(job_kind="of_yesterday")
    before = sorted(map(str, rule_rows(draft)))
    shown = page(console, "policy_page", draft.pk).split("<template")[0]
    fields: dict[str, list[str]] = {}
    for name in ("category", "surface", "min_severity"):
        fields[name] = re.findall(rf'type="hidden" name="{name}" value="([^"]*)"', shown)
    fields["min_confidence"] = re.findall(r'name="min_confidence"[^>]*value="(\d+)"', shown)
    for name in ("verdict", "job_kind", "reason_code"):
        for select in re.findall(rf'<select name="{name}">(.*?)</select>', shown, re.DOTALL):
            chosen = re.findall(r'value="([^"]*)" selected', select)
            fields.setdefault(name, []).append(chosen[0] if chosen else "any")
    act(console, "policy_save", draft.pk, title=draft.title, note="", **fields)
    assert sorted(map(str, rule_rows(draft))) == before


def test_rules_that_contradict_come_back_as_typed_with_the_reason(console: Client, senior: Any) -> None:
    draft = draft_of_live(senior)
    rows = [*rule_rows(draft), rule_row(min_confidence=33), rule_row(min_confidence=33, verdict="pass")]
    response = console.post(
        reverse("admin:policy_save", args=[draft.pk]), {"title": "x", "note": "", **as_form(rows)}
    )
    assert response.status_code == 422
    assert "two rules speak of the same findings" in response.content.decode()
    assert response.content.decode().count('value="33"') == 2
    assert draft.rules.count() == policy_live().rules.count()  # type: ignore[union-attr]


def test_typed_rules_are_checked_at_once_and_compared_with_the_live_ones(
    console: Client, senior: Any
) -> None:
    draft = draft_of_live(senior)
    rows = [row for row in rule_rows(draft) if row["category"] != "gore"]
    rows += [rule_row(surface="photo", verdict="review")]
    answer = console.post(reverse("admin:policy_check", args=[draft.pk]), as_form(rows)).json()
    assert "gore" in answer["remarks"]
    assert "garment" in answer["remarks"]
    assert "<ins>" in answer["remarks"]
    assert answer["strips"]["gore|photo|4"] == {"review": 50, "block": None, "known": True}
    assert answer["strips"]["gore|garment|4"] == {"review": 0, "block": None, "known": False}
    assert draft.rules.filter(category="gore").count() == 2  # checking stores nothing


@pytest.mark.parametrize("wrong", [{"min_confidence": "many"}, {"min_confidence": ""}, {"surface": "wall"}])
def test_nonsense_is_told_and_not_stored(console: Client, senior: Any, wrong: dict[str, str]) -> None:
    draft = draft_of_live(senior)
    rows = [*rule_rows(draft), {**rule_row(), **wrong}]
    for name in ("policy_check", "policy_save"):
        response = console.post(reverse(f"admin:{name}", args=[draft.pk]), {"title": "x", **as_form(rows)})
        assert response.status_code in {200, 422}
        assert "this rule is not valid" in response.content.decode()
    assert draft.rules.count() == policy_live().rules.count()  # type: ignore[union-attr]


def test_lists_of_different_length_are_refused(console: Client, senior: Any) -> None:
    draft = draft_of_live(senior)
    fields = as_form(rule_rows(draft))
    fields["verdict"] = fields["verdict"][:-1]
    assert console.post(reverse("admin:policy_check", args=[draft.pk]), fields).status_code == 422
    assert console.post(reverse("admin:policy_save", args=[draft.pk]), fields).status_code == 403


def test_a_version_that_stands_is_read_not_edited(console: Client) -> None:
    live = policy_live()
    assert live is not None
    shown = page(console, "policy_page", live.pk)
    assert "data-rule-add" not in shown
    assert "Copy to a new draft" in shown
    assert live.digest[:12] in shown


def test_going_live_shows_the_counts_first_and_warns_without_a_simulation(
    console: Client, senior: Any
) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0)
    draft = draft_with(senior, rule_row(min_confidence=60))
    assert "These rules were not simulated" in page(console, "policy_publish_page", draft.pk)
    refused = act(console, "policy_act", draft.pk, "publish")
    assert "against the live version; simulate them first" in refused
    finished_simulation(draft, senior)
    shown = page(console, "policy_publish_page", draft.pk)
    assert "1 verdicts change." in shown
    assert "The version is live now." in act(console, "policy_act", draft.pk, "publish")
    assert policy_live() == draft


def test_every_button_does_what_it_says(console: Client, senior: Any) -> None:
    ScanRunFactory()
    first = policy_live()
    assert first is not None
    act(console, "policy_act", first.pk, "draft")
    draft = Policy.objects.get(state=PolicyState.DRAFT)
    act(console, "policy_act", draft.pk, "simulate", days="30", surfaces=["photo"])
    assert PolicySimulation.objects.get().surfaces == ["photo"]
    assert "in shadow now" in act(console, "policy_act", draft.pk, "shadow")
    assert "12 %" in act(console, "policy_act", draft.pk, "canary", percent="12")
    assert "was withdrawn" in act(console, "policy_act", draft.pk, "withdraw")
    act(console, "policy_act", first.pk, "draft")
    newest = Policy.objects.get(state=PolicyState.DRAFT)
    act(console, "policy_act", newest.pk, "publish", without_simulation="on")
    assert "in force again" in act(console, "policy_act", first.pk, "restore")
    assert policy_live().copied_from == first  # type: ignore[union-attr]
    assert console.post(reverse("admin:policy_act", args=[first.pk, "explode"])).status_code == 404
    assert console.get(reverse("admin:policy_page", args=[uuid.uuid4()])).status_code == 404


def test_a_simulation_is_read_by_number_by_example_and_one_by_one(
    console: Client, senior: Any, subject: RecordingSubject
) -> None:
    for confidence in (55.0, 65.0, 75.0):
        FindingFactory(category="gore", severity=4, confidence=confidence, label="blood")
    draft = draft_with(senior, rule_row(min_confidence=60))
    simulation = finished_simulation(draft, senior)
    shown = page(console, "simulation_page", simulation.pk)
    assert shown.count("rule of this policy:") == 2
    assert "gore, any surface, severity ≥ 4, confidence ≥ 60 % → block" in shown
    only = page(console, "simulation_page", simulation.pk, query="?baseline=live&before=pass&after=block")
    assert "No verdict changes." in only
    assert page(console, "simulation_page", simulation.pk, query="?before=nonsense&page=99")
    assert "逐条变化" in page(console, "simulation_page", simulation.pk, language="zh-hans")


def test_a_simulation_tells_that_another_version_is_live_by_now(console: Client, senior: Any) -> None:
    FindingFactory(category="gore", severity=4, confidence=75.0, label="blood")
    draft = draft_with(senior, rule_row(min_confidence=60))
    simulation = finished_simulation(draft, senior)
    told = ("Another version is live by now", "There is a newer simulation")
    assert not [one for one in told if one in page(console, "simulation_page", simulation.pk)]
    act(console, "policy_act", draft.pk, "publish")
    shown = page(console, "simulation_page", simulation.pk)
    assert [one for one in told if one in shown] == [told[0]]


def seen_gore(**run: Any) -> ScanRun:
    found = FindingFactory(
        category="gore", severity=4, confidence=75.0, label="blood", scan_run=ScanRunFactory(**run)
    )
    return found.scan_run


def test_examples_are_content_that_can_still_be_seen_before_what_is_gone(
    console: Client, senior: Any, subject: RecordingSubject
) -> None:
    there = [seen_gore(surface=Surface.OUTPUT) for _ in range(3)]
    for _ in range(8):
        seen_gore(surface=Surface.GARMENT, subject_type="vanished")
    simulation = finished_simulation(draft_with(senior, rule_row(min_confidence=60)), senior)
    shown = page(console, "simulation_page", simulation.pk)
    examples = shown[shown.index("policy-examples") : shown.index('id="items"')]
    assert all(str(run.subject_id) in examples for run in there)
    assert examples.count("<figure>") == EXAMPLES
    assert examples.count("policy-gone") == EXAMPLES - len(there)
    assert examples.index("policy-gone") > max(examples.index(str(run.subject_id)) for run in there)


def test_a_videos_thumbnail_is_its_kept_frame_or_its_beginning(
    console: Client, senior: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clips(RecordingSubject):
        def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
            return SubjectPreview("clip", "video", f"/media/clips/{subject_id}", "", "")

    monkeypatch.setattr(subject_registry, "_TYPES", {Clips.key: Clips()})
    kept, plain = (seen_gore(surface=Surface.OUTPUT, medium="video") for _ in range(2))
    frame = kept_frame_of_video(kept)
    simulation = finished_simulation(draft_with(senior, rule_row(min_confidence=60)), senior)
    shown = page(console, "simulation_page", simulation.pk)
    poster = rf'src="/media/clips/{kept.subject_id}#t=0.1" poster="/media/frames/{frame.pk}\?'
    assert len(re.findall(poster, shown)) == 2
    assert shown.count(f'src="/media/clips/{plain.subject_id}#t=0.1" aria-label') == 2


def test_a_running_simulation_can_be_cancelled(console: Client, senior: Any) -> None:
    ScanRunFactory()
    simulation = simulation_request(
        policy=draft_of_live(senior), since=timezone.now() - timedelta(days=1), by=senior
    )
    assert "data-live-running" in page(console, "simulation_page", simulation.pk)
    shown = act(console, "simulation_stop", simulation.pk)
    assert "data-live-running" not in shown
    simulation.refresh_from_db()
    assert simulation.state == SimulationState.CANCELLED


def test_a_rescan_is_started_reviewed_and_applied(
    console: Client, senior: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = RecordingSubject()
    monkeypatch.setattr(subject_registry, "_TYPES", {kind.key: kind})
    act(console, "rescan_start", kinds=["test_subject"])
    rescan = Rescan.objects.get()
    rescan.state = RescanState.READY
    rescan.save()
    runs = [ScanRunFactory(), ScanRunFactory()]
    changes = [
        RescanChange.objects.create(
            rescan=rescan,
            subject_type="test_subject",
            subject_id=run.subject_id,
            scan_run=run,
            surface="photo",
            before="pass",
            after=after,
            reason_codes=["gore"],
            category="gore",
            severity=4,
            confidence=80,
            label="blood",
        )
        for run, after in zip(runs, ("block", "review"), strict=True)
    ]
    shown = page(console, "rescan_page", rescan.pk)
    assert "Apply: block 1, review 1" in shown
    assert page(console, "rescan_page", rescan.pk, query="?after=block").count("data-choose ") == 1
    shown = act(console, "rescan_act", rescan.pk, "exclude", change=[changes[1].pk], here="page=1")
    assert "1 change was left out." in shown
    assert "Apply: block 1, review 0" in shown
    act(console, "rescan_act", rescan.pk, "apply")
    rescan.refresh_from_db()
    assert rescan.state == RescanState.APPLYING
    assert "not finished yet" in act(console, "rescan_start", kinds=["test_subject"])


def test_moderators_read_and_others_do_not_even_that(moderator: Any, senior: Any) -> None:
    draft = draft_of_live(senior)
    reader = signed_in(moderator)
    shown = page(reader, "policy_page", draft.pk)
    assert "data-rule-add" not in shown
    assert "Make live" not in shown
    assert "may not do this" in act(reader, "policy_act", draft.pk, "shadow")
    act(reader, "policy_save", draft.pk, title="Mine", note="", **as_form(rule_rows(draft)))
    draft.refresh_from_db()
    assert (draft.state, draft.title) == (PolicyState.DRAFT, "Another")
    stranger = signed_in(member_of(roles.CURATOR, "cora"))
    for name in ("policy_page", "policy_publish_page"):
        assert stranger.get(reverse(f"admin:{name}", args=[draft.pk])).status_code == 403
    assert Client().get(reverse("admin:policy_page", args=[draft.pk])).status_code == 302


def test_the_line_of_a_category_shows_the_strictest_of_all_surfaces(console: Client, senior: Any) -> None:
    """Nudity is reviewed from 45 on each surface but results, where it is from 70, and blocked nowhere."""
    live = policy_live()
    assert live is not None
    shown = page(console, "policy_page", live.pk)
    strip = re.search(r'aria-label="([^"]*)" data-strip="sexual_nudity\|all\|4"', shown)
    assert strip is not None
    assert strip[1].strip() == "review from 45"


def test_an_outdated_rescan_offers_no_application(console: Client, senior: Any) -> None:
    live = policy_live()
    rescan = Rescan.objects.create(policy=live, state=RescanState.READY, created_by=senior)
    RescanChange.objects.create(
        rescan=rescan,
        subject_type="upload",
        subject_id=uuid.uuid4(),
        scan_run=ScanRunFactory(),
        surface="photo",
        before="pass",
        after="block",
        category="gore",
        severity=6,
        confidence=90.0,
        label="blood",
    )
    assert "Apply: block 1" in page(console, "rescan_page", rescan.pk)
    policy_publish(policy=draft_of_live(senior), by=senior, without_simulation=True)
    shown = page(console, "rescan_page", rescan.pk)
    assert "Another version has gone live since" in shown
    assert "Apply:" not in shown


def test_of_two_who_edit_one_draft_the_second_is_told(console: Client, senior: Any) -> None:
    draft = draft_of_live(senior)
    seen = rules_digest(rule_rows(draft))
    mine, theirs = rule_row(min_confidence=31), rule_row(min_confidence=32)
    policy_rules_replace(policy=draft, rules=[*rule_rows(draft), theirs], by=senior)
    before = rule_rows(draft)
    address = reverse("admin:policy_save", args=[draft.pk])
    typed = {"title": "x", "note": "", **as_form([rule_row(category="hate"), mine])}
    answer = console.post(address, typed | {"instead_of": seen})
    assert answer.status_code == 409
    assert "Somebody else has saved other rules" in answer.content.decode()
    assert 'value="31"' in answer.content.decode()
    assert rule_rows(draft) == before
    fresh = re.search(r'name="instead_of" value="([^"]+)"', answer.content.decode())
    assert fresh is not None
    assert console.post(address, typed | {"instead_of": fresh[1]}).status_code == 302
    assert [row["min_confidence"] for row in rule_rows(draft) if row["category"] == "gore"] == [31]
