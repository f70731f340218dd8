"""The page on which anybody checks a file, in a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from moderation.provenance.metadata import AigcMark, write_jpeg
from moderation.provenance.source_types import DigitalSourceType
from tests.factories import pictures

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
Screenshot = Callable[[Page, str], Path]


def _file(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_a_marked_picture_is_told_with_its_marks(page: Page, tmp_path: Path, screenshot: Screenshot) -> None:
    marked = write_jpeg(pictures.jpeg(), AigcMark("another-service", "77"), DigitalSourceType.TRAINED)
    page.goto("/check")

    page.set_input_files("#check-input", _file(tmp_path, "a.jpg", marked))

    expect(page.get_by_role("heading", name="AI-generated", exact=True)).to_be_visible()
    expect(page.get_by_text("another-service").first).to_be_visible()
    expect(page.get_by_text("IPTC digital source type")).to_be_visible()
    screenshot(page, "marked")
    faults = Axe().run(page).response["violations"]
    assert [fault["id"] for fault in faults] == []


def test_a_second_file_replaces_the_first_answer(page: Page, tmp_path: Path) -> None:
    marked = write_jpeg(pictures.jpeg(), AigcMark("another-service", "77"))
    page.goto("/check")
    page.set_input_files("#check-input", _file(tmp_path, "a.jpg", marked))
    expect(page.get_by_role("heading", name="AI-generated", exact=True)).to_be_visible()

    page.set_input_files("#check-input", _file(tmp_path, "b.png", pictures.png()))

    expect(page.get_by_role("heading", name="No sign of AI found")).to_be_visible()
    expect(page.get_by_text("another-service")).to_have_count(0)


@pytest.mark.console_errors_expected
def test_what_cannot_be_checked_is_told(page: Page, tmp_path: Path) -> None:
    page.goto("/check")

    page.set_input_files("#check-input", _file(tmp_path, "a.jpg", b"junk"))

    expect(page.get_by_role("status")).to_contain_text("neither a picture nor a video")


def test_the_page_speaks_chinese(page: Page) -> None:
    page.goto("/check?lang=zh-hans")

    expect(page.get_by_role("heading", level=2)).to_have_text("这是 AI 生成的吗？")
