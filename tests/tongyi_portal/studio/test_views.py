"""The creator's page as it leaves the server: who gets in, in which language, under which content policy."""

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django.fixtures import Settings

from templates_app.models import CoverView, DanceTemplate, Preview, PreviewKind, TemplateVersion
from templates_app.selectors import ORDERS, preview_of
from templates_app.services.covers import cover_test_start
from tests.factories.accounts import UserFactory
from tests.factories.templates import TemplateFactory, live_template, superuser
from tongyi_portal.accounts.models import User

pytestmark = pytest.mark.django_db


class Outline(HTMLParser):
    """The parts of a page that the tests ask about."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def config_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="studio-config" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    config: dict[str, Any] = json.loads(found[1])
    return config


def preview_in(version: TemplateVersion, character: str) -> Preview:
    made: Preview = Preview.objects.create(
        version=version,
        kind=PreviewKind.COVER,
        character=character,
        key=f"previews/{character}",
        mime="image/jpeg",
        width=64,
        height=96,
        byte_size=1,
        sha256="0" * 64,
    )
    return made


def start_session(client: Client, **headers: str) -> Any:
    return client.post(reverse("studio:session"), content_type="application/json", headers=headers)


def test_looking_at_the_page_makes_no_account(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert User.objects.count() == 0


def test_the_page_runs_under_a_policy_that_allows_nothing_inline(client: Client) -> None:
    response = client.get("/")
    policy = response.headers["Content-Security-Policy"]
    outline = Outline(response.content.decode())
    inline_scripts = [script for script in outline.all("script") if "src" not in script]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert [script["type"] for script in inline_scripts] == ["application/json"]
    assert outline.all("style") == []
    assert not [
        (tag, name)
        for tag, attributes in outline.elements
        for name in attributes
        if name == "style" or name.startswith("on")
    ]


def test_everything_that_the_page_loads_comes_from_this_site(client: Client) -> None:
    outline = Outline(client.get("/").content.decode())
    addresses = [
        attributes.get("src") or attributes.get("href") or ""
        for tag, attributes in outline.elements
        if tag in {"script", "link", "img", "use"}
    ]
    assert len(addresses) > 10
    assert [address for address in addresses if address and not address.startswith("/")] == []


def test_the_page_has_one_main_heading(client: Client) -> None:
    outline = Outline(client.get("/").content.decode())
    assert len(outline.all("h1")) == 1
    assert len(outline.all("main")) == 1


@pytest.mark.parametrize(
    ("accepted", "language"), [("zh-CN,zh;q=0.9", "zh-Hans"), ("en-GB", "en"), ("fr", "en")]
)
def test_the_page_names_the_language_that_it_is_in(client: Client, accepted: str, language: str) -> None:
    response = client.get("/", headers={"Accept-Language": accepted})
    assert Outline(response.content.decode()).all("html")[0]["lang"] == language


def test_a_chosen_language_is_kept_and_the_rest_of_the_address_too(client: Client) -> None:
    answer = client.get("/?template=kemusan&lang=zh-hans", headers={"Accept-Language": "en"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/?template=kemusan"
    page = client.get("/", headers={"Accept-Language": "en"}).content.decode()
    assert Outline(page).all("html")[0]["lang"] == "zh-Hans"


def test_an_unknown_language_is_ignored(client: Client) -> None:
    assert client.get("/?lang=xx").status_code == 200


def test_the_page_brings_the_live_dances_and_their_shelves(client: Client) -> None:
    live = live_template(slug="kemusan")
    TemplateFactory(slug="unfinished")
    config = config_of(client.get("/").content.decode())
    assert [template["slug"] for template in config["templates"]] == ["kemusan"]
    assert [category["slug"] for category in config["categories"]] == [live.category.slug]
    assert config["moreTemplates"] is False


def test_the_page_brings_only_the_beginning_of_a_large_library(client: Client) -> None:
    template = live_template()
    for number in range(24):
        copy = TemplateFactory(slug=f"copy-{number}", category=template.category)
        DanceTemplate.objects.filter(pk=copy.pk).update(live_version=template.live_version)
    config = config_of(client.get("/").content.decode())
    assert len(config["templates"]) == 24
    assert config["moreTemplates"] is True


def test_the_featured_dances_are_named_in_their_order(client: Client) -> None:
    live_template(slug="plain")
    live_template(slug="second", featured_position=2)
    live_template(slug="first", featured_position=1)
    config = config_of(client.get("/").content.decode())
    assert config["featured"] == ["first", "second"]
    assert [template["slug"] for template in config["templates"]] == ["first", "second", "plain"]


def test_the_wall_can_be_ordered_as_the_library_can(client: Client) -> None:
    page = Outline(client.get("/").content.decode())
    offered = [button["data-sort"] for button in page.all("button") if "data-sort" in button]
    assert offered == ["", *[name for name in ORDERS if name != "featured"]]


def test_without_guests_a_visitor_signs_in_first(client: Client, settings: Settings) -> None:
    settings.STUDIO_GUESTS = False
    answer = client.get("/?template=kemusan")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=/%3Ftemplate%3Dkemusan"


def test_a_visitor_becomes_one_guest_who_may_use_the_api(client: Client) -> None:
    live_template(slug="kemusan")
    assert start_session(client).json() == {"guest": True}
    assert start_session(client).json() == {"guest": True}
    assert [user.is_guest for user in User.objects.filter(is_superuser=False)] == [True]
    found = client.get("/api/v1/templates").json()["results"]
    assert [template["slug"] for template in found] == ["kemusan"]


def test_a_foreign_page_cannot_make_guests() -> None:
    client = Client(enforce_csrf_checks=True)
    assert start_session(client).status_code == 403
    client.get("/")
    token = client.cookies["csrftoken"].value
    assert start_session(client, X_CSRFToken=token).status_code == 200
    assert User.objects.count() == 1


def test_without_guests_no_guest_is_made(client: Client, settings: Settings) -> None:
    settings.STUDIO_GUESTS = False
    answer = start_session(client)
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_refused"
    assert User.objects.count() == 0


def test_one_address_cannot_make_guests_without_end(settings: Settings) -> None:
    cache.clear()
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "guest": "2/hour"},
    }
    codes = [start_session(Client()).status_code for _ in range(3)]
    cache.clear()
    assert codes == [200, 200, 429]
    assert User.objects.count() == 2


def test_a_sample_is_a_jpeg_of_a_drawn_person_that_may_be_kept(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    page = Outline(client.get("/").content.decode())
    sample = next(button for button in page.all("button") if button.get("data-sample") == "person")
    full = client.get(str(sample["data-url"]))
    thumb = client.get("/studio/samples/person-thumb.jpg")
    assert full.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in full.headers["Cache-Control"]
    assert Image.open(io.BytesIO(full.content)).size == (768, 1024)
    assert Image.open(io.BytesIO(thumb.content)).size == (243, 324)


@pytest.mark.parametrize("name", ["nobody-full", "person-huge"])
def test_there_are_no_other_samples(client: Client, name: str) -> None:
    assert client.get(f"/studio/samples/{name}.jpg").status_code == 404


def test_signing_in_leads_back_to_where_one_was(client: Client) -> None:
    user = UserFactory()
    user.set_password("dance-with-me-7")
    user.save()
    answer = client.post(
        "/login?next=/%3Ftemplate%3Dkemusan", {"username": user.username, "password": "dance-with-me-7"}
    )
    assert answer.headers["Location"] == "/?template=kemusan"
    assert user.username in client.get("/").content.decode()


def test_signing_in_never_leads_to_another_site(client: Client) -> None:
    user = UserFactory()
    user.set_password("dance-with-me-7")
    user.save()
    credentials = {"username": user.username, "password": "dance-with-me-7", "next": "https://evil.example/"}
    assert client.post("/login", credentials).headers["Location"] == "/"


def test_too_many_wrong_passwords_rest_the_name_with_a_reason(client: Client) -> None:
    user = UserFactory()
    answers = [client.post("/login", {"username": user.username, "password": "wrong"}) for _ in range(6)]
    assert answers[0].status_code == 200
    assert "correct" in answers[0].content.decode()
    assert answers[-1].status_code == 429
    assert "Too many failed tries" in answers[-1].content.decode()
    assert "Content-Security-Policy" in answers[-1].headers


def test_signing_out_ends_the_session(client: Client) -> None:
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("studio:logout")).headers["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_a_visitor_with_a_session_takes_part_in_cover_tests_and_one_without_gets_no_cookie_for_it() -> None:
    cache.clear()
    version = live_template(slug="kemusan").live_version
    assert version is not None
    covers = [preview_in(version, f"tried-{number}") for number in range(2)]
    test = cover_test_start(version=version, variants=[(one, 1) for one in covers], by=superuser())
    tried = {str(one.pk) for one in covers}

    def shown_to(client: Client) -> str:
        config = config_of(client.get(reverse("studio:home")).content.decode())
        return str(config["templates"][0]["cover"]["id"])

    without = Client()
    assert shown_to(without) == str(preview_of(version.template, PreviewKind.COVER).pk)  # type: ignore[union-attr]
    assert settings.SESSION_COOKIE_NAME not in without.cookies
    seen = set()
    for _ in range(12):
        visitor = Client()
        visitor.session.save()
        first = shown_to(visitor)
        assert shown_to(visitor) == first
        seen.add(first)
    assert seen == tried
    keys = CoverView.objects.filter(variant__test=test).values_list("viewer", flat=True)
    assert visitor.session.session_key not in keys
