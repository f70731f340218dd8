"""The review desk in real browsers: one hand on the keyboard, veils, undo, lost claims, two moderators."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from generation.models import Artifact
from generation.states import JobState, UploadState
from moderation import subject_registry
from moderation.models import Decision, ExposureBreak, ExposureEvent, ReviewItem
from moderation.models.settings import ModerationSettings
from moderation.review.views import desk_url
from moderation.services.reviews import review_claim, review_open, reviews_settle_due
from moderation.states import ReviewState
from moderation.taxonomy import Category, Severity
from tests.factories.accounts import UserFactory, user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.moderation import FindingFactory, RecordingSubject, ReviewItemFactory, ScanRunFactory
from tests.factories.templates import plain_clip
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}
QUEUE = "/console/moderation/reviewitem/desk/"


@pytest.fixture(autouse=True)
def subject(monkeypatch: pytest.MonkeyPatch) -> RecordingSubject:
    """The kind of content "test_subject": a text, its own key."""
    recording = RecordingSubject()
    monkeypatch.setitem(subject_registry._TYPES, recording.key, recording)
    return recording


@pytest.fixture(autouse=True)
def plain_numbers() -> None:
    """No samples and no gold items, so that a test meets the items it made."""
    change_settings(second_review_percent=0, gold_percent=0, audit_percent=0)


def change_settings(**numbers: int) -> None:
    ModerationSettings.objects.update_or_create(pk=1, defaults=numbers)


def moderator(name: str, role: str = roles.MODERATOR) -> User:
    return user_with(role, username=name, is_staff=True)


@pytest.fixture
def sign_in(open_page: OpenPage, live_server: LiveServer) -> OpenPage:
    """A page of somebody who is signed in: sign_in(user, **options of the browser's context)."""

    def open_one(user: User, **options: object) -> Page:
        page = open_page(**{"viewport": DESKTOP, **options})
        page.context.add_cookies([session_cookie(user, live_server)])
        return page

    return open_one


def session_cookie(user: User, live_server: LiveServer) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}


def waiting(count: int, **fields: Any) -> list[ReviewItem]:
    """Items in the order in which they are given out."""
    moment = timezone.now() + timedelta(hours=5)
    return [ReviewItemFactory(due_at=moment + timedelta(seconds=n), **fields) for n in range(count)]


def photo_item(severity: Severity = Severity.SERIOUS) -> ReviewItem:
    """A photo in review, with a finding above its threshold and one below."""
    upload = UploadFactory(state=UploadState.IN_REVIEW)
    run = ScanRunFactory(subject_type="upload", subject_id=upload.pk, owner=upload.owner)
    FindingFactory(scan_run=run, confidence=58)
    FindingFactory(scan_run=run, confidence=40, label="buttocks_exposed", box=[0.5, 0.5, 0.7, 0.7])
    return review_open(
        scan_run=run, category=Category.SEXUAL_NUDITY, severity=severity, reason_codes=["sexual_nudity"]
    )


def clip_item() -> ReviewItem:
    """A video in review, with findings at two seconds, three of them at the first."""
    data = plain_clip((120, 90, 160))
    clip = Artifact.objects.create(
        job=job_in(JobState.SUCCEEDED), role="video", mime="video/mp4", byte_size=len(data), sha256="a" * 64,
        width=1080, height=1920, duration_seconds=1.0,
        key=storage.store_bytes(storage.OUTPUTS, "clips/one.mp4", data),
    )  # fmt: skip
    run = ScanRunFactory(subject_type="artifact", subject_id=clip.pk, medium="video", worst_seconds=0.0)
    for seconds, severity, label in (
        (0.0, Severity.SERIOUS, "female_breast_exposed"),
        (0.0, Severity.MILD, "belly_exposed"),
        (0.0, Severity.CONTEXT, "face"),
        (0.9, Severity.MILD, "feet_exposed"),
    ):
        FindingFactory(scan_run=run, seconds=seconds, severity=severity, label=label)
    return review_open(
        scan_run=run,
        category=Category.SEXUAL_NUDITY,
        severity=Severity.SERIOUS,
        reason_codes=["sexual_nudity"],
    )


