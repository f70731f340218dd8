"""The browser itself works, and its pages come from the live server."""

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_console_asks_for_a_login(desktop_page: Page) -> None:
    desktop_page.goto("/console/")
    assert desktop_page.locator("input[name=username]").is_visible()
    assert "/console/login/" in desktop_page.url
