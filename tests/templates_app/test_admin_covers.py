"""Cover tests in the console."""

import uuid

import pytest
from django.test import Client

from templates_app.models import CoverTest, Preview, TemplateVersion
from templates_app.services.covers import cover_view_record
from tests.factories.accounts import user_with
from tests.factories.templates import live_template
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
LIST = "/console/templates_app/covertest/"


@pytest.fixture
def version() -> TemplateVersion:
    live = live_template(slug="kemusan", name_en="Kemusan").live_version
    assert live is not None
    for character in ("one", "two"):
        Preview.objects.create(
            version=live,
            kind="cover",
            character=character,
            key=f"previews/{uuid.uuid4()}",
            mime="image/jpeg",
            width=64,
            height=96,
            byte_size=1,
            sha256="0" * 64,
        )
    return live


@pytest.fixture
def console() -> Client:
    client = Client()
    client.force_login(
        user_with(roles.CURATOR, is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def test_the_maker_is_offered_no_cover_to_choose_and_is_told_why(
    console: Client, version: TemplateVersion
) -> None:
    console.post(f"{LIST}add/", {"version": str(version.pk)})
    test = CoverTest.objects.get()
    variant = test.variants.first()
    assert variant is not None
    choose = f"/end/{variant.pk}/"
    assert choose in console.get(f"{LIST}{test.pk}/change/").content.decode()
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=console.session["_auth_user_id"])
    page = console.get(f"{LIST}{test.pk}/change/").content.decode()
    assert choose not in page
    assert "Somebody else must choose: you made it." in page
    assert "/end/none/" in page


def test_all_covers_of_a_version_are_tried_out_and_one_is_chosen(
    console: Client, version: TemplateVersion
) -> None:
    console.post(f"{LIST}add/", {"version": str(version.pk)})
    test = CoverTest.objects.get()
    first, second = test.variants.order_by("pk")
    for number in range(40):
        cover_view_record(variant_id=first.pk, viewer=f"a{number}")
    page = console.get(f"{LIST}{test.pk}/change/")
    assert page.status_code == 200
    shown = page.content.decode()
    assert all(part in shown for part in ("0.0% (0.0%–8.8%)", "too few to tell", f"/end/{second.pk}/"))
    console.post(f"{LIST}{test.pk}/end/{second.pk}/")
    version.refresh_from_db()
    test.refresh_from_db()
    assert (version.cover_id, test.ended_at is not None) == (second.preview_id, True)
    ended = console.get(f"{LIST}{test.pk}/change/").content.decode()
    assert f"/end/{second.pk}/" not in ended
    assert f"/media/previews/{second.preview_id}" in ended[ended.index("This cover won:") :]


def test_what_cannot_be_tried_out_is_told(console: Client, version: TemplateVersion) -> None:
    for _ in range(2):
        answer = console.post(f"{LIST}add/", {"version": str(version.pk)}, follow=True)
    assert "one test at a time" in answer.content.decode()
    assert CoverTest.objects.count() == 1


def test_the_list_shows_what_runs(console: Client, version: TemplateVersion) -> None:
    console.post(f"{LIST}add/", {"version": str(version.pk)})
    assert "Kemusan v1" in console.get(LIST).content.decode()


@pytest.mark.parametrize("winner", ["0", "x", "99999999"])
def test_no_other_cover_can_be_chosen(console: Client, version: TemplateVersion, winner: str) -> None:
    console.post(f"{LIST}add/", {"version": str(version.pk)})
    test = CoverTest.objects.get()
    assert console.post(f"{LIST}{test.pk}/end/{winner}/").status_code == 404
    assert console.get(f"{LIST}{test.pk}/end/none/").status_code == 405


def test_who_may_only_look_starts_and_ends_nothing(console: Client, version: TemplateVersion) -> None:
    console.post(f"{LIST}add/", {"version": str(version.pk)})
    test = CoverTest.objects.get()
    console.force_login(
        user_with(roles.ANALYST, is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert console.get(f"{LIST}add/").status_code == 403
    console.post(f"{LIST}{test.pk}/end/none/")
    test.refresh_from_db()
    assert test.ended_at is None