def shown(page: Page, item: ReviewItem) -> Any:
    """Wait until the desk shows this item."""
    found = page.locator(f"[data-desk-main] [data-desk-item='{item.pk}']")
    expect(found).to_be_visible()
    return found


def loaded_ahead(page: Page, item: ReviewItem) -> None:
    expect(page.locator(f"[data-desk-waiting] [data-desk-item='{item.pk}']")).to_be_attached()


def state_of(item: ReviewItem) -> str:
    item.refresh_from_db()
    return str(item.state)


def becomes(item: ReviewItem, state: str) -> bool:
    """True once the item is in that state: the page goes on before the server has answered."""
    for _ in range(50):
        if state_of(item) == state:
            return True
        time.sleep(0.1)
    return False


def start(page: Page) -> None:
    """From the queue page to the first item, by keyboard."""
    page.goto(QUEUE)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/[0-9a-f-]{36}/"))
    expect(page.locator(".desk.has-script")).to_be_visible()


def test_ten_items_are_decided_with_the_keyboard_alone(sign_in: OpenPage, subject: RecordingSubject) -> None:
    change_settings(undo_seconds=2)
    items, page = waiting(10), sign_in(moderator("mei"))
    by_key: list[tuple[list[str], str, str]] = [
        (["a"], "approved", ""),
        (["r", "3"], "refused", ""),
        (["r", "Enter"], "refused", ""),
        (["n", *"seen", "Enter", "a"], "approved", "seen"),
        (["e", *"help", "Enter"], "open", "help"),
        (["j", "k", "b", "g", "x", "b", "g", "x", "a"], "approved", ""),
        (["r", "Escape", "a"], "approved", ""),
        (["?", "Escape", "a"], "approved", ""),
        (["a", "u", "r", "Enter"], "refused", ""),
        (["r", "ArrowDown", "Enter"], "refused", ""),
    ]
    start(page)
    for item, (keys, _state, _note) in zip(items, by_key, strict=True):
        shown(page, item)
        for key in keys:
            page.keyboard.press(key)
            if key == "u":
                expect(page.locator("[data-desk-toast-text]")).to_have_text("Taken back; decide again.")
                shown(page, item)
    page.wait_for_url(re.compile(QUEUE + "$"))
    change_settings(undo_seconds=0)
    ReviewItem.objects.filter(state=ReviewState.ANSWERED).update(settle_at=timezone.now())
    reviews_settle_due()
    assert [state_of(item) for item in items] == [state for _keys, state, _note in by_key]
    assert [item.answer_note or item.escalation_note for item in items] == [note for _k, _s, note in by_key]
    second_reason = items[1].answer_reason
    assert second_reason not in ("", items[2].answer_reason)
    assert items[2].answer_reason == "sexual_nudity"
    assert len(subject.told) == 9


def test_no_key_acts_while_somebody_writes(sign_in: OpenPage) -> None:
    item, page = waiting(1)[0], sign_in(moderator("mei"))
    start(page)
    page.keyboard.press("n")
    page.keyboard.type("a rescue")
    expect(page.get_by_label("Note")).to_have_value("a rescue")
    assert state_of(item) == ReviewState.CLAIMED
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(QUEUE + "$"))
    assert becomes(item, ReviewState.ANSWERED)


def test_the_next_item_is_shown_while_the_answer_is_still_under_way(sign_in: OpenPage) -> None:
    first, second, third = waiting(3)
    page = sign_in(moderator("mei"))
    held: list[Route] = []
    start(page)
    shown(page, first)
    loaded_ahead(page, second)
    page.route("**/approve/", lambda route: held.append(route))
    page.keyboard.press("a")
    shown(page, second)
    assert len(held) == 1
    assert state_of(first) == ReviewState.CLAIMED
    assert state_of(second) == ReviewState.OPEN
    held[0].continue_()
    page.unroute("**/approve/")
    loaded_ahead(page, third)
    assert becomes(first, ReviewState.ANSWERED)
    assert state_of(second) == ReviewState.CLAIMED


