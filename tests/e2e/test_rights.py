"""A person's rights in a real browser: why something was refused, the appeal, consent and its withdrawal."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from generation.models import Upload
from generation.services.uploads import upload_consent
from generation.states import ArtifactState, JobState
from moderation.models import Appeal
from moderation.services.consents import ConsentGiven
from moderation.services.reviews import review_claim, review_resolve
from moderation.states import AppealState
from tests.factories.accounts import user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.moderation import ReviewItemFactory
from tests.factories.templates import plain_clip, plain_jpeg
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]
Screenshot = Callable[[Page, str], Path]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
VIEWS = [("en", PHONE), ("en", DESKTOP), ("zh-CN", PHONE), ("zh-CN", DESKTOP)]


@pytest.fixture
def visitor() -> User:
    """A guest of the studio with a photo, and a consent to it."""
    guest = user_with(username="guest-of-this-test", is_guest=True)
    upload_consent(upload=UploadFactory(owner=guest), given=ConsentGiven(), by=guest)
    return guest


@pytest.fixture
def open_as(open_page: OpenPage, live_server: LiveServer) -> OpenPage:
    """open_as(user, "/path", **options of the browser's context)."""

    def open_one(user: User, path: str, **options: object) -> Page:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = open_page(**options)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(path)
        return page

    return open_one


def photo_of(user: User) -> Upload:
    return Upload.objects.get(owner=user)


def result_of(user: User) -> str:
    """A released video of the visitor's photo; returns the job's id."""
    job = job_in(JobState.SUCCEEDED, owner=user, photo=photo_of(user))
    files = {"video": ("video/mp4", plain_clip((120, 90, 160))), "cover": ("image/jpeg", plain_jpeg())}
    for role, (mime, data) in files.items():
        name = f"{storage.output_folder(job.pk)}/t-{role}.{storage.EXTENSIONS[mime]}"
        job.artifacts.create(
            role=role, state=ArtifactState.RELEASED, mime=mime, byte_size=len(data), sha256="a" * 64,
            width=64, height=96, label={"AIGC": 1}, key=storage.store_bytes(storage.OUTPUTS, name, data),
        )  # fmt: skip
    return str(job.pk)


def refuse_photo(user: User) -> None:
    moderator = user_with(roles.MODERATOR)
    item = ReviewItemFactory(subject_type="upload", subject_id=photo_of(user).pk, owner=user)
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")


def assert_accessible(page: Page) -> None:
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found] == []


def test_a_refused_photo_can_be_appealed_and_the_appeal_succeeds(
    visitor: User, open_as: OpenPage, screenshot: Screenshot
) -> None:
    refuse_photo(visitor)
    page = open_as(visitor, "/my/data")
    page.get_by_role("link", name="Why, and how to appeal").first.click()
    expect(page.locator(".statement")).to_contain_text("The content shows injuries or blood.")
    expect(page.locator(".statement")).to_contain_text("appeal free of charge until")
    assert_accessible(page)
    screenshot(page, "why")
    page.locator("#appeal-text").fill("This is stage make-up.")
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.locator("#appeal")).to_contain_text("Another moderator is looking at it.")
    expect(page.locator("blockquote")).to_have_text("This is stage make-up.")

    appeal = Appeal.objects.get()
    other = user_with(roles.MODERATOR)
    assert appeal.review_item is not None
    review_resolve(review_claim(appeal.review_item, other), other, True, "", "")
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OVERTURNED
    page.reload()
    expect(page.locator("#appeal")).to_contain_text("You were right: the decision was taken back.")
    screenshot(page, "overturned")
    page.goto("/my/data")
    expect(page.locator(f"[data-photo='{photo_of(visitor).pk}'] img")).to_be_visible()


def test_a_withdrawn_consent_takes_the_video_away(
    visitor: User, open_as: OpenPage, screenshot: Screenshot
) -> None:
    job_id = result_of(visitor)
    page = open_as(visitor, f"/?job={job_id}")
    expect(page.locator("#job")).to_have_attribute("data-phase", "done")
    video = page.locator("#result").get_attribute("src")
    assert video is not None
    assert page.request.get(video).ok
    page.goto("/my/data")
    screenshot(page, "before")
    page.get_by_text("Withdraw consent").click()
    page.get_by_role("button", name="Withdraw and erase").click()
    expect(page.locator(".note")).to_have_text(
        "Consent withdrawn. The photo and 1 video made of it are erased."
    )
    expect(page.locator("[data-photo]")).to_have_count(0)
    assert page.request.get(video).status == 404
    page.goto(f"/?job={job_id}")
    expect(page.locator("#problem-list")).to_contain_text("may not have agreed")
    expect(page.locator("#problem-why")).to_be_hidden()


def test_one_video_and_then_everything_is_erased(visitor: User, open_as: OpenPage) -> None:
    job_id = result_of(visitor)
    page = open_as(visitor, "/my/data")
    row = page.locator(f"[data-result='{job_id}']")
    row.get_by_text("Delete", exact=True).click()
    row.get_by_role("button", name="Delete the video").click()
    expect(page.locator(".note")).to_have_text("The video is erased.")
    expect(page.locator("[data-result]")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert '"guest-of-this-test"' in Path(download.value.path()).read_text()
    page.get_by_text("Delete everything").click()
    page.get_by_label("I want everything to be erased.").check()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Your data are being erased.")
    page.goto("/my/data")
    expect(page).to_have_url(re.compile(r":\d+/$"))
    assert User.objects.get(pk=visitor.pk).username.startswith("erased-")


@pytest.mark.parametrize(("locale", "viewport"), VIEWS)
def test_the_pages_are_whole_and_accessible(
    visitor: User, open_as: OpenPage, screenshot: Screenshot, locale: str, viewport: dict[str, int]
) -> None:
    result_of(visitor)
    for _ in range(3):
        UploadFactory(owner=visitor)
    moderator = user_with(roles.MODERATOR)
    for reason in ("gore", "hate"):
        item = ReviewItemFactory(owner=visitor, subject_type="upload", subject_id=visitor.uploads.first().pk)
        review_resolve(review_claim(item, moderator), moderator, False, reason, "")
    name = f"{locale}-{viewport['width']}"
    page = open_as(visitor, "/my/data", locale=locale, viewport=viewport)
    for path in ("/my/data", "/my/decisions", "/my/erased"):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screenshot(page, f"{name}{path.replace('/', '-')}")
    page.goto("/my/decisions")
    page.locator("a.row").last.click()
    expect(page.locator("#appeal-form")).to_be_visible()
    screenshot(page, f"{name}-statement")


@pytest.mark.parametrize(("locale", "sentence"), [("en", "I am their guardian"), ("zh-CN", "我是其监护人")])
def test_the_photo_step_asks_for_consent_by_who_is_in_the_photo(
    visitor: User, open_as: OpenPage, screenshot: Screenshot, locale: str, sentence: str
) -> None:
    page = open_as(visitor, "/", locale=locale, viewport=DESKTOP)
    page.evaluate("document.body.dataset.view = 'make'")
    page.locator("#consent").check(force=True)
    page.locator("[name=relation][value=guardian]").check(force=True)
    expect(page.locator("#consent-text")).to_contain_text(sentence)
    expect(page.locator("#consent")).not_to_be_checked()
    expect(page.locator("#guardian")).to_be_visible()
    page.locator("#guardian").scroll_into_view_if_needed()
    screenshot(page, f"consent-{locale}")
