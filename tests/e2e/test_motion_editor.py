"""The motion editor in a real browser: dragging, keys, undo, saving, other editors, both languages."""

import random
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from templates_app.models import TemplateVersion
from templates_app.poses.corrections import Correction, corrected
from templates_app.poses.edits import MotionEdits
from templates_app.services.editing import version_edit
from templates_app.states import VersionState
from tests.e2e.conftest import DESKTOP, OpenPage
from tests.e2e.test_desk import sign_in
from tests.factories.accounts import user_with
from tests.factories.takes import draft_of_pair, pair_poses
from tests.factories.templates import superuser
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]
TABLET = {"width": 1024, "height": 768}


def curator(name: str = "mei") -> User:
    return user_with(roles.CURATOR, username=name, is_staff=True)


def editor_of(version: TemplateVersion) -> str:
    return reverse("admin:motion_editor", args=[version.pk])


def open_editor(page: Page, version: TemplateVersion) -> None:
    answer = page.goto(editor_of(version))
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("[data-editor]")).to_have_attribute("data-ready", "")


def stored(version: TemplateVersion) -> MotionEdits:
    return MotionEdits.from_document(TemplateVersion.objects.get(pk=version.pk).edits)


def saved(page: Page) -> None:
    expect(page.locator("[data-editor-state]")).to_have_text("Everything is saved.")