def test_undo_takes_back_the_answer_that_was_given_last_however_fast_it_is_typed(sign_in: OpenPage) -> None:
    first, second, third, _fourth = waiting(4)
    page = sign_in(moderator("mei"))
    held: list[Route] = []
    start(page)
    loaded_ahead(page, second)
    page.keyboard.press("a")
    shown(page, second)
    loaded_ahead(page, third)
    page.route("**/approve/", lambda route: held.append(route), times=1)
    page.keyboard.press("a")
    shown(page, third)
    page.keyboard.press("a")
    page.keyboard.press("u")
    held[0].continue_()
    expect(page.locator("[data-desk-toast-text]")).to_have_text("Taken back; decide again.")
    shown(page, third)
    assert [state_of(item) for item in (first, second, third)] == ["answered", "answered", "claimed"]


@pytest.mark.console_errors_expected
def test_an_answer_that_never_arrived_comes_back_into_view(sign_in: OpenPage) -> None:
    first, second = waiting(2)
    page = sign_in(moderator("mei"))
    start(page)
    loaded_ahead(page, second)
    page.route("**/approve/", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.get_by_text("The server could not be reached.")).to_be_visible()
    shown(page, first)
    page.unroute("**/approve/")
    with page.expect_response("**/approve/"):  # the page goes on before the server has answered
        page.keyboard.press("a")
    shown(page, second)
    expect(page.locator("[data-desk-toast-text]")).to_have_text("Approved.")
    assert becomes(first, ReviewState.ANSWERED)


def test_a_prefetched_item_that_somebody_else_took_is_passed_by(sign_in: OpenPage) -> None:
    first, second, third = waiting(3)
    page = sign_in(moderator("mei"))
    start(page)
    loaded_ahead(page, second)
    review_claim(second, moderator("hua"))
    page.keyboard.press("a")
    shown(page, third)
    assert becomes(first, ReviewState.ANSWERED)
    second.refresh_from_db()
    assert second.claimed_by is not None
    assert second.claimed_by.username == "hua"


