"""The console in a real browser: pages fit a small desktop, and the desk shows one moment at a time."""

import re
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from generation.models import Artifact
from generation.states import JobState
from moderation.models import ReviewItem
from moderation.review.views import desk_url
from moderation.services.decisions import decision_record
from moderation.services.reviews import review_claim, review_open
from moderation.taxonomy import Category, Severity, Verdict
from tests.factories.accounts import token_for, user_with
from tests.factories.generation import job_in
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory
from tests.factories.templates import TagFactory, attach_previews, plain_clip, superuser, version_of
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SMALL_DESKTOP = {"width": 1280, "height": 800}
OURS = {"moderation", "generation", "templates_app", "accounts", "auth"}


def clip_of(job: object) -> Artifact:
    """A stored video of one second."""
    data = plain_clip((120, 90, 160))
    return Artifact.objects.create(
        job=job, role="video", mime="video/mp4", byte_size=len(data), sha256="a" * 64, width=1080,
        height=1920, duration_seconds=7.6333333333333334,
        key=storage.store_bytes(storage.OUTPUTS, "clips/one.mp4", data),
    )  # fmt: skip


@pytest.fixture
def boss() -> User:
    """A superuser, in a console with at least one row of everything."""
    user = superuser()
    job = job_in(JobState.SUCCEEDED, owner=user, engine_version="animation-2026.11")
    attach_previews(version_of(), plain_clip((90, 120, 160)))
    clip_of(job)
    TagFactory()
    token_for(user_with(roles.APP))
    item = ReviewItemFactory(subject_type="upload", subject_id=job.inputs.get().upload_id)
    FindingFactory(scan_run=item.scan_run, scanner_version="nudenet-320n-2024.06.1")
    facts = {"key": "nsfw_detector", "version": "nudenet-320n-2024.06.1", "milliseconds": 27.6, "error": ""}
    run = ScanRunFactory(subject_id=item.subject_id, subject_type="upload", scanners=[facts])
    decision_record(
        subject_type="upload", subject_id=item.subject_id, verdict=Verdict.REVIEW,
        reason_codes=["sexual_nudity"], scan_run=run, policy=run.policy,
    )  # fmt: skip
    return user


@pytest.fixture
def open_console(open_page: OpenPage, live_server: LiveServer) -> OpenPage:
    """A page of somebody who is signed in: open_console(user, **options of the browser's context)."""

    def open_one(user: User, **options: object) -> Page:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = open_page(**{"viewport": SMALL_DESKTOP, "locale": "zh-CN", **options})
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return page

    return open_one


def console_paths() -> list[str]:
    """The dashboard, every list, and the page of the first row of each."""
    paths = [reverse("admin:index")]
    for model in admin.site._registry:
        if model._meta.app_label not in OURS:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        assert row is not None, f"no row of {name}"
        paths += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
    return paths


def test_no_page_of_the_console_is_wider_than_a_small_desktop(boss: User, open_console: OpenPage) -> None:
    page = open_console(boss)
    widths = {}
    for path in console_paths():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert len(widths) > 25
    assert {path: width for path, width in widths.items() if width > SMALL_DESKTOP["width"]} == {}


@pytest.fixture
def clip_item(boss: User) -> ReviewItem:
    """A video in review, with findings at two seconds, three of them at the first; claimed by the boss."""
    clip = Artifact.objects.get(role="video")
    run = ScanRunFactory(subject_type="artifact", subject_id=clip.pk, medium="video", worst_seconds=0.0)
    for seconds, severity, label in (
        (0.0, Severity.SERIOUS, "female_breast_exposed"),
        (0.0, Severity.MILD, "belly_exposed"),
        (0.0, Severity.CONTEXT, "face"),
        (0.9, Severity.MILD, "feet_exposed"),
    ):
        FindingFactory(scan_run=run, seconds=seconds, severity=severity, label=label)
    item: ReviewItem = review_open(
        scan_run=run,
        category=Category.SEXUAL_NUDITY,
        severity=Severity.SERIOUS,
        reason_codes=["sexual_nudity"],
    )
    review_claim(item, boss)
    return item


def test_the_desk_draws_only_what_was_found_near_the_moment_shown(
    boss: User, clip_item: ReviewItem, open_console: OpenPage
) -> None:
    page = open_console(boss, viewport=DESKTOP, locale="en-US")
    page.goto(desk_url(clip_item.pk))
    boxes = page.locator(".portal-desk__box:visible b")
    expect(boxes).to_have_text([re.compile("exposed belly"), re.compile("exposed female breast")])
    first, second = (boxes.nth(number).bounding_box() for number in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] >= second["y"] + second["height"]

    page.get_by_role("row", name="exposed feet").click()
    expect(boxes).to_have_text([re.compile("exposed feet")])


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_decision_is_at_hand_without_scrolling_past_the_evidence(
    viewport: dict[str, int], boss: User, clip_item: ReviewItem, open_console: OpenPage
) -> None:
    page = open_console(boss, viewport=viewport, locale="en-US")
    page.goto(desk_url(clip_item.pk))
    refuse = page.get_by_role("button", name="Refuse").bounding_box()
    findings = page.locator(".portal-desk__findings").bounding_box()
    assert refuse is not None
    assert findings is not None
    assert refuse["y"] + refuse["height"] < findings["y"]
    if viewport == DESKTOP:
        assert refuse["y"] + refuse["height"] < DESKTOP["height"]