def drag_wrist(page: Page, right: float, down: float) -> tuple[float, float]:
    """Drag the first dancer's right wrist in frame 0 by parts of the picture's height; where it was."""
    poses = pair_poses()
    x, y = map(float, poses.points[0, 0, 16, :2])
    box = page.locator("[data-editor-stage] canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x * box["height"], box["y"] + y * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + (x + right) * box["height"], box["y"] + (y + down) * box["height"], steps=4)
    page.mouse.up()
    return x, y


def test_a_joint_that_is_dragged_is_stored_and_can_be_taken_back(sign_in: OpenPage) -> None:
    version = draft_of_pair(with_video=True)
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    x, y = drag_wrist(page, 0.05, -0.1)
    saved(page)
    (made,) = stored(version).corrections
    assert (made.kind, made.track, made.joint, made.frame) == ("place", 0, "right_wrist", 0)
    assert (made.x, made.y) == (pytest.approx(x + 0.05, abs=0.01), pytest.approx(y - 0.1, abs=0.01))
    page.keyboard.press("Control+z")
    saved(page)
    assert stored(version).corrections == ()
    page.keyboard.press("Control+y")
    saved(page)
    assert stored(version).corrections == (made,)
    page.reload()
    expect(page.locator("[data-editor-undo]")).to_be_disabled()  # the history begins anew, the edits stay
    assert stored(version).corrections == (made,)


def test_everything_can_be_done_by_keyboard(sign_in: OpenPage) -> None:
    version = draft_of_pair()
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    page.locator("[data-editor-stage] canvas").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("i")
    page.keyboard.press("w")  # to the arms that are hardly seen
    expect(page.locator("[data-editor-said]")).to_contain_text("percent sure here")
    joint = page.locator("[data-editor-joint]").input_value()
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    page.locator("[data-editor-span]").fill("5")
    page.locator("[data-editor-stage] canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("h")
    saved(page)
    edits = stored(version)
    assert edits.trim is not None
    assert (edits.trim.first_frame, edits.trim.last_frame) == (30, 119)
    place, hidden = edits.corrections
    assert (place.kind, hidden.kind) == ("place", "hidden")
    assert {place.joint, hidden.joint} == {joint}
    assert hidden.last_frame is not None
    assert hidden.last_frame - hidden.frame == 4
    assert "elbow" in joint or "wrist" in joint
    page.keyboard.press("Delete")
    saved(page)
    assert stored(version).corrections == (place,)


def test_performers_tempo_mirror_and_a_proposed_loop(sign_in: OpenPage) -> None:
    version = draft_of_pair(bpm=120, beats=[step / 2 for step in range(8)])
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    page.locator("[data-editor-up='1']").click()
    page.locator("[data-editor-mirror]").check()
    page.locator("[data-editor-tempo]").fill("1.5")
    saved(page)
    edits = stored(version)
    assert (edits.people, edits.mirror, edits.tempo) == ((1, 0), True, 1.5)
    version.refresh_from_db()
    assert version.bpm == pytest.approx(180)
    assert version.frame_count == 80
    expect(page.locator("[data-editor-result-said]")).to_contain_text("2.67 s, performers: 2")
    page.locator("[data-editor-performer]").nth(0).uncheck()
    page.locator("[data-editor-loop-use]").first.click()
    saved(page)
    edits = stored(version)
    assert (edits.people, edits.loop) == ((1,), True)
    assert TemplateVersion.objects.get(pk=version.pk).is_loop
    page.locator("[data-editor-bpm]").fill("100")
    page.locator("[data-editor-bpm]").blur()
    saved(page)
    expect(page.locator("[data-editor-tempo-said]")).to_contain_text("150.0")
    assert TemplateVersion.objects.get(pk=version.pk).bpm == pytest.approx(150)


@pytest.mark.console_errors_expected
def test_nothing_of_another_editor_is_overwritten(sign_in: OpenPage) -> None:
    version = draft_of_pair()
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    theirs = MotionEdits(mirror=True).to_document()
    version_edit(version=version, by=superuser(), revision=version.edits_revision, edits=theirs)
    page.locator("[data-editor-loop]").check()
    expect(page.locator("[data-editor-state]")).to_contain_text("Not saved.")
    assert stored(version) == MotionEdits(mirror=True)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[data-editor-reload]").click()
    expect(page.locator("[data-editor-mirror]")).to_be_checked()
    expect(page.locator("[data-editor-loop]")).not_to_be_checked()


def save_theirs(version: TemplateVersion, edits: MotionEdits) -> None:
    version.refresh_from_db()
    version_edit(version=version, by=superuser(), revision=version.edits_revision, edits=edits.to_document())


def placed(joint: str, frame: int, x: float = 0.5) -> Correction:
    return Correction(track=0, joint=joint, frame=frame, kind="place", x=x, y=0.5)


@pytest.mark.console_errors_expected
def test_own_edits_are_applied_again_over_newer_ones(sign_in: OpenPage) -> None:
    version = draft_of_pair()
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    theirs = (placed("left_wrist", 3), placed("right_wrist", 40))
    save_theirs(version, MotionEdits(mirror=True, tempo=1.25, corrections=theirs))
    page.locator("[data-editor-loop]").check()
    drag_wrist(page, 0.05, -0.1)
    expect(page.locator("[data-editor-state]")).to_contain_text("Not saved.")
    page.locator("[data-editor-again]").click()
    expect(page.locator("[data-editor-said]")).to_have_text(
        "The newer edits are loaded, and yours are applied over them."
    )
    saved(page)
    expect(page.locator("[data-editor-again]")).to_be_hidden()
    expect(page.locator("[data-editor-mirror]")).to_be_checked()
    edits = stored(version)
    assert (edits.mirror, edits.tempo, edits.loop) == (True, 1.25, True)
    assert edits.corrections[:2] == theirs
    (own,) = edits.corrections[2:]
    assert (own.joint, own.frame) == ("right_wrist", 0)
    page.keyboard.press("Control+z")
    saved(page)
    assert stored(version) == MotionEdits(mirror=True, tempo=1.25, corrections=theirs)


@pytest.mark.console_errors_expected
@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en-US", "changed in both: tempo and right wrist of track 1 (frames: 0)."),
        ("zh-CN", "速度倍率和轨迹 1 的右腕（第 0 帧）。"),
    ],
    ids=["en", "zh"],
)
def test_what_both_have_changed_stays_theirs_and_is_named(locale: str, told: str, sign_in: OpenPage) -> None:
    version = draft_of_pair()
    page = sign_in(curator(), viewport=DESKTOP, locale=locale)
    open_editor(page, version)
    theirs = (placed("right_wrist", 0),)
    save_theirs(version, MotionEdits(tempo=1.25, corrections=theirs))
    page.locator("[data-editor-tempo]").fill("0.8")
    page.locator("[data-editor-mirror]").check()
    drag_wrist(page, 0.05, -0.1)
    expect(page.locator("[data-editor-again]")).to_be_visible()
    page.locator("[data-editor-again]").click()
    expect(page.locator("[data-editor-said]")).to_contain_text(told)
    expect(page.locator("[data-editor-state]")).to_have_attribute("data-state", "clean")
    assert stored(version) == MotionEdits(mirror=True, tempo=1.25, corrections=theirs)


