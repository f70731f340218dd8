"""The catalogue over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from templates_app.models import Preview, PreviewKind
from templates_app.services.publishing import version_retire
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    attach_previews,
    found_by_its_words,
    live_template,
    plain_jpeg,
    version_of,
)
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


def shown(path: str = "/api/v1/templates") -> list[str]:
    client, _user = app_client()
    return [template["slug"] for template in client.get(path).json()["results"]]


def with_previews() -> Any:
    """A live template whose previews can be fetched."""
    template = live_template()
    version = version_of(TemplateFactory())
    attach_previews(version)
    Preview.objects.filter(version=version).update(version=template.live_version)
    return template


def test_only_live_templates_are_listed_in_featured_order() -> None:
    live_template(slug="second", position=2)
    live_template(slug="first", position=1)
    TemplateFactory(slug="unpublished")
    assert shown() == ["first", "second"]


def test_even_an_editor_makes_videos_with_live_templates_only() -> None:
    TemplateFactory(slug="unpublished")
    browser = APIClient()
    browser.force_login(user_with(roles.CURATOR))
    assert browser.get("/api/v1/templates").json()["results"] == []


def test_a_template_says_what_it_is() -> None:
    template = live_template(slug="kemusan", name_zh="科目三", name_en="Kemusan")
    template.tags.add(TagFactory(slug="viral"))
    client, _user = app_client()
    body = client.get("/api/v1/templates/kemusan").json()
    assert (body["name"], body["name_zh"], body["version"], body["duration_seconds"]) == (
        "Kemusan",
        "科目三",
        1,
        1.0,
    )
    assert (body["category"]["slug"], [tag["slug"] for tag in body["tags"]]) == ("folk", ["viral"])
    assert (body["cover"], body["loop"]) == (None, None)
    chinese = client.get("/api/v1/templates/kemusan", headers={"Accept-Language": "zh-hans"}).json()
    assert chinese["name"] == "科目三"


@pytest.mark.parametrize(
    "words", ["科目", "kemu", "KEMUSAN", "viral", "爆款", "folk", "民族", "shank", "小腿", "kemu viral"]
)
def test_a_template_is_found_in_either_language(words: str) -> None:
    template = live_template(
        slug="kemusan",
        name_zh="科目三",
        name_en="Kemusan",
        description_zh="小腿交叉勾踢",
        description_en="Flick one shank across",
    )
    template.tags.add(TagFactory(slug="viral", name_zh="爆款"))
    found_by_its_words(template)
    live_template(slug="wave", category=CategoryFactory(slug="pop", name_zh="流行", name_en="Pop"))
    assert shown(f"/api/v1/templates?search={words}") == ["kemusan"]


def test_every_word_must_occur() -> None:
    live_template(slug="kemusan")
    assert shown("/api/v1/templates?search=kemusan absent") == []


def test_the_list_is_narrowed_by_category_and_tag() -> None:
    pop = CategoryFactory(slug="pop", name_zh="流行", name_en="Pop")
    live_template(slug="a", category=pop).tags.add(TagFactory(slug="x"), TagFactory(slug="y"))
    live_template(slug="b", category=pop)
    live_template(slug="c")
    assert sorted(shown("/api/v1/templates?category=pop")) == ["a", "b"]
    assert shown("/api/v1/templates?category=pop&tag=x") == ["a"]


def test_categories_without_a_template_are_not_offered() -> None:
    live_template()
    CategoryFactory(slug="empty", name_zh="空", name_en="Empty")
    client, _user = app_client()
    assert [category["slug"] for category in client.get("/api/v1/categories").json()] == ["folk"]


def test_a_list_takes_the_same_number_of_queries_for_any_length(django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        with_previews()
    client, _user = app_client()
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/v1/templates").json()["results"]) == 5


@pytest.mark.parametrize("path", ["/api/v1/templates/no-such", "/api/v1/templates/unpublished"])
def test_what_is_not_offered_is_not_found(path: str) -> None:
    TemplateFactory(slug="unpublished")
    client, _user = app_client()
    assert client.get(path).json()["code"] == "not_found"


def test_tokens_need_the_scope_for_templates() -> None:
    client, _user = app_client([Scope.JOBS_READ])
    for path in ("/api/v1/templates", "/api/v1/categories", "/api/v1/templates/x"):
        assert client.get(path).json()["code"] == "scope_missing"


class TestPreviewFiles:
    def test_everybody_may_keep_those_of_published_versions(self) -> None:
        template = with_previews()
        client, _user = app_client()
        cover = client.get(f"/api/v1/templates/{template.slug}").json()["cover"]
        response = APIClient().get(cover["url"])
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert b"".join(response.streaming_content) == plain_jpeg()
        assert response["Cache-Control"] == "public, max-age=300"
        again = APIClient().get(cover["url"], headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again["Cache-Control"]) == (304, "public, max-age=300")

    def test_a_range_of_thousands_of_digits_is_no_range(self) -> None:
        with_previews()
        loop = Preview.objects.filter(kind=PreviewKind.LOOP)[0]
        asked = "bytes=" + "1" * 4400 + "-"
        assert APIClient().get(f"/media/previews/{loop.pk}", headers={"Range": asked}).status_code == 200

    def test_a_part_is_answered_with_206(self) -> None:
        with_previews()
        loop = Preview.objects.filter(kind=PreviewKind.LOOP)[0]
        response = APIClient().get(f"/media/previews/{loop.pk}", headers={"Range": "bytes=0-1"})
        assert (response.status_code, b"".join(response.streaming_content)) == (206, b"no")

    def test_those_of_other_versions_are_for_editors_and_moderators(self) -> None:
        version = version_of()
        attach_previews(version)
        path = f"/media/previews/{version.previews.first().pk}"  # type: ignore[union-attr]
        assert APIClient().get(path).status_code == 404
        for role, status in ((roles.CURATOR, 200), (roles.MODERATOR, 200), (roles.APP, 404)):
            browser = APIClient()
            browser.force_login(user_with(role))
            response = browser.get(path)
            assert (response.status_code, status == 404 or "no-store" in response["Cache-Control"]) == (
                status,
                True,
            )

    @pytest.mark.parametrize(
        ("role", "scope", "status"),
        [
            (roles.CURATOR, Scope.TEMPLATES_WRITE, 200),
            (roles.CURATOR, Scope.MODERATION_READ, 404),
            (roles.MODERATOR, Scope.MODERATION_READ, 200),
            (roles.MODERATOR, Scope.MODERATION_REVIEW, 200),
            (roles.MODERATOR, Scope.TEMPLATES_WRITE, 404),
        ],
    )
    def test_a_tool_opens_them_with_the_scope_of_what_its_account_may_do(
        self, role: str, scope: Scope, status: int
    ) -> None:
        version = version_of()
        attach_previews(version)
        path = f"/media/previews/{version.previews.first().pk}"  # type: ignore[union-attr]
        assert client_of(user_with(roles.APP, role), [scope]).get(path).status_code == status

    def test_every_scope_is_not_enough_without_the_permission(self) -> None:
        version = version_of()
        attach_previews(version)
        path = f"/media/previews/{version.previews.first().pk}"  # type: ignore[union-attr]
        assert client_of(user_with(roles.APP), list(Scope.values)).get(path).status_code == 404

    def test_those_of_a_version_that_is_not_live_any_more_are_gone(self) -> None:
        template = with_previews()
        assert template.live_version is not None
        path = f"/media/previews/{Preview.objects.all()[0].pk}"
        assert APIClient().get(path).status_code == 200
        version_retire(version=template.live_version, by=None, reason="rights_not_in_force")
        assert APIClient().get(path).status_code == 404
        browser = APIClient()
        browser.force_login(user_with(roles.CURATOR))
        assert browser.get(path)["Cache-Control"] == "private, no-store"