@pytest.mark.console_errors_expected
def test_a_lost_claim_is_told_and_closes_the_controls(sign_in: OpenPage) -> None:
    first, second = waiting(2)
    page = sign_in(moderator("mei"))
    start(page)
    ReviewItem.objects.filter(pk=first.pk).update(claim_expires_at=timezone.now() - timedelta(minutes=1))
    review_claim(first, moderator("hua"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("alert")).to_contain_text("Your claim on this item was lost.")
    expect(page.get_by_role("alert")).to_contain_text("hua")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    page.keyboard.press("a")
    assert state_of(first) == ReviewState.CLAIMED
    page.get_by_role("button", name="Take the next item").click()
    shown(page, second)


@pytest.mark.console_errors_expected
def test_the_slower_one_reads_who_decided_and_goes_on(sign_in: OpenPage) -> None:
    first, second = waiting(2)
    page = sign_in(moderator("mei"))
    start(page)
    ReviewItem.objects.filter(pk=first.pk).update(claim_expires_at=timezone.now() - timedelta(minutes=1))
    hua = sign_in(moderator("hua"))
    hua.goto(desk_url(first.pk))
    hua.keyboard.press("c")
    expect(hua.get_by_role("button", name="Approve")).to_be_visible()
    hua.keyboard.press("a")
    assert becomes(first, ReviewState.ANSWERED)
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_contain_text("Somebody has already decided this item. hua")
    first.refresh_from_db()
    assert first.answered_by is not None
    assert first.answered_by.username == "hua"
    assert Decision.objects.filter(review_item=first).count() <= 1
    assert second.pk != first.pk


def test_pictures_are_veiled_until_held_and_looks_are_counted(sign_in: OpenPage) -> None:
    item, user = photo_item(), moderator("mei")
    page = sign_in(user)
    start(page)
    picture = page.locator("[data-desk-media] img")
    expect(picture).to_have_css("filter", "blur(18px) grayscale(1)")
    page.keyboard.down(" ")
    expect(picture).to_have_css("filter", "none")
    page.wait_for_timeout(300)
    page.keyboard.up(" ")
    expect(picture).to_have_css("filter", "blur(18px) grayscale(1)")
    expect(page.locator(".desk-exposure")).to_contain_text("1/60")
    look = ExposureEvent.objects.get(by=user)
    assert (look.item_id, look.is_grave) == (item.pk, True)
    assert look.seconds > 0.2
    page.keyboard.press("b")
    expect(picture).to_have_css("filter", "grayscale(1)")
    page.reload()
    expect(picture).to_have_css("filter", "grayscale(1)")
    expect(page.get_by_role("button", name="Blur")).to_have_attribute("aria-pressed", "false")


def test_a_finger_on_the_button_reveals(sign_in: OpenPage) -> None:
    photo_item()
    page = sign_in(moderator("mei"), viewport=TABLET, has_touch=True)
    start(page)
    picture, button = page.locator("[data-desk-media] img"), page.locator("[data-desk-hold]")
    button.dispatch_event("pointerdown", {"button": 0, "pointerType": "touch"})
    expect(picture).to_have_css("filter", "none")
    button.dispatch_event("pointerup", {"button": 0, "pointerType": "touch"})
    expect(picture).not_to_have_css("filter", "none")
    size = page.get_by_role("button", name="Approve").bounding_box()
    assert size is not None
    assert size["height"] >= 44


def test_a_grave_text_is_veiled_too(sign_in: OpenPage) -> None:
    waiting(1)
    page = sign_in(moderator("mei"))
    start(page)
    text = page.locator("[data-desk-text]")
    expect(text).to_have_css("filter", "blur(9px)")
    page.keyboard.down(" ")
    expect(text).to_have_css("filter", "none")
    page.keyboard.up(" ")


def test_the_desk_draws_only_what_was_found_near_the_moment_shown(sign_in: OpenPage) -> None:
    clip_item()
    page = sign_in(moderator("mei"))
    start(page)
    boxes = page.locator(".desk-box:visible b")
    expect(boxes).to_have_text([re.compile("exposed belly"), re.compile("exposed female breast")])
    first, second = (boxes.nth(number).bounding_box() for number in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] >= second["y"] + second["height"]
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(boxes).to_have_text([re.compile("exposed feet")])
    assert page.evaluate("document.querySelector('video').muted") is True


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_decision_is_at_hand_without_scrolling_past_the_evidence(
    viewport: dict[str, int], sign_in: OpenPage
) -> None:
    clip_item()
    page = sign_in(moderator("mei"), viewport=viewport)
    start(page)
    refuse = page.get_by_role("button", name="Refuse").first.bounding_box()
    findings = page.locator(".desk-findings").bounding_box()
    assert refuse is not None
    assert findings is not None
    assert refuse["y"] + refuse["height"] < findings["y"]
    if viewport == DESKTOP:
        assert page.evaluate("document.documentElement.scrollHeight") <= DESKTOP["height"]


def test_many_items_are_answered_together_and_taken_back(sign_in: OpenPage) -> None:
    items, page = waiting(4), sign_in(moderator("mei"))
    page.goto(QUEUE)
    expect(page.locator(".queue.has-script")).to_be_visible()
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-queue-count]")).to_have_text("2")
    page.get_by_role("button", name="Refuse", exact=True).click()
    expect(page.locator(".queue-report")).to_contain_text("Refused: 2")
    assert [state_of(item) for item in items] == ["answered", "answered", "open", "open"]
    page.keyboard.press("u")
    expect(page.locator(".queue-report")).to_contain_text("Taken back: 2")
    assert {state_of(item) for item in items} == {"open"}


def test_enter_takes_the_marked_item_of_the_queue_page(sign_in: OpenPage) -> None:
    items, mei = waiting(3), moderator("mei")
    page = sign_in(mei)
    page.goto(QUEUE)
    expect(page.locator(".queue.has-script")).to_be_visible()
    for key in ("j", "x", "j", "Enter"):
        page.keyboard.press(key)
    shown(page, items[1])
    items[1].refresh_from_db()
    assert items[1].claimed_by == mei
    assert state_of(items[0]) == ReviewState.OPEN


