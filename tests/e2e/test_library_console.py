"""The library's console pages in a real browser: readable for everybody, and usable without a mouse."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from templates_app.models import FeaturedSlot, RightsRecord, TemplateVersion
from templates_app.services.featuring import slot_add
from templates_app.services.publishing import version_publish
from tests.e2e.conftest import OpenPage
from tests.e2e.test_desk import sign_in
from tests.factories.accounts import user_with
from tests.factories.templates import (
    TagFactory,
    TemplateFactory,
    attach_previews,
    cleared_version,
    plain_clip,
    superuser,
    version_of,
)
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]
DESKTOP, TABLET = {"width": 1280, "height": 800}, {"width": 834, "height": 1112}


@pytest.fixture
def curator() -> User:
    return user_with(roles.CURATOR, is_staff=True, username="curator")


def page_of(version: TemplateVersion) -> str:
    return reverse("admin:templates_app_templateversion_change", args=[version.pk])


def library() -> list[str]:
    """The pages of a library with something of everything."""
    ready = version_of(TemplateFactory(slug="ready", name_zh="科目三", name_en="Kemusan"))
    attach_previews(ready, plain_clip((90, 120, 160)))
    live = version_publish(version=cleared_version(), by=superuser())
    TagFactory()
    for template in (ready.template, live.template):
        slot_add(template=template, by=superuser())
    return [
        *(page_of(version) for version in (ready, live, cleared_version())),
        reverse("admin:template_history_page", args=[live.template_id]),
        reverse("admin:template_import_page"),
        reverse("admin:pose_file_page"),
        reverse("admin:version_join"),
        reverse("admin:templates_app_featuredslot_changelist"),
        reverse("admin:templates_app_dancetemplate_changelist"),
        reverse("admin:templates_app_templateversion_changelist"),
        reverse("admin:templates_app_dancetemplate_change", args=[live.template_id]),
    ]


OURS = ".lib"


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"), [("en-US", "light", DESKTOP), ("zh-CN", "dark", TABLET)]
)
def test_no_page_of_the_library_breaks_the_accessibility_rules_or_the_width(
    locale: str, scheme: str, viewport: dict[str, int], sign_in: OpenPage, curator: User, screenshot: Any
) -> None:
    page = sign_in(curator, locale=locale, color_scheme=scheme, viewport=viewport)
    faults: dict[str, Any] = {}
    for number, path in enumerate(library()):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        screenshot(page, f"{number}")
        if page.locator(OURS).count():
            found = Axe().run(page, context=OURS, options={"runOnly": ["wcag2a", "wcag2aa"]})
            if found.violations_count:
                faults[path] = found.generate_report()
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > viewport["width"]:
            faults[f"{path} width"] = width
    assert faults == {}


def test_an_order_of_slots_that_is_not_stored_is_not_lost_unasked(sign_in: OpenPage, curator: User) -> None:
    for name in ("One", "Two"):
        slot_add(template=TemplateFactory(name_en=name, name_zh=name), by=superuser())
    page = sign_in(curator, locale="en-US")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(reverse("admin:templates_app_featuredslot_changelist"))
    page.get_by_role("button", name="Move Two up").click()
    page.get_by_role("link", name="One").click(no_wait_after=True)
    expect(page.locator(".lib-slots li").first).to_contain_text("Two")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Store this order").click()
    expect(page.get_by_text("The order was stored.")).to_be_visible()
    page.get_by_role("link", name="One").click()
    expect(page.get_by_role("heading", name="One").first).to_be_visible()
    assert asked == ["beforeunload"]


def test_slots_are_ordered_with_the_keyboard_and_by_dragging(sign_in: OpenPage, curator: User) -> None:
    first, second, third = (
        slot_add(template=TemplateFactory(name_en=name, name_zh=name), by=superuser())
        for name in ("Alpha", "Beta", "Gamma")
    )
    page = sign_in(curator, locale="en-US", viewport=DESKTOP)
    page.goto(reverse("admin:templates_app_featuredslot_changelist"))
    page.get_by_role("button", name="Move Alpha down").press("Enter")
    expect(page.locator("[data-order-told]")).to_have_text("Alpha is now at place 2.")
    page.get_by_role("button", name="Store this order").press("Enter")
    expect(page.get_by_text("The order was stored.")).to_be_visible()
    assert list(FeaturedSlot.objects.order_by("position")) == [second, first, third]
    rows = page.locator(".lib-slots li")
    rows.nth(2).locator(".lib-handle").drag_to(rows.nth(0), target_position={"x": 5, "y": 2})
    expect(rows.nth(0)).to_contain_text("Gamma")
    page.get_by_role("button", name="Store this order").click()
    expect(page.get_by_text("The order was stored.")).to_be_visible()
    assert list(FeaturedSlot.objects.order_by("position")) == [third, second, first]


def test_a_curator_states_the_rights_and_another_publishes(sign_in: OpenPage, curator: User) -> None:
    version = cleared_version()
    RightsRecord.objects.all().delete()
    page = sign_in(curator, locale="en-US", viewport=DESKTOP)
    page.goto(page_of(version))
    _fill_rights(page)
    page.get_by_role("button", name="Store the rights").click()
    expect(page.get_by_text("The rights record was stored.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish now")).to_have_count(0)
    second = user_with(roles.CURATOR, is_staff=True, username="publisher")
    page = sign_in(second, locale="en-US", viewport=DESKTOP)
    page.goto(page_of(version))
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("The version is live now.")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Retire", exact=True).click()
    expect(page.get_by_text("The version was retired.")).to_be_visible()


def _fill_rights(page: Page) -> None:
    page.get_by_label("right to the movement").select_option("own")
    page.get_by_label("owner of the video").fill("Us")
    page.get_by_label("contract or address of the source").fill("Folder 7")
    page.get_by_label("right to the music").select_option("none")
    page.get_by_label("nobody performed it").check()
    page.get_by_label("Where", exact=True).select_option("world")
    page.get_by_label("without an end").check()
