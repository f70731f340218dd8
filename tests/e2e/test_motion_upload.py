"""The page "New from video" in a real browser: a broken line, a closed page, faults, a draft."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from generation import resident_engines
from moderation.services import scanning
from templates_app.models import MotionVideo, TemplateVersion
from templates_app.states import MotionState
from tests.factories.accounts import user_with
from tests.factories.motions import PlainMotionEngine, moving_clip
from tests.factories.scanners import COLOUR_AND_WORDS
from tests.factories.templates import TemplateFactory
from tongyi_portal.common import roles
from tongyi_portal.common.registry import LazyRegistry

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]
ADDRESS = "/console/templates_app/motionvideo/new/"
PARTS = 4


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Small parts, a scanner that judges by colour, an engine that finds the same movement everywhere."""
    settings.MOTION_PART_MAX_BYTES = max(1024, -(-len(moving_clip()) // PARTS))
    settings.ENGINE_SCRATCH_ROOT = tmp_path / "scratch"
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)
    monkeypatch.setitem(resident_engines._engines, "motion", PlainMotionEngine())
    TemplateFactory(slug="shuffle", name_en="Shuffle", name_zh="曳步舞")


def opened(open_page: OpenPage, live_server: LiveServer, **options: Any) -> Page:
    """The page as a curator sees it, "Shuffle" chosen."""
    client = Client()
    client.force_login(
        user_with(roles.CURATOR, is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = open_page(**options)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page.goto(f"{ADDRESS}?template=shuffle")
    return page


def file_of(folder: Path, data: bytes) -> Path:
    path = folder / "dance.mp4"
    path.write_bytes(data)
    return path


def choose(page: Page, path: Path) -> None:
    page.set_input_files("[data-motion-file]", path)


@pytest.mark.console_errors_expected
def test_an_upload_survives_a_broken_line_and_a_closed_page_and_becomes_a_draft(
    open_page: OpenPage, live_server: LiveServer, tmp_path: Path
) -> None:
    page, parts = opened(open_page, live_server), []

    def line(route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        parts.append(route.request.headers["upload-offset"])
        if len(parts) == 2:
            route.abort("connectionreset")
        elif len(parts) < 4:
            route.continue_()  # from the fourth on nothing is answered

    page.route(re.compile("/api/v1/motions/"), line)
    path = file_of(tmp_path, moving_clip())
    choose(page, path)
    page.wait_for_function("document.querySelector('#motion-say').textContent.includes('50')")
    assert parts[1] == parts[2]  # the part that was lost is sent again

    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(ADDRESS)
    page.unroute_all(behavior="ignoreErrors")
    hint = page.locator("[data-motion-hint]")
    expect(hint).to_contain_text("was interrupted at 50 %")
    expect(page.locator("[data-motion-template]")).to_have_value("shuffle")
    choose(page, path)
    editor = page.locator("[data-motion-editor]")
    expect(editor).to_be_visible(timeout=60_000)
    motion = MotionVideo.objects.get()
    version = TemplateVersion.objects.get(take__source=motion)
    assert motion.state == MotionState.ACCEPTED
    assert editor.get_attribute("href") == f"/console/templates/versions/{version.pk}/editor"
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('portal.upload'))") == []

    page.reload()  # the address of the page remembers which one
    expect(page.locator("[data-motion-say]")).to_have_text(
        "The movement was taken, and a draft was made of it."
    )


def test_every_fault_is_listed_and_another_video_can_be_chosen(
    open_page: OpenPage, live_server: LiveServer, tmp_path: Path, screenshot: Callable[[Page, str], Path]
) -> None:
    page = opened(open_page, live_server)
    choose(page, file_of(tmp_path, moving_clip(seconds=1.0, fps=12, side=128)))
    faults = page.locator("[data-motion-faults] li")
    expect(faults).to_have_count(3, timeout=60_000)
    expect(faults.first).to_have_text("The picture is too small: both sides need at least 200 pixels.")
    screenshot(page, "faults")
    page.get_by_role("button", name="Another video").click()
    expect(page.locator("[data-motion-drop]")).to_be_visible()
    assert "motion=" not in page.url


def test_what_cannot_be_a_video_is_refused_before_anything_is_sent(
    open_page: OpenPage, live_server: LiveServer, tmp_path: Path
) -> None:
    page = opened(open_page, live_server)
    path = tmp_path / "notes.txt"
    path.write_text("no video")
    choose(page, path)
    expect(page.locator("[data-motion-hint]")).to_have_text("This is no video file.")
    page.select_option("[data-motion-template]", "")
    choose(page, file_of(tmp_path, moving_clip()))
    expect(page.locator("[data-motion-hint]")).to_have_text("Choose a template first.")
    assert not MotionVideo.objects.exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_refusal_can_be_read_in_both_themes(
    open_page: OpenPage,
    live_server: LiveServer,
    tmp_path: Path,
    screenshot: Callable[[Page, str], Path],
    theme: str,
) -> None:
    page = opened(open_page, live_server, color_scheme=theme)
    choose(page, file_of(tmp_path, b""))
    hint = page.locator("[data-motion-hint]")
    expect(hint).to_have_text("The file is empty. Choose another one.")
    screenshot(page, theme)
    found = Axe().run(page, context="[data-motion-drop]", options={"runOnly": ["color-contrast"]})
    assert [one["id"] for one in found.response["violations"]] == []
    assert "color-contrast" in [one["id"] for one in found.response["passes"]]


def test_the_page_is_used_by_keyboard_and_fits_a_phone(open_page: OpenPage, live_server: LiveServer) -> None:
    page = opened(open_page, live_server)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("[data-motion-file]").focus()
    outline = page.locator("[data-motion-drop]").evaluate("(drop) => getComputedStyle(drop).outlineStyle")
    assert outline == "solid"
    expect(page.get_by_role("combobox", name="Template that the movement is for")).to_have_count(1)
