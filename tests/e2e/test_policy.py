"""The policy editor in a real browser, by keyboard."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from moderation.models import Policy
from moderation.services.simulations import simulation_request, simulation_run
from moderation.states import PolicyState
from tests.factories.accounts import user_with
from tests.factories.moderation import FindingFactory
from tests.factories.policies import draft_of_live
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]


@pytest.fixture
def senior() -> User:
    return user_with(roles.SENIOR_MODERATOR, username="lin", is_staff=True)


@pytest.fixture
def console(open_page: OpenPage, live_server: LiveServer, senior: User) -> OpenPage:
    """A page of the console's senior moderator."""

    def open_one(**options: object) -> Page:
        client = Client()
        client.force_login(senior, backend="django.contrib.auth.backends.ModelBackend")
        page = open_page(**{"viewport": {"width": 1280, "height": 800}, **options})
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return page

    return open_one


def test_a_rule_is_added_checked_and_saved_by_keyboard(console: OpenPage, senior: User) -> None:
    draft = draft_of_live(senior)
    page = console()
    page.goto(reverse("admin:policy_page", args=[draft.pk]))
    remarks = page.locator("[data-policy-remarks]")
    expect(remarks).to_contain_text("nothing to remark")
    page.locator("[data-section=gore] > summary").focus()
    page.keyboard.press("Enter")
    page.locator("[data-cell='gore|photo|2'] [data-rule-add]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("b")  # the verdict has the focus: block
    page.keyboard.press("Tab")
    page.keyboard.type("65")
    expect(remarks).to_contain_text("gore, photo, severity ≥ 2, confidence ≥ 65 % → block")
    strip = page.locator("[data-cell='gore|photo|2'] [data-strip] .is-block")
    expect(strip).to_have_attribute("x", "65")
    expect(page.locator("[data-cell='gore|garment|2'] [data-strip] .is-block")).to_have_attribute(
        "width", "0"
    )
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.locator("body")).to_contain_text("The draft was saved.")
    rule = draft.rules.get(category="gore", surface="photo")
    assert (rule.min_severity, rule.min_confidence, rule.verdict, rule.reason_code) == (
        2,
        65,
        "block",
        "gore",
    )


def test_a_removed_category_is_an_error_at_once_and_unsaved_rules_are_not_acted_on(
    console: OpenPage, senior: User
) -> None:
    draft = draft_of_live(senior)
    page = console(locale="zh-CN")
    page.goto(reverse("admin:policy_page", args=[draft.pk]))
    page.locator("[data-section=gore] > summary").click()
    for _rule in range(2):
        page.locator("[data-section=gore] [data-rule] > summary").first.click()
        page.locator("[data-section=gore] [data-rule][open] [data-rule-remove]").click()
    expect(page.locator(".policy-list--bad")).to_contain_text("血腥")
    expect(page.locator("[data-policy-dirty]")).to_be_visible()
    page.get_by_role("button", name="影子运行").click()
    draft.refresh_from_db()
    assert (draft.state, draft.rules.filter(category="gore").count()) == (PolicyState.DRAFT, 2)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("width", [1280, 1024])
def test_the_pages_fit_and_lead_to_going_live(
    console: OpenPage, senior: User, locale: str, width: int
) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0)
    draft = draft_of_live(senior)
    draft.rules.filter(category="gore").update(min_confidence=90)
    simulation = simulation_request(policy=draft, since=timezone.now() - timedelta(days=1), by=senior)
    simulation_run(simulation_id=simulation.pk)
    page = console(locale=locale, viewport={"width": width, "height": 768})
    for address in (
        reverse("admin:moderation_policy_changelist"),
        reverse("admin:policy_page", args=[draft.pk]),
        reverse("admin:simulation_page", args=[simulation.pk]),
        reverse("admin:moderation_policysimulation_changelist"),
        reverse("admin:moderation_rescan_changelist"),
        reverse("admin:policy_publish_page", args=[draft.pk]),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.locator(".policy-form button").click()
    expect(page.locator(".policy-state--live")).to_be_visible()
    assert Policy.objects.get(state=PolicyState.LIVE).pk == draft.pk