@pytest.mark.console_errors_expected
def test_a_tempo_of_the_music_that_met_newer_edits_is_stored_after_all(sign_in: OpenPage) -> None:
    version = draft_of_pair(bpm=120, beats=[step / 2 for step in range(8)])
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    save_theirs(version, MotionEdits(tempo=1.25))
    page.locator("[data-editor-bpm]").fill("100")
    page.locator("[data-editor-bpm]").blur()
    page.locator("[data-editor-again]").click()
    saved(page)
    expect(page.locator("[data-editor-bpm]")).to_have_value("100")
    assert TemplateVersion.objects.get(pk=version.pk).bpm == pytest.approx(125)


@pytest.mark.console_errors_expected
def test_where_all_is_lost_the_newer_edits_are_shown_as_they_are(sign_in: OpenPage) -> None:
    version = draft_of_pair()
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    save_theirs(version, MotionEdits(tempo=1.25))
    page.locator("[data-editor-tempo]").fill("0.8")
    page.locator("[data-editor-again]").click()
    expect(page.locator("[data-editor-said]")).to_contain_text("changed in both: tempo.")
    saved(page)
    expect(page.locator("[data-editor-result-said]")).to_contain_text("3.20 s")
    expect(page.locator("[data-editor-undo]")).to_be_disabled()
    assert stored(version) == MotionEdits(tempo=1.25)


def test_corrections_are_merged_joint_by_joint_and_frame_by_frame(sign_in: OpenPage) -> None:
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, draft_of_pair())
    hidden = {"kind": "hidden", "track": 0, "joint": "nose", "frame": 10, "last_frame": 20}
    old, moved, again = (
        {"kind": "place", "track": 0, "joint": "nose", "frame": 5, "x": x, "y": 0.5, "reach": None}
        for x in (0.1, 0.2, 0.3)
    )
    inside = {**moved, "frame": 15}
    elsewhere = {**moved, "track": 1}
    cases: list[tuple[list[Any], list[Any], list[Any], list[Any], list[Any]]] = [
        # both began with, mine, theirs: what comes of it, and what of mine is lost
        ([old], [moved], [old, elsewhere], [elsewhere, moved], []),
        ([old], [moved], [again], [again], [old, moved]),
        ([old], [moved], [moved], [moved], []),
        ([old], [], [again], [again], [old]),
        ([old], [], [], [], []),
        ([old], [moved], [], [], [moved]),
        ([], [hidden], [inside], [inside], [hidden]),
        ([], [hidden], [moved], [moved, hidden], []),
        ([old, hidden], [old], [old, hidden, elsewhere], [old, elsewhere], []),
    ]
    for base, mine, theirs, merged, lost in cases:
        made = page.evaluate(
            """async (given) => {
                const { mergeEdits } = await import("/static/console/js/motion-merge.js");
                const [base, mine, theirs] = given.map((corrections) => ({ corrections }));
                return mergeEdits(base, mine, theirs);
            }""",
            [base, mine, theirs],
        )
        assert (made["edits"]["corrections"], made["lost"]["corrections"]) == (merged, lost)


