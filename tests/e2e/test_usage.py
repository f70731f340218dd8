"""The page "Usage" in a real browser: the numbers of page, CSV and API are equal; readable for everybody."""

import csv
import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.test_desk import sign_in
from tests.factories.accounts import client_of, user_with
from tests.factories.templates import live_template
from tests.factories.usage_history import dances_make, events_sum_up
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.usage.models import ReportSending

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]
DESKTOP = {"width": 1280, "height": 900}
TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}
DANCES = (
    ("kemusan", "科目三", "Subject Three"),
    ("paradise", "极乐净土", "Paradise"),
    ("dj", "蹦迪", "Club"),
)


@pytest.fixture
def analyst() -> User:
    return user_with(roles.ANALYST, roles.APP, username="lin", email="lin@example.com", is_staff=True)


@pytest.fixture
def history() -> None:
    keys = [live_template(slug=slug, name_zh=zh, name_en=en).pk for slug, zh, en in DANCES]
    dances_make(days=43, per_day=220, templates=[*keys, uuid.UUID(int=5)], is_demo=True)
    events_sum_up()


def section_numbers(page: Page, key: str, column: int) -> list[str]:
    """The texts of one column of a section's table; the table is opened first."""
    section = page.locator(f"#{key}")
    details = section.locator("details")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    cells = section.locator(f"tbody tr td:nth-child({column})").all_inner_texts()
    return [text.split("\n")[0].replace(",", "").strip() for text in cells]


def test_page_file_and_api_tell_the_same_numbers(history: None, analyst: User, sign_in: OpenPage) -> None:
    page = sign_in(analyst, locale="en-US", viewport=DESKTOP)
    page.goto("/console/usage/?preset=yesterday")
    api = client_of(analyst)
    for key, column, cell in (
        ("usage_volume", 2, "submitted"),
        ("usage_templates", 3, "submitted"),
        ("usage_funnel", 2, "count"),
        ("usage_rejections", 4, "count"),
    ):
        shown = section_numbers(page, key, column)
        answer = api.get(f"/api/v1/reports/{key}", {"preset": "yesterday"}).json()
        told = [str(row["cells"][cell]) for row in answer["rows"]][: len(shown)]
        with page.expect_download() as saved:
            page.locator(f"#{key}").get_by_role("link", name="CSV").click()
        lines = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
        title = next(c["title"] for c in answer["columns"] if c["key"] == cell)
        saved_cells = [line[lines[0].index(title)] for line in lines[1:]][: len(shown)]
        assert shown == told == saved_cells, key
        assert shown
    assert "Subject Three leads by" in page.locator("#usage_templates").inner_text()


def test_the_strip_is_fetched_again_only_while_it_can_be_seen(analyst: User, sign_in: OpenPage) -> None:
    page = sign_in(analyst, locale="en-US", viewport=DESKTOP)
    page.clock.install()
    page.goto("/console/usage/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/usage/live/" in request.url else None)
    with page.expect_response("**/console/usage/live/"):
        page.clock.run_for(10_500)
    expect(page.locator("[data-usage-live]")).to_contain_text("Workers busy")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.clock.run_for(10_500)
    before = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == before
    page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    with page.expect_response("**/console/usage/live/"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_on_a_phone_charts_are_drawn_for_it_and_long_tables_say_that_they_scroll(
    history: None, analyst: User, sign_in: OpenPage
) -> None:
    page = sign_in(analyst, locale="en-US", viewport=PHONE)
    page.goto("/console/usage/?preset=7")
    for figure in page.locator(".usage-section figure").all():
        shown = [one for one in figure.locator("svg").all() if one.is_visible()]
        assert [one.get_attribute("class") for one in shown] == ["report-chart report-chart--phone"]
        assert (
            shown[0].evaluate("one => one.getBoundingClientRect().width / one.viewBox.baseVal.width") >= 0.9
        )
    for section in page.locator(".usage-section:has(details)").all():
        section.locator("details").evaluate("one => { one.open = true; }")
        rows = section.locator(".report-rows").evaluate("one => one.scrollHeight - one.clientHeight")
        assert section.get_by_text("Scroll in the table to see all its rows.").count() == (
            1 if rows > 1 else 0
        )


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"),
    [
        ("en-US", "light", DESKTOP),
        ("zh-CN", "dark", DESKTOP),
        ("zh-CN", "light", TABLET),
        ("en-US", "dark", PHONE),
    ],
)
def test_the_page_is_readable_for_everybody(
    locale: str,
    scheme: str,
    viewport: dict[str, int],
    history: None,
    analyst: User,
    sign_in: OpenPage,
    screenshot: Callable[[Page, str], Path],
) -> None:
    page = sign_in(analyst, locale=locale, color_scheme=scheme, viewport=viewport)
    faults: dict[str, Any] = {}
    for path in ("/console/usage/?compare=weekdays", "/console/usage/schedules/?report=usage_volume"):
        page.goto(path)
        expect(page.locator(".usage")).to_be_visible()
        screenshot(
            page, f"{locale}-{scheme}-{viewport['width']}-{'schedules' if 'sched' in path else 'page'}"
        )
        found = Axe().run(page)
        if found.violations_count:
            faults[path] = found.generate_report()
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > viewport["width"]:
            faults[f"{path} width"] = width
    assert faults == {}


def test_a_report_is_scheduled_sent_at_once_and_paused(
    analyst: User, history: None, sign_in: OpenPage, mailoutbox: Any
) -> None:
    page = sign_in(analyst, locale="en-US", viewport=DESKTOP)
    page.goto("/console/reports/usage_templates/?preset=7")
    page.get_by_role("link", name="Send regularly").click()
    page.get_by_label("Language of the mail").select_option("en")
    page.get_by_label("lin <lin@example.com>").check()
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.get_by_text("The report will be sent from now on.")).to_be_visible()
    page.get_by_role("button", name="Send now").click()
    expect(page.locator(".schedule-sendings")).to_contain_text("sent")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".schedule-paused")).to_have_text("paused")
    assert ReportSending.objects.get().is_by_hand
    (mail,) = mailoutbox
    assert mail.to == ["lin@example.com"]
    assert "Subject Three" in mail.body
    assert mail.attachments[0][0].startswith("usage_templates_")
