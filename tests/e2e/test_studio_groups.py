"""The creator's page for dances of two people and of half bodies, on a running portal with real workers."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_studio import MINUTE_MS, PREPARE, assert_accessible, jobs_of
from tests.running_portal import RunningPortal
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
OpenStudio = Callable[..., Page]
GROUPS = """
from templates_app.choreography import CHOREOGRAPHIES
for slug in ("pair_mirror", "hand_dance"):
    dance = CHOREOGRAPHIES[slug]
    template = TemplateFactory(slug=slug, name_zh=dance.name_zh, name_en=dance.name_en)
    style = "full" if dance.is_full_body else "half"
    version = version_of(template, poses=dance.build(), body_style=style)
    attach_previews(version, loop)
    TemplateVersion.objects.filter(pk=version.pk).update(**published)
    DanceTemplate.objects.filter(pk=template.pk).update(live_version=version)
"""


@pytest.fixture(scope="module")
def portal(
    project_root: Path, model_files: ModelFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPortal]:
    """A portal with a dance for one, one for two and one for half bodies."""
    assert model_files is not None
    group = RunningPortal(project_root, tmp_path_factory.mktemp("portal"), {"THROTTLE_GUEST": "1000/hour"})
    try:
        assert group.manage("migrate", "--verbosity", "0").returncode == 0
        group.run_python(PREPARE + GROUPS)
        group.start()
        yield group
    finally:
        group.kill()


@pytest.fixture
def open_studio(open_page: Callable[..., Page], portal: RunningPortal) -> OpenStudio:
    def open_one(path: str = "/", **options: Any) -> Page:
        page = open_page(base_url=portal.url, **options)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        return page

    return open_one


def performer(page: Page, number: int) -> Any:
    return page.locator(f".performer[data-performer='{number}']")


def give_sample(page: Page, number: int) -> None:
    """The sample person for the performer who is in hand."""
    expect(performer(page, number)).to_have_attribute("aria-pressed", "true")
    page.locator("[data-sample=person]").click()
    expect(performer(page, number)).to_have_attribute("data-state", "good", timeout=MINUTE_MS)


def test_the_wall_says_how_many_people_and_where_half_a_photo_will_do(open_studio: OpenStudio) -> None:
    page = open_studio()
    expect(page.locator(".card[data-slug=pair_mirror] .mark")).to_have_text(["2 people"])
    expect(page.locator(".card[data-slug=hand_dance] .mark")).to_have_text(["Half body"])
    expect(page.locator(".card[data-slug=kemusan] .mark")).to_have_count(0)
    assert_accessible(page)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_dance_for_two_asks_for_a_photo_and_a_consent_of_each(
    open_studio: OpenStudio, viewport: dict[str, int]
) -> None:
    page = open_studio("/?template=pair_mirror", viewport=viewport)
    expect(page.locator(".performer")).to_have_count(2)
    expect(page.locator("#drop-title")).to_have_text("Photo of performer 1")
    give_sample(page, 1)
    page.locator("#go").click()
    expect(page.locator("#go-why")).to_have_text("Add a photo of performer 2 first.")
    give_sample(page, 2)
    assert_accessible(page)

    page.locator("#consent").check(force=True)
    page.locator("#go").click()
    expect(page.locator("#relation-title")).to_have_text("Who is performer 1?")
    expect(page.locator("#consent-fault")).to_be_visible()
    assert jobs_of(page) == []

    page.locator("#consent").check(force=True)
    page.get_by_label("5 s", exact=True).check(force=True)
    page.locator("#go").click()
    expect(page).to_have_url(re.compile(r"\?job="))
    [job] = jobs_of(page)
    assert len(job["params"]["photos"]) == 2
    assert job["template"] == "pair_mirror"
    page.locator("#cancel").click()
    page.locator("#ask-yes").click()


def test_half_a_photo_is_refused_for_one_dance_and_taken_for_the_next(
    open_studio: OpenStudio, portal: RunningPortal, tmp_path: Path
) -> None:
    half = tmp_path / "half.png"
    portal.run_python(
        "import cv2, numpy as np\n"
        "from tongyi_portal.studio.samples import sample_jpeg\n"
        "whole = cv2.imdecode(np.frombuffer(sample_jpeg('person', 'full'), np.uint8), cv2.IMREAD_COLOR)\n"
        f"cv2.imwrite({str(half)!r}, whole[: round(0.64 * len(whole))])"
    )
    page = open_studio("/?template=kemusan")
    page.set_input_files("#file-gallery", half)
    expect(page.locator("#photo-verdict")).to_contain_text("half-body dances", timeout=MINUTE_MS)
    expect(page.locator("#half-note")).to_be_hidden()
    page.locator("#make [data-go=pick]").click()
    page.locator(".card[data-slug=hand_dance]").click()
    expect(page.locator("#half-note")).to_be_visible()
    expect(page.locator("#drop")).to_have_attribute("data-state", "good", timeout=MINUTE_MS)
    assert_accessible(page)