def test_fingers_are_told_of_no_keys(sign_in: OpenPage) -> None:
    page = sign_in(curator(), viewport=TABLET, has_touch=True, is_mobile=True)
    open_editor(page, draft_of_pair())
    page.locator("[data-editor-pick-any]").click()
    panel = page.locator("[data-editor-joint-panel]")
    expect(panel.get_by_text("Drag it with a finger.")).to_be_visible()
    expect(panel.get_by_text("Alt and the arrow keys")).to_be_hidden()
    expect(page.locator("[data-editor-undo] kbd")).to_be_hidden()


def test_a_published_version_is_only_looked_at_and_copied(sign_in: OpenPage) -> None:
    version = draft_of_pair()
    now = timezone.now()
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, cleared_at=now, published_at=now
    )
    page = sign_in(curator(), viewport=DESKTOP)
    open_editor(page, version)
    expect(page.locator("[data-editor-mirror]")).to_be_disabled()
    drag_wrist(page, 0.05, -0.1)
    page.wait_for_timeout(1000)
    assert stored(version).corrections == ()
    page.get_by_role("button", name="Make an editable copy").click()
    expect(page.locator("[data-editor]")).to_have_attribute("data-ready", "")
    expect(page.locator("[data-editor-mirror]")).to_be_enabled()
    copy = TemplateVersion.objects.get(template=version.template, number=2)
    assert page.url.endswith(editor_of(copy))


def test_a_drag_shows_what_the_server_computes(sign_in: OpenPage) -> None:
    poses = pair_poses()
    cases = [_corrections(random.Random(seed), poses.frame_count) for seed in range(25)]
    page = sign_in(curator(), viewport=DESKTOP)
    version = draft_of_pair()
    open_editor(page, version)
    assert finders.find("console/js/motion-keyframes.js")
    shown = page.evaluate(
        """async ([cases, url, reach]) => {
            const { correctedJoint } = await import("/static/console/js/motion-keyframes.js");
            const { fetchPoses } = await import("/static/console/js/motion-poses.js");
            const take = await fetchPoses(url);
            return cases.map((corrections) => {
                const way = correctedJoint(take, 0, take.joints.indexOf("left_wrist"), corrections, reach);
                return [[...way.x], [...way.y], [...way.confidence]];
            });
        }""",
        [cases, reverse("take-poses", args=[version.take_id]), 8],
    )
    for case, (x, y, confidence) in zip(cases, shown, strict=True):
        points, sure = corrected(
            poses.points,
            poses.confidence,
            [Correction(**one) for one in case],
            joints=tuple(_joints()),
            default_reach=8,
        )
        assert np.abs(points[:, 0, 15, 0] - x).max() < 1e-5
        assert np.abs(points[:, 0, 15, 1] - y).max() < 1e-5
        assert np.abs(sure[:, 0, 15] - confidence).max() < 1e-3  # sent in half precision


def _joints() -> tuple[str, ...]:
    from templates_app.poses.skeletons import LAYOUTS

    return LAYOUTS["blazepose_33"].joints


def _corrections(chance: random.Random, frames: int) -> list[dict[str, Any]]:
    same = {"track": 0, "joint": "left_wrist"}
    made: list[dict[str, Any]] = []
    for frame in chance.sample(range(frames), chance.randint(1, 6)):
        at = {"x": round(chance.random(), 4), "y": round(chance.random(), 4)}
        made.append({**same, "kind": "place", "frame": frame, "reach": chance.choice([None, 0, 3, 20]), **at})
    for _ in range(chance.randint(0, 2)):
        frame = chance.randrange(frames)
        last = chance.choice([None, min(frames - 1, frame + 5)])
        made.append({**same, "kind": chance.choice(["hidden", "seen"]), "frame": frame, "last_frame": last})
    return made


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "light"), ("zh-CN", "dark")])
def test_the_editor_breaks_no_accessibility_rule(locale: str, scheme: str, sign_in: OpenPage) -> None:
    version = draft_of_pair(with_video=True, bpm=120, beats=[0.5, 1.0])
    page = sign_in(curator(), locale=locale, color_scheme=scheme, viewport=TABLET)
    open_editor(page, version)
    page.locator("[data-editor-pick-any]").click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= TABLET["width"]
