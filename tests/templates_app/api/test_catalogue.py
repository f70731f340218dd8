"""Order, filters, pages and caching of the catalogue over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from templates_app.api.serializers import PreviewSerializer
from templates_app.models import DanceTemplate, MusicBasis, Preview, RightsRecord, TemplateVersion
from templates_app.services.publishing import template_retire
from templates_app.services.revision import catalogue_changed
from templates_app.services.templates import template_update
from tests.factories.accounts import app_client
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    found_by_its_words,
    live_template,
    superuser,
)

pytestmark = pytest.mark.django_db
LIST = "/api/v1/templates"


@pytest.fixture
def client() -> APIClient:
    return app_client()[0]


def live(slug: str, version: dict[str, Any] | None = None, **fields: Any) -> DanceTemplate:
    """A live template without a movement, quicker than through the services."""
    template: DanceTemplate = TemplateFactory(slug=slug, **fields)
    now = timezone.now()
    made = {"duration_seconds": 10.0, "published_at": now, "cleared_at": now, **(version or {})}
    template.live_version = TemplateVersion.objects.create(
        template=template, number=1, state="published", fps=30, frame_count=300, **made
    )
    template.save(update_fields=["live_version"])
    return template


def slugs(client: APIClient, query: str = "") -> list[str]:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.content
    return [template["slug"] for template in answer.json()["results"]]


class TestOrder:
    @pytest.fixture(autouse=True)
    def library(self) -> None:
        now = timezone.now()
        live("a", position=3, popularity=5, trend=1.2, version={"published_at": now - timedelta(days=3)})
        live("b", position=1, popularity=5, trend=1.5, version={"published_at": now - timedelta(days=1)})
        live("c", position=2, popularity=9, trend=0.8, version={"published_at": now - timedelta(days=2)})
        live(
            "d",
            position=9,
            featured_position=1,
            popularity=1,
            version={"published_at": now - timedelta(days=9)},
        )

    @pytest.mark.parametrize(
        ("query", "order"),
        [
            ("", "dbca"),
            ("sort=featured", "dbca"),
            ("sort=popular", "cbad"),
            ("sort=trending", "bacd"),
            ("sort=newest", "bcad"),
        ],
    )
    def test_the_list_is_ordered_as_asked(self, client: APIClient, query: str, order: str) -> None:
        DanceTemplate.objects.filter(slug="d").update(trend=0.5)
        assert slugs(client, query) == list(order)

    def test_the_featured_row_is_what_is_featured(self, client: APIClient) -> None:
        answer = client.get("/api/v1/featured-templates")
        assert [(one["slug"], one["is_featured"]) for one in answer.json()] == [("d", True)]

    def test_a_search_without_an_order_gives_the_best_match_first(self, client: APIClient) -> None:
        live("z", name_zh="舞", name_en="z")
        live("y", name_zh="大舞", name_en="y", popularity=99)
        assert slugs(client, "search=舞")[0] == "z"
        assert slugs(client, "search=舞&sort=popular")[0] == "y"


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ("category=pop", ["half"]),
            ("tag=hot", ["half"]),
            ("body_style=half", ["half"]),
            ("body_style=full", ["full"]),
            ("people=2", ["half"]),
            ("duration_min=10", ["half"]),
            ("duration_max=9.5", ["full"]),
            ("duration_min=5&duration_max=9", ["full"]),
            ("is_loop=true", ["half"]),
            ("is_loop=false", ["full"]),
            ("with_music=true", ["half"]),
            ("with_music=false", ["full"]),
            ("category=no-such", []),
            ("people=", ["full", "half"]),
        ],
    )
    def test_the_list_is_narrowed(self, client: APIClient, query: str, kept: list[str]) -> None:
        live("full", version={"duration_seconds": 8.0})
        pop = CategoryFactory(slug="pop", name_zh="流行", name_en="Pop")
        half = live(
            "half",
            category=pop,
            version={
                "duration_seconds": 12.0,
                "body_style": "half",
                "people_count": 2,
                "is_loop": True,
                "music_key": "music/x.m4a",
            },
        )
        half.tags.add(TagFactory(slug="hot"))
        RightsRecord.objects.create(version=half.live_version, music_basis=MusicBasis.OWN)
        assert slugs(client, query) == kept

    def test_music_without_a_right_to_it_is_none(self, client: APIClient) -> None:
        template = live("a", version={"music_key": "music/x.m4a"})
        RightsRecord.objects.create(version=template.live_version, music_basis=MusicBasis.UNUSED)
        assert slugs(client, "with_music=true") == []
        assert client.get(f"{LIST}/a").json()["has_music"] is False

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("colour=red", "/colour"),
            ("sort=best", "/sort"),
            ("body_style=quarter", "/body_style"),
            ("people=two", "/people"),
            ("people=0", "/people"),
            ("duration_min=-1", "/duration_min"),
            ("duration_max=long", "/duration_max"),
            ("is_loop=maybe", "/is_loop"),
            ("with_music=1", "/with_music"),
            ("page_size=0", "/page_size"),
            ("page_size=101", "/page_size"),
            ("page_size=ten", "/page_size"),
            ("search=" + "a" * 101, "/search"),
            ("search=a b c d e f g h i", "/search"),
            ("search=a%00b", "/search"),
        ],
    )
    def test_what_does_not_fit_is_pointed_at(self, client: APIClient, query: str, pointer: str) -> None:
        live("a")
        answer = client.get(f"{LIST}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert [fault["pointer"] for fault in answer.json()["details"]["fields"]] == [pointer]

    @pytest.mark.parametrize("path", [f"{LIST}/a", "/api/v1/featured-templates", "/api/v1/categories"])
    def test_other_addresses_take_no_parameters(self, client: APIClient, path: str) -> None:
        live("a")
        answer = client.get(f"{path}?sort=popular")
        assert [fault["pointer"] for fault in answer.json()["details"]["fields"]] == ["/sort"]


class TestPages:
    @pytest.mark.parametrize(
        "query",
        ["", "sort=popular", "sort=trending", "sort=newest", "search=dance", "search=dance&sort=newest"],
    )
    def test_pages_show_each_template_once_and_lead_back(self, client: APIClient, query: str) -> None:
        for number in range(11):
            live(f"dance-{number}", popularity=number % 3, trend=1 + number % 2 / 3)
        whole = slugs(client, query)
        seen, address = [], f"{LIST}?page_size=4&{query}"
        pages = []
        while address:
            page = client.get(address).json()
            pages.append([template["slug"] for template in page["results"]])
            seen += pages[-1]
            before, address = page["previous"], page["next"]
        assert (seen, [len(page) for page in pages]) == (whole, [4, 4, 3])
        middle = client.get(before).json()
        assert [template["slug"] for template in middle["results"]] == pages[1]
        first = client.get(middle["previous"]).json()
        assert ([template["slug"] for template in first["results"]], first["previous"]) == (pages[0], None)
        assert client.get(first["next"]).json()["results"] == middle["results"]

    def test_a_search_shows_names_before_shelves_before_descriptions_on_all_pages(
        self, client: APIClient
    ) -> None:
        tag = TagFactory(slug="wave", name_zh="波浪", name_en="Wave")
        for number in range(9):
            live(f"wave-{number}", name_zh="海浪", name_en="Sea wave", popularity=number % 4)
            TemplateFactory(slug=f"wave-draft-{number}", name_zh="海浪", name_en="Sea wave", popularity=9)
        for number in range(3):
            tagged = live(f"tagged-{number}", name_zh="甲", name_en="A")
            tagged.tags.add(tag)
            found_by_its_words(tagged)
            live(f"told-{number}", name_zh="乙", name_en="B", description_en="Arms like a wave.")
        whole = slugs(client, "search=wave&page_size=100")
        named = [f"wave-{number}" for number in (3, 7, 2, 6, 1, 5, 0, 4, 8)]
        rest = [f"{name}-{number}" for name in ("tagged", "told") for number in range(3)]
        seen, address = [], f"{LIST}?page_size=2&search=wave"
        while address:
            page = client.get(address).json()
            seen += [template["slug"] for template in page["results"]]
            address = page["next"]
        assert seen == whole == named + rest

    def test_a_search_that_a_category_narrows_fills_its_pages(self, client: APIClient) -> None:
        pop = CategoryFactory(slug="pop", name_zh="流行", name_en="Pop")
        for number in range(12):
            live(f"wave-{number:02}", **({"category": pop} if number > 8 else {"popularity": 5}))
        assert slugs(client, "search=wave&category=pop&page_size=2") == ["wave-09", "wave-10"]

    def test_what_comes_or_goes_between_two_pages_shifts_nothing(self, client: APIClient) -> None:
        for letter in "bdfh":
            live(letter)
        page = client.get(f"{LIST}?page_size=2").json()
        live("a")
        DanceTemplate.objects.filter(slug="d").update(live_version=None)
        assert [template["slug"] for template in client.get(page["next"]).json()["results"]] == ["f", "h"]

    def test_a_page_behind_a_thousand_of_the_same_position_is_reached(self, client: APIClient) -> None:
        version = live("t").live_version
        category = DanceTemplate.objects.get().category
        DanceTemplate.objects.bulk_create(
            DanceTemplate(
                slug=f"x-{number:04}", name_zh="x", name_en="x", category=category, live_version=version
            )
            for number in range(1200)
        )
        address, count = f"{LIST}?page_size=100", 0
        while address:
            page = client.get(address).json()
            address, count = page["next"], count + len(page["results"])
        assert count == 1201

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "bm90IGpzb24",
            "W10",
            "W1siZmVhdHVyZWRfcG9zaXRpb24iLCJwb3NpdGlvbiIsInNsdWciXSxmYWxzZSxbW10sMSwyXV0",
            "W1siZmVhdHVyZWRfcG9zaXRpb24iLCJwb3NpdGlvbiIsInNsdWciXSxmYWxzZSxbIm5vIiwxLCJ4Il1d",
            "%00",
            "中",
        ],
    )
    def test_a_made_up_cursor_leads_nowhere(self, client: APIClient, cursor: str) -> None:
        live("a")
        answer = client.get(f"{LIST}?cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_a_cursor_of_another_order_leads_nowhere(self, client: APIClient) -> None:
        live("a")
        live("b")
        following = client.get(f"{LIST}?page_size=1").json()["next"]
        assert client.get(f"{following}&sort=popular").status_code == 404


class TestCaching:
    @pytest.mark.parametrize("path", [LIST, f"{LIST}/a", "/api/v1/categories", "/api/v1/featured-templates"])
    def test_what_did_not_change_is_confirmed_with_two_queries(
        self, client: APIClient, path: str, django_assert_num_queries: Any
    ) -> None:
        live("a", featured_position=1)
        first = client.get(path)
        assert (first.status_code, first["Cache-Control"]) == (200, "private, no-cache")
        with django_assert_num_queries(2):
            again = client.get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Cache-Control"] == "private, no-cache"

    def test_a_change_is_seen_at_once(
        self, client: APIClient, django_capture_on_commit_callbacks: Any
    ) -> None:
        template = live("a")
        by = superuser()
        changes = [
            lambda: template_update(template=template, by=by, position=3),
            lambda: template_update(template=template, by=by, name_en="Another"),
            lambda: template_retire(template=template, by=by),
            catalogue_changed,
        ]
        for change in changes:
            tag = client.get(LIST)["ETag"]
            with django_capture_on_commit_callbacks(execute=True):
                change()
            assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 200

    def test_language_address_and_account_have_tags_of_their_own(self, client: APIClient) -> None:
        live("a")
        other = app_client()[0]
        tags = {
            client.get(LIST)["ETag"],
            client.get(LIST, headers={"Accept-Language": "zh-hans"})["ETag"],
            client.get(f"{LIST}?sort=popular")["ETag"],
            client.get(f"{LIST}/a")["ETag"],
            other.get(LIST)["ETag"],
        }
        assert len(tags) == 5

    def test_nothing_is_confirmed_for_longer_than_an_hour(
        self, client: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        live("a")
        monkeypatch.setattr("templates_app.services.revision.time.time", lambda: 7200.0)
        tag = client.get(LIST)["ETag"]
        assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 304
        monkeypatch.setattr("templates_app.services.revision.time.time", lambda: 10_800.0)
        assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 200

    def test_a_stranger_gets_no_confirmation(self, client: APIClient) -> None:
        live("a")
        tag = client.get(LIST)["ETag"]
        cache.clear()
        assert APIClient().get(LIST, headers={"If-None-Match": tag}).status_code == 401


def test_a_template_tells_what_an_app_needs_to_show_it(client: APIClient) -> None:
    live_template(slug="a")
    body = client.get(f"{LIST}/a").json()
    assert (body["has_music"], body["is_featured"], body["thumb"]) == (False, False, None)
    assert body["published_at"].startswith(str(timezone.now().year))


def test_a_preview_is_shaped_as_its_fields_say(client: APIClient) -> None:
    made = {"kind": "cover", "character": "tall", "mime": "image/jpeg", "width": 432, "height": 768}
    Preview.objects.create(version=live("a").live_version, key="x", byte_size=1, sha256="0" * 64, **made)
    cover = client.get(f"{LIST}/a").json()["cover"]
    preview = Preview.objects.get(pk=cover["id"])
    assert list(cover) == PreviewSerializer.Meta.fields
    for name in PreviewSerializer.Meta.fields[1:-1]:
        assert cover[name] == getattr(preview, name), name
    assert cover["url"] == f"http://testserver/media/previews/{preview.pk}"


def test_finding_a_page_of_a_search_reads_the_templates_alone(client: APIClient) -> None:
    live("a")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{LIST}?search=a")
    searches = [one["sql"] for one in queries.captured_queries if " LIKE " in one["sql"]]
    keys = next(sql for sql in searches if "searchentry" not in sql)
    assert "templateversion" not in keys
