"""A live server and a real browser for tests of pages."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without the first, Chromium does not start as root; the others keep it from calling outside hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
OpenPage = Callable[..., Page]


def chromium_path() -> str:
    """The installed Chromium; a test that needs it is skipped where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("No Chromium is installed; `make test` installs it where it may.")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of most tests."""
    found = chromium_path()
    # Playwright keeps an event loop in this thread, for which Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Opens pages: open_page("/path", viewport=DESKTOP, locale="zh-CN", ...), each in a fresh context.

    At the end of the test it fails on any script error or error message in a page's console, unless the test
    carries `@pytest.mark.console_errors_expected`. Keyword arguments are those of Playwright's `new_context`.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        address = str(message.location.get("url", ""))
        if message.type == "error" and not address.endswith(
            "/favicon.ico"
        ):  # asked for by the browser itself
            faults.append(f"{message.text} ({address})")

    def open_one(path: str | None = None, **options: object) -> Page:
        context = browser.new_context(
            **{"viewport": PHONE, "locale": "en-US", "base_url": live_server.url, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", note)
        if path is not None:
            page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    if request.node.get_closest_marker("console_errors_expected") is None:
        assert faults == [], "errors in the page's console"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """An empty page of a phone's size."""
    return open_page()


@pytest.fixture
def desktop_page(open_page: OpenPage) -> Page:
    """An empty page of a desktop's size."""
    return open_page(viewport=DESKTOP)


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """Saves what the page shows as var/screenshots/<test>-<name>.png, for people to look at."""
    folder = Path(settings.VAR_DIR) / "screenshots"

    def save(page: Page, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{request.node.name}-{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return save