def test_keys_of_the_desk_say_on_the_queue_page_where_they_act(sign_in: OpenPage) -> None:
    item, page = waiting(1)[0], sign_in(moderator("mei"))
    page.goto(QUEUE)
    told = page.locator("[data-queue-told]")
    expect(told).to_be_empty()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(told).to_contain_text("Items are answered on the desk")
    assert state_of(item) == ReviewState.OPEN


@pytest.mark.parametrize("viewport", [DESKTOP, TABLET])
def test_the_toast_covers_no_control_that_stays_in_place(viewport: Any, sign_in: OpenPage) -> None:
    waiting(1, severity=Severity.EXTREME)
    clip_item()
    page = sign_in(moderator("mei"), viewport=viewport)
    start(page)
    page.keyboard.press("a")
    expect(page.locator("video")).to_be_visible()
    toast = page.locator("[data-desk-toast]").bounding_box()
    assert toast is not None
    controls = page.locator(".desk-veils button, .desk-verb:visible, .desk-top button, .desk-top a, video")
    covered = [one.inner_text() for one in controls.all() if overlap(one.bounding_box(), toast)]
    assert controls.count() > 10
    assert covered == []


def overlap(one: Any, other: Any) -> bool:
    if one is None:
        return False
    is_beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    is_above = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not (is_beside or is_above)


def test_what_waits_goes_down_with_each_answer(sign_in: OpenPage, settings: Any) -> None:
    settings.QUEUE_COUNTS_SECONDS = 60
    cache.clear()
    page, items = sign_in(moderator("mei")), waiting(4)
    start(page)
    for item, left in zip(items, ("4 waiting", "3 waiting", "2 waiting", "1 waiting"), strict=True):
        shown(page, item)
        expect(page.locator("[data-desk-shift]")).to_contain_text(left)
        page.keyboard.press("a")
    cache.clear()


def test_a_used_up_budget_leads_to_a_break_that_can_be_declined(sign_in: OpenPage) -> None:
    change_settings(exposure_budget=1)
    photo_item()
    waiting(2)
    user = moderator("mei")
    page = sign_in(user)
    start(page)
    page.keyboard.down(" ")
    page.wait_for_timeout(100)
    page.keyboard.up(" ")
    expect(page.locator(".desk-exposure")).to_contain_text("1/1")
    page.keyboard.press("a")
    page.wait_for_url("**/desk/break/")
    expect(page.get_by_role("timer")).to_contain_text(re.compile(r"1[45]:\d\d"))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(re.compile(QUEUE + "$"))
    pause = ExposureBreak.objects.get(by=user)
    assert (pause.outcome, pause.grave_count) == ("continued", 1)
    start(page)


def test_the_desk_works_without_a_script(sign_in: OpenPage) -> None:
    first, second = waiting(2)
    page = sign_in(moderator("mei"), java_script_enabled=False)
    page.goto(QUEUE)
    page.get_by_role("button", name="Review the next item").click()
    page.get_by_label("The content shows violence.").check()
    page.get_by_role("button", name="Refuse", exact=False).first.click()
    expect(page.locator(".desk-banner")).to_contain_text("Refused.")
    assert str(second.pk) in page.url
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo").first.click()
    assert str(first.pk) in page.url
    assert state_of(first) == ReviewState.CLAIMED


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_page_of_the_desk_breaks_the_accessibility_rules(
    locale: str, scheme: str, sign_in: OpenPage
) -> None:
    user = moderator("mei")
    items = [photo_item(), clip_item(), waiting(1, owner=UserFactory())[0]]
    for item in items:
        review_claim(item, user)
    waiting(2)
    page = sign_in(user, locale=locale, color_scheme=scheme)
    faults: dict[str, Any] = {}
    for path in [QUEUE, *(desk_url(item.pk) for item in items)]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        page.wait_for_timeout(300)
        if path != QUEUE:
            page.keyboard.press("r")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        if found.violations_count:
            faults[path] = found.generate_report()
    assert faults == {}


def test_the_break_page_keeps_the_accessibility_rules(sign_in: OpenPage) -> None:
    user = moderator("mei")
    ExposureBreak.objects.create(by=user, grave_count=60)
    page = sign_in(user)
    answer = page.goto(reverse("admin:review_break"))
    assert answer is not None
    assert answer.status == 200
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
