"""What a version's page tells and offers: previews, the choice of the cover, faults, history."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from generation.texts import error_text
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.services.rights import rights_update
from templates_app.services.versions import version_attach_preview
from templates_app.states import VersionState
from templates_app.texts import ACTIONS
from tests.factories.accounts import user_with
from tests.factories.templates import (
    HANDMADE_RIGHTS,
    TemplateFactory,
    attach_previews,
    live_template,
    plain_jpeg,
    superuser,
    version_of,
)
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
OF_COVER_TESTS = "templates.cover_test."  # told on the test's own page


@pytest.fixture
def curator() -> Client:
    client = Client()
    client.force_login(
        user_with(roles.CURATOR, is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def shown_version() -> TemplateVersion:
    """A version with all previews, and covers of two characters: that of the tall man is chosen."""
    version = version_of()
    attach_previews(version)
    still = {"data": plain_jpeg(), "mime": "image/jpeg", "width": 64, "height": 96}
    version_attach_preview(
        version=version, kind=PreviewKind.COVER, character="short", by=superuser(), **still
    )
    tall = version.previews.get(kind=PreviewKind.COVER, character="tall")
    TemplateVersion.objects.filter(pk=version.pk).update(cover=tall)
    return TemplateVersion.objects.get(pk=version.pk)


def page_of(client: Client, version: TemplateVersion) -> str:
    address = reverse("admin:templates_app_templateversion_change", args=[version.pk])
    return str(client.get(address).content.decode())


def captions(page: str) -> list[str]:
    found = re.findall(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", caption) for caption in found]


def test_previews_stand_in_the_order_of_the_standard_characters_and_one_is_the_cover(curator: Client) -> None:
    assert captions(page_of(curator, shown_version())) == [
        "looping clip · tall man · cover",
        "looping clip · short woman",
        "looping clip · woman of average height",
        "skeleton clip",
        "small moving picture",
        "woman from the hips up · not taken",
    ]


def test_another_cover_is_chosen_on_the_page(curator: Client) -> None:
    version = shown_version()
    short = version.previews.get(kind=PreviewKind.COVER, character="short")
    page = page_of(curator, version)
    assert page.count(">Use as cover<") == 1  # the clip of average height has no picture of its own
    assert f'name="preview" value="{short.pk}"' in page
    address = reverse("admin:version_act", args=[version.pk, "cover"])
    told = curator.post(address, {"preview": short.pk}, follow=True).content.decode()
    assert "The cover was chosen." in told
    assert captions(told)[1] == "looping clip · short woman · cover"


def test_the_cover_of_a_published_version_is_offered_to_the_second_person_alone(curator: Client) -> None:
    version = shown_version()
    published = live_template().live_version
    assert published is not None
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, published_at=published.published_at, cleared_at=published.cleared_at
    )
    assert "Use as cover" in page_of(curator, version)
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=curator.session["_auth_user_id"])
    assert "Use as cover" not in page_of(curator, version)


def test_a_whole_body_version_says_in_place_of_the_half_body_what_the_owner_of_such_a_photo_is_told(
    curator: Client,
) -> None:
    whole, half = shown_version(), version_of(body_style="half")
    attach_previews(half)
    told = error_text("photo_not_full_body")
    assert "the whole body from head to feet" in told
    page = page_of(curator, whole)
    (tile,) = re.findall(r'<figure class="lib-refused">(.*?)</figure>', page, re.DOTALL)
    assert told in tile
    assert "woman from the hips up" in tile
    assert "lib-refused" not in page_of(curator, half)


def test_a_live_version_does_not_tell_its_maker_that_a_second_person_lacks(curator: Client) -> None:
    version = live_template().live_version
    assert version is not None
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=curator.session["_auth_user_id"])
    page = page_of(curator, version)
    assert "somebody else must publish it" not in page
    assert "Before it may go live" not in page
    TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.RETIRED)
    assert "somebody else must publish it" in page_of(curator, version)


def test_a_contradiction_in_the_rights_is_told_at_its_field(curator: Client) -> None:
    address = reverse("admin:version_rights", args=[version_of().pk])
    page = curator.post(address, {"music_basis": "none", "music_title": "A song"}).content.decode()
    assert "The rights record has faults." in page
    field = page[page.index('name="music_title"') :]
    assert field.index('class="lib-fault"') < field.index('name="music_owner"')


def test_the_history_shows_neither_digests_of_names_nor_what_stayed_empty(curator: Client) -> None:
    version = version_of()
    stated = {**HANDMADE_RIGHTS, "is_without_performers": False, "performer_names": "Lin Mei"}
    rights_update(version=version, by=superuser(), changes=stated)
    page = page_of(curator, version)
    (told,) = re.findall(r'<span class="lib-why">(.*?)</span>', page, re.DOTALL)
    assert "performers: – → (not shown)" in told
    assert "sha256" not in told
    assert "– → –" not in told


def test_everything_that_the_library_notes_has_words() -> None:
    written = {
        action
        for path in Path(__file__).parents[2].joinpath("templates_app").rglob("*.py")
        for action in re.findall(r'action="(templates\.[a-z_.]+)"', path.read_text())
    }
    assert len(written) > 15
    assert {action for action in written if not action.startswith(OF_COVER_TESTS)} <= set(ACTIONS)


def test_why_previews_failed_is_told_while_the_version_is_a_draft(curator: Client) -> None:
    version = version_of()
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.DRAFT, preview_error="engine_failed"
    )
    assert "The previews could not be made. engine_failed" in page_of(curator, version)


def test_a_templates_page_leads_to_a_video_for_it_and_to_a_file_once_there_is_a_version(
    curator: Client,
) -> None:
    template = TemplateFactory(slug="disco")
    address = reverse("admin:templates_app_dancetemplate_change", args=[template.pk])
    page = curator.get(address).content.decode()
    assert f"{reverse('admin:motion_new')}?template=disco" in page
    assert "Export as a file" not in page
    version_of(template)
    assert "Export as a file" in curator.get(address).content.decode()


def test_a_template_that_is_only_being_made_shows_no_empty_facts(curator: Client) -> None:
    page = curator.get(reverse("admin:templates_app_dancetemplate_add")).content.decode()
    assert 'name="slug"' in page
    assert "Demonstration" not in page
    assert "versions-TOTAL_FORMS" not in page


def test_a_curator_for_whom_nothing_waits_is_told_so(curator: Client) -> None:
    page = curator.get(reverse("admin:index")).content.decode()
    assert "No dance waits for you" in page
    assert reverse("admin:motion_new") in page
