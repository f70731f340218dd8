"""The creator's page on a running portal with real workers: a photo becomes a video, or is told why not."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Response, Route, expect

from templates_app.characters.specials import draw_landscape
from tests.running_portal import RunningPortal
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
OpenStudio = Callable[..., Page]
DANCE = "kemusan"
# Drawing every sample person and rendering real previews takes minutes; one of each is enough here.
PREPARE = f"""
import shutil, tempfile
from pathlib import Path
import numpy as np
from django.utils import timezone
from templates_app.characters import CHARACTERS
from templates_app.models import DanceTemplate, TemplateVersion
from tests.factories.templates import TemplateFactory, attach_previews, version_of
from tests.factories.videos import write_mp4
from tongyi_portal.studio.samples import sample_jpeg, sample_path
for size in ("full", "thumb"):
    sample_jpeg("person", size)
    for key in set(CHARACTERS) - {{"person"}}:
        shutil.copy(sample_path("person", size), sample_path(key, size))
frames = [np.full((96, 64, 3), 60 + 8 * n, dtype=np.uint8) for n in range(20)]
loop = write_mp4(Path(tempfile.mkdtemp()) / "loop.mp4", frames, index_first=True).read_bytes()
version = version_of(TemplateFactory(slug="{DANCE}", name_zh="科目三", name_en="Kemusan"))
attach_previews(version, loop)
now = timezone.now()
published = dict(state="published", cleared_at=now, published_at=now)
TemplateVersion.objects.filter(pk=version.pk).update(**published)
DanceTemplate.objects.update(live_version=version)
"""
# What is counted of a video's life with its owner, and the workers that have shown themselves.
USED = """
from tongyi_portal.usage.models import UsageEvent, WorkerBeat
used = UsageEvent.objects.filter(kind__in=["watched", "downloaded", "shared"])
print(*sorted([*used.values_list("kind", flat=True), *WorkerBeat.objects.values_list("queue", flat=True)]))
"""
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
DESKTOP = {"width": 1440, "height": 900}
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def portal(
    project_root: Path, model_files: ModelFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPortal]:
    """A portal with one dance, its web server and its workers."""
    assert model_files is not None
    group = RunningPortal(project_root, tmp_path_factory.mktemp("portal"), {"THROTTLE_GUEST": "1000/hour"})
    try:
        assert group.manage("migrate", "--verbosity", "0").returncode == 0
        group.run_python(PREPARE)
        group.start()
        yield group
    finally:
        group.kill()


@pytest.fixture
def open_studio(open_page: Callable[..., Page], portal: RunningPortal) -> OpenStudio:
    """Opens a path of the studio; fails when the page itself answers with an error."""

    def open_one(path: str = "/", **options: Any) -> Page:
        page = open_page(base_url=portal.url, **options)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        return page

    return open_one


def jobs_of(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.request.get("/api/v1/jobs").json()["results"]
    return found


def assert_accessible(page: Page) -> None:
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found] == []


def verdict_of(page: Page) -> Locator:
    return page.locator("#photo-verdict")


def take_sample(page: Page) -> None:
    page.locator("[data-sample=person]").click()
    expect(page.locator("#drop")).to_have_attribute("data-state", "good", timeout=MINUTE_MS)


def submit(page: Page) -> None:
    """From a chosen dance to a waiting job of the shortest length."""
    take_sample(page)
    page.get_by_label("5 s", exact=True).check(force=True)
    page.locator("#consent").check(force=True)
    page.locator("#go").click()
    expect(page).to_have_url(re.compile(r"\?job="))


def tells_of(use: str) -> Callable[[Response], bool]:
    """Whether a request says that a video was watched or shared."""
    return lambda answer: answer.url.endswith("/usage") and use in (answer.request.post_data or "")


def picture(path: Path, width: int, height: int) -> Path:
    """A drawn landscape with nobody in it; on bare ramps the classifier guesses."""
    drawn = cv2.cvtColor(draw_landscape(), cv2.COLOR_RGB2BGR)
    assert cv2.imwrite(str(path), cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC))
    return path


def test_a_photo_becomes_a_video(open_studio: OpenStudio, portal: RunningPortal) -> None:
    page = open_studio()
    page.locator(".card").first.click()
    expect(page).to_have_url(re.compile(rf"\?template={DANCE}$"))
    take_sample(page)
    page.get_by_label("5 s", exact=True).check(force=True)

    page.locator("#go").click()
    expect(page.locator("#consent-fault")).to_be_visible()
    assert jobs_of(page) == []

    page.locator("#consent").check(force=True)
    page.locator("#go").dblclick()
    bar = page.get_by_role("progressbar", name=re.compile("."))
    expect(bar).to_be_visible()
    expect(page.locator("#eta")).to_have_text(re.compile(r"\d"))
    expect(page.locator("#eta-clock")).to_have_text(re.compile(r"\d\d:\d\d"))
    with page.expect_response(tells_of("watched"), timeout=3 * MINUTE_MS) as watched:
        expect(page.locator("#job")).to_have_attribute("data-phase", "done", timeout=2 * MINUTE_MS)
    assert watched.value.status == 204

    [job] = jobs_of(page)
    assert job["state"] == "succeeded"
    page.wait_for_function("document.getElementById('result').videoWidth > 0")
    length = page.evaluate("document.getElementById('result').duration")
    assert length == pytest.approx(5, abs=0.2)
    saved = page.request.get(str(page.locator("#download").get_attribute("href")))
    assert saved.status == 200
    assert saved.headers["content-type"] == "video/mp4"
    assert "attachment" in saved.headers["content-disposition"]
    page.evaluate("document.getElementById('download').href = '/media/artifacts/a-link-that-ran-out'")
    with page.expect_download() as download:
        page.locator("#download").click()
    assert Path(download.value.path()).read_bytes() == saved.body()
    with page.expect_response(tells_of("shared")) as told:
        page.locator("#share").click()
    assert told.value.status == 204
    assert portal.run_python(USED).split() == ["downloaded", "gpu", "light", "outbound", "shared", "watched"]
    assert_accessible(page)

    page.reload()
    expect(page.locator("#result")).to_be_visible()
    page.locator(".phase-done [data-delete-photo]").click()
    page.locator("#ask-yes").click()
    expect(page.locator("#toast")).to_have_text("Your photo is erased.")
    assert page.request.get(f"/api/v1/uploads/{job['params']['photo']}").status == 404

    page.locator("#another").click()
    expect(page.locator(".mine-card")).to_have_count(1)
    expect(page.locator(".mine-state")).to_have_text("Done")


def test_a_wait_survives_leaving_and_can_be_stopped(open_studio: OpenStudio) -> None:
    page = open_studio(f"/?template={DANCE}")
    page.get_by_label("20 s").check(force=True)
    take_sample(page)
    page.locator("#consent").check(force=True)
    page.locator("#go").click()
    expect(page).to_have_url(re.compile(r"\?job="))
    page.locator("#job [data-go=pick]").first.click()
    page.locator(".mine-card").click()
    page.reload()
    expect(page.locator("#bar")).to_be_visible()
    expect(page.locator("#wait-photo")).to_be_visible()
    assert_accessible(page)
    page.locator("#cancel").click()
    page.locator("#ask-yes").click()
    expect(page.locator("#problem-title")).to_have_text("You stopped this video.", timeout=MINUTE_MS)
    assert [job["state"] for job in jobs_of(page)] == ["cancelled"]
    page.locator("#retry").click()
    expect(page.locator("#chosen-name")).not_to_be_empty()


@pytest.mark.console_errors_expected
def test_without_a_network_the_page_says_so_and_goes_on_later(open_studio: OpenStudio) -> None:
    page = open_studio(f"/?template={DANCE}")
    submit(page)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#job")).to_have_attribute("data-phase", "done", timeout=2 * MINUTE_MS)
    expect(page.locator("#offline")).to_be_hidden()


def test_a_text_file_named_jpg_is_told_from_a_photo_before_it_is_sent(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    page = open_studio(f"/?template={DANCE}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/v1/uploads" in request.url else None)
    fake = tmp_path / "me.jpg"
    fake.write_text("This is not a photo.")
    page.set_input_files("#file-gallery", fake)
    expect(verdict_of(page)).to_contain_text("This file is not a picture.")
    expect(verdict_of(page)).to_contain_text("Choose a JPEG")
    assert_accessible(page)
    page.locator("#go").click()
    expect(page.locator("#go-why")).to_have_text("Add a photo first.")
    assert sent == []


@pytest.mark.parametrize(
    ("size", "reason"),
    [((120, 160), "too small"), ((1600, 240), "too long and narrow")],
    ids=["small", "narrow"],
)
def test_a_picture_of_the_wrong_size_is_refused_with_its_reason(
    open_studio: OpenStudio, tmp_path: Path, size: tuple[int, int], reason: str
) -> None:
    page = open_studio(f"/?template={DANCE}")
    page.set_input_files("#file-gallery", picture(tmp_path / "photo.png", *size))
    expect(verdict_of(page)).to_contain_text(reason)


def test_a_damaged_picture_is_refused_with_its_reason(open_studio: OpenStudio, tmp_path: Path) -> None:
    page = open_studio(f"/?template={DANCE}")
    whole = picture(tmp_path / "whole.png", 640, 800).read_bytes()
    (tmp_path / "damaged.png").write_bytes(whole[:60])
    page.set_input_files("#file-gallery", tmp_path / "damaged.png")
    expect(verdict_of(page)).to_contain_text("damaged")


def test_a_photo_without_a_person_is_refused_by_the_servers_check(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    page = open_studio(f"/?template={DANCE}")
    page.set_input_files("#file-gallery", picture(tmp_path / "nobody.jpg", 640, 800))
    expect(verdict_of(page)).to_contain_text("No person was found", timeout=MINUTE_MS)
    expect(page.locator("#drop")).to_have_attribute("data-state", "bad")


def test_ones_own_photo_wins_over_a_sample_that_is_still_coming(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    page = open_studio(f"/?template={DANCE}")
    dropped: list[str] = []
    page.route("**/studio/samples/person-full.jpg*", lambda _never_answered: None)
    page.on("requestfailed", lambda request: dropped.append(request.url))
    with page.expect_request("**/studio/samples/person-full.jpg*"):
        page.locator("[data-sample=person]").click()
    page.set_input_files("#file-gallery", picture(tmp_path / "nobody.jpg", 640, 800))
    expect(verdict_of(page)).to_contain_text("No person was found", timeout=MINUTE_MS)
    assert ["person-full" in address for address in dropped] == [True]
    expect(page.locator("[data-sample=person]")).to_have_attribute("aria-pressed", "false")


def test_a_large_photo_is_made_smaller_before_it_is_sent(open_studio: OpenStudio, tmp_path: Path) -> None:
    page = open_studio(f"/?template={DANCE}")
    page.set_input_files("#file-gallery", picture(tmp_path / "large.jpg", 3000, 4000))
    with page.expect_response("**/api/v1/uploads", timeout=MINUTE_MS) as sent:
        pass
    assert sent.value.status == 201
    assert (sent.value.json()["width"], sent.value.json()["height"]) == (1920, 2560)


def test_the_page_is_in_chinese_for_a_chinese_reader(open_studio: OpenStudio) -> None:
    page = open_studio(locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#wall-title")).to_have_text("选一支舞")
    expect(page.locator(".card-name").first).to_have_text(re.compile(r"[\u4e00-\u9fff]"))
    page.locator(".card").first.click()
    expect(page.locator("#go")).to_have_text("让它跳起来")
    page.locator("#go").click()
    expect(page.locator("#go-why")).to_have_text("先放一张照片。")
    page.locator("[data-language]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(rf"\?template={DANCE}$"))
    expect(page.locator("#go")).to_have_text("Make it dance")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 360, "height": 740}, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_accessible_and_fits(
    open_studio: OpenStudio, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_studio(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    assert_accessible(page)
    page.locator(".card").first.click()
    expect(page.locator("#make-title")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_the_sign_in_page_is_accessible(open_studio: OpenStudio) -> None:
    page = open_studio("/login")
    expect(page.get_by_label("User name")).to_be_visible()
    assert_accessible(page)


def test_less_motion_means_covers_instead_of_clips(open_studio: OpenStudio) -> None:
    page = open_studio(reduced_motion="reduce")
    video = page.locator(".card video").first
    expect(video).to_have_attribute("poster", re.compile("/media/previews/"))
    assert video.get_attribute("src") is None


def test_clips_play_while_they_are_in_view(open_studio: OpenStudio) -> None:
    page = open_studio()
    page.wait_for_function("document.querySelector('.card video').currentTime > 0")
    assert page.locator(".card video").first.get_attribute("src")


def test_the_search_says_what_it_found(open_studio: OpenStudio) -> None:
    page = open_studio()
    page.get_by_label("Search dances").fill("nothing like this")
    expect(page.locator("#wall-blank")).to_be_visible()
    page.get_by_label("Search dances").fill("kemusan")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("#announcer")).to_have_text("Dances found: 1.")


@pytest.mark.console_errors_expected
def test_a_dance_that_is_gone_leads_back_to_the_wall(open_studio: OpenStudio) -> None:
    page = open_studio("/?template=long-gone")
    expect(page.locator("#toast")).to_contain_text("no longer offered")
    expect(page.locator(".card").first).to_be_visible()


@pytest.mark.console_errors_expected
def test_somebody_elses_video_is_not_shown(open_studio: OpenStudio) -> None:
    page = open_studio("/?job=7c0c8f1e-0000-4000-8000-000000000001")
    expect(page.locator("#problem-title")).to_have_text("There is no such video.")


def test_a_video_whose_work_begins_anew_says_so(open_studio: OpenStudio) -> None:
    page = open_studio(f"/?template={DANCE}")
    notice = "The work was interrupted and begins anew (attempt 2)."

    def interrupted(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "state": "queued", "notice": notice})

    page.route(re.compile(r"/api/v1/jobs/[0-9a-f-]{36}$"), interrupted)
    submit(page)
    expect(page.locator("#anew")).to_have_text(notice)
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator("#job")).to_have_attribute("data-phase", "done", timeout=2 * MINUTE_MS)
    expect(page.locator("#anew")).to_be_hidden()
