"""Two moderators in two browsers work on one queue by keyboard; one browser dies in the middle."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Error, Page
from pytest_django.live_server_helper import LiveServer

from moderation import subject_registry
from moderation.models import Decision, ReviewItem, ReviewQueue, ScanRun
from moderation.models.settings import ModerationSettings
from moderation.services.policies import policy_live
from moderation.services.reviews import review_expire_claims, reviews_settle_due
from moderation.states import UNDECIDED, ReviewState
from tests.e2e.conftest import DESKTOP, FLAGS, chromium_path
from tests.e2e.test_desk import moderator, session_cookie, start
from tests.factories.moderation import RecordingSubject

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# `DESK_ITEMS=1000 pytest tests/e2e/test_two_moderators.py` is the whole claim; CI does a part of it.
ITEMS = int(os.environ.get("DESK_ITEMS", "120"))
Launch = Callable[[], Browser]


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch) -> RecordingSubject:
    recording = RecordingSubject()
    monkeypatch.setitem(subject_registry._TYPES, recording.key, recording)
    return recording


@pytest.fixture
def launch(browser: Browser) -> Iterator[Launch]:
    """Starts further browsers, each a process of its own."""
    started: list[Browser] = []

    def one() -> Browser:
        path = chromium_path()
        started.append(browser.browser_type.launch(executable_path=path, headless=True, args=FLAGS))
        return started[-1]

    yield one
    for each in started:
        if each.is_connected():
            each.close()


def fill_queue(count: int) -> None:
    """Items of one queue, each a text of its own, all due at different moments."""
    policy, queue, due = policy_live(), ReviewQueue.objects.get(slug="general"), timezone.now()
    runs = [
        ScanRun(
            subject_type="test_subject", subject_id=f"00000000-0000-4000-8000-{n:012d}", surface="photo",
            medium="text", content_sha256="0" * 64, policy=policy, verdict="review",
            reason_codes=["sexual_nudity"], milliseconds=1.0,
        )
        for n in range(count)
    ]  # fmt: skip
    ScanRun.objects.bulk_create(runs)
    ReviewItem.objects.bulk_create(
        ReviewItem(
            scan_run=run, subject_type=run.subject_type, subject_id=run.subject_id, surface="photo",
            category="sexual_nudity", severity=4, reason_codes=["sexual_nudity"], queue=queue,
            due_at=due + timedelta(hours=4, seconds=n),
        )
        for n, run in enumerate(runs)
    )  # fmt: skip


class Desk:
    """One moderator at one browser. Every third item is refused, with a reason by its number."""

    def __init__(self, name: str, browser: Browser, live_server: LiveServer) -> None:
        self.user = moderator(name)
        self.browser = browser
        self.open(browser, live_server)
        self.done = 0

    def open(self, browser: Browser, live_server: LiveServer) -> None:
        context = browser.new_context(viewport=DESKTOP, locale="en-US", base_url=live_server.url)
        context.add_cookies([session_cookie(self.user, live_server)])
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        start(self.page)

    def answer(self) -> bool:
        """Press the keys of one answer as soon as an item is shown; False when the queue page is."""
        page = self.page
        page.wait_for_function(
            "() => !document.querySelector('[data-desk]') || document.querySelector("
            "'[data-desk-main] [data-desk-item]:not([data-busy]) [data-desk-form]')"
        )
        if page.locator(".queue").count():
            return False
        for key in ("r", "2") if self.done % 3 == 2 else ("a",):
            page.keyboard.press(key)
        self.done += 1
        return True


def answer_until(desks: list[Desk], count: int) -> None:
    """Answer in turn; each browser sends its answer while the other one is typed at."""
    at_work = list(desks)
    while at_work and sum(desk.done for desk in desks) < count:
        at_work = [desk for desk in at_work if _still(desk)]


def _still(desk: Desk) -> bool:
    try:
        return desk.answer()
    except Error:  # the page moved on to the queue page in this moment
        desk.page.wait_for_load_state()
        return desk.answer()


def test_no_item_is_decided_twice_and_none_is_lost_when_a_browser_dies(
    launch: Launch, live_server: LiveServer, subject: RecordingSubject
) -> None:
    numbers = {"undo_seconds": 1, "second_review_percent": 0, "gold_percent": 0, "audit_percent": 0}
    ModerationSettings.objects.update_or_create(pk=1, defaults=numbers)
    fill_queue(ITEMS)
    began = time.monotonic()
    mei, hua = Desk("mei", launch(), live_server), Desk("hua", launch(), live_server)
    answer_until([mei, hua], ITEMS // 2)

    with pytest.raises(Error, match="closed"):  # it dies before it can answer
        hua.browser.new_browser_cdp_session().send("Browser.crash")
    left_behind = ReviewItem.objects.filter(state=ReviewState.CLAIMED, claimed_by=hua.user)
    until = time.monotonic() + 20
    while not left_behind.exists():  # the server still works on the last answer that it got
        assert time.monotonic() < until
        time.sleep(0.2)
    answer_until([mei], mei.done + ITEMS // 6)
    # Ten minutes later the dead browser's claims have run out; its moderator sits down at another machine.
    left_behind.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    review_expire_claims()
    hua.open(launch(), live_server)
    answer_until([mei, hua], ITEMS * 2)
    seconds = time.monotonic() - began

    ReviewItem.objects.filter(state=ReviewState.ANSWERED).update(settle_at=timezone.now())
    while reviews_settle_due():
        pass
    assert not ReviewItem.objects.filter(state__in=list(UNDECIDED)).exists()
    by_item = Counter(Decision.objects.filter(by__isnull=False).values_list("review_item", flat=True))
    assert len(by_item) == ITEMS
    assert set(by_item.values()) == {1}
    told = Counter(str(subject_id) for subject_id, _approved, _reasons in subject.told)
    assert len(told) == ITEMS
    assert set(told.values()) == {1}
    by_person = Counter(Decision.objects.values_list("by__username", flat=True))
    assert set(by_person) == {"mei", "hua"}
    print(f"{ITEMS} items in {seconds:.0f} s, {ITEMS / seconds:.1f} a second: {dict(by_person)}")  # noqa: T201
