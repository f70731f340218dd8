"""Two versions are joined, and a pose file is imported, over the console in a real browser."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import TemplateVersion
from templates_app.states import VersionState
from tests.e2e.conftest import OpenPage
from tests.e2e.test_desk import sign_in
from tests.factories.accounts import user_with
from tests.factories.templates import TemplateFactory, version_of
from tongyi_portal.common import roles

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]
PHONE = {"width": 390, "height": 844}


def choose(page: Page, label: str, words: str) -> None:
    """With the keyboard alone, in one of the pickers that search."""
    picker = page.get_by_role("combobox", name=label)
    picker.focus()
    page.keyboard.press("Enter")
    page.locator(".select2-search__field").fill(words)
    expect(page.locator(".select2-results__option--highlighted")).to_contain_text(words)
    page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
def test_two_versions_become_a_draft_after_a_look_at_their_seam(
    sign_in: OpenPage, viewport: dict[str, int], tmp_path: Path
) -> None:
    for slug, name in (("kemusan", "Subject Three"), ("yangge", "Yangge")):
        version_of(TemplateFactory(slug=slug, name_en=name), poses=CHOREOGRAPHIES[slug].build())
    curator = user_with(roles.CURATOR, is_staff=True, username="curator")
    page = sign_in(curator, locale="en-US", viewport=viewport)
    page.goto(reverse("admin:version_join"))
    choose(page, "first movement", "Subject Three")
    choose(page, "second movement", "Yangge")
    page.get_by_label("seconds of blending").fill("1")
    page.get_by_role("button", name="Show the seam").click()
    expect(page.get_by_text("The second movement begins after")).to_be_visible()
    expect(page.get_by_text("Left out at the seam:")).to_be_visible()
    seam = page.get_by_role("img", name="The skeletons one second before the seam")
    expect(seam).to_be_visible()
    page.wait_for_function("document.querySelector('.lib-seam').naturalWidth > 100")
    assert fits(page)
    page.screenshot(path=tmp_path / "join.png", full_page=True)
    page.get_by_role("button", name="Join into a new draft").click()
    expect(page.get_by_text("The movement was stored as a draft.")).to_be_visible()
    draft = TemplateVersion.objects.get(state=VersionState.DRAFT)
    assert draft.take is not None
    assert (draft.template.slug, draft.take.notes[:2]) == ("kemusan", ["Subject Three v1", "Yangge v1"])


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
def test_a_pose_file_becomes_a_draft_and_a_broken_one_says_why(
    sign_in: OpenPage, viewport: dict[str, int], tmp_path: Path
) -> None:
    TemplateFactory(slug="kemusan", name_en="Subject Three")
    movement = tmp_path / "movement.npz"
    movement.write_bytes(CHOREOGRAPHIES["kemusan"].build().to_npz())
    broken = tmp_path / "broken.bvh"
    broken.write_text("HIERARCHY\nnothing")
    curator = user_with(roles.CURATOR, is_staff=True, username="curator")
    page = sign_in(curator, locale="en-US", viewport=viewport)
    page.goto(reverse("admin:pose_file_page"))
    done = "The movement was stored as a draft."
    for file, told in ((broken, "there is no line MOTION"), (movement, done)):
        page.get_by_label("pose file").set_input_files(file)
        if file is broken:
            choose(page, "template", "Subject Three")
        page.get_by_role("button", name="Import").click()
        page.screenshot(path=tmp_path / f"{file.stem}.png", full_page=True)
        expect(page.get_by_text(told)).to_be_visible()
        assert fits(page)
    assert TemplateVersion.objects.get().template.slug == "kemusan"
