"""A page that is not there is 404 on every list, whatever the cursor says."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from generation.models import Job
from templates_app.api import views
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory
from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.common.pagination import NewestFirst

pytestmark = pytest.mark.django_db


def list_views(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, type[ListAPIView[Any]]]]:
    """All routes of the API that answer with pages."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from list_views(one.url_patterns, route)
            continue
        assert isinstance(one, URLPattern)
        view = getattr(one.callback, "view_class", None)
        is_list = view is not None and issubclass(view, ListAPIView) and view.pagination_class is not None
        if is_list and route.startswith("/api/v1/") and not route.endswith("/"):
            yield route, view


LISTS = dict(list_views()) | {"/api/v1/templates": views.TemplateList}
OPEN_TO_ALL_ROWS = sorted(route for route in LISTS if "<" not in route)


def packed(text: bytes) -> str:
    return base64.b64encode(text).decode()


CURSORS = {
    "nothing": "",
    "words": "nonsense",
    "a NUL": "\0",
    "Chinese": "下一页",
    "a padded NUL": packed(b"p=%00"),
    "no date": packed(b"p=notadate"),
    "half a date": packed(b"p=9999-99"),
    "a date without a zone": packed(b"p=2026-01-01"),
    "the first moment, east": packed(b"p=0001-01-01T00:00:00%2B14:00"),
    "the last moment, west": packed(b"p=9999-12-31T23:59:59-14:00"),
    "a huge number": packed(b"p=" + b"9" * 40),
    "a huge offset": packed(b"o=" + b"9" * 5000),
    "backwards": packed(b"r=1&p=x"),
    "bytes": packed(bytes(range(256))),
    "JSON": packed(b'[0, false, "2026"]'),
    "a signature of nobody": "WzAsZmFsc2UsMV0:1vPzzz:c2lnbmF0dXJl",
}


@pytest.fixture
def client() -> APIClient:
    found = APIClient()
    found.force_login(UserFactory(is_superuser=True, is_staff=True))
    return found


def test_the_table_of_lists_is_found() -> None:
    assert {"/api/v1/jobs", "/api/v1/templates", "/api/v1/moderation/audit"} <= set(OPEN_TO_ALL_ROWS)
    assert len(LISTS) > 20


@pytest.mark.parametrize("route", sorted(LISTS))
def test_every_list_reads_cursors_in_the_one_safe_way(route: str) -> None:
    assert issubclass(LISTS[route].pagination_class, NewestFirst)  # type: ignore[arg-type]  # never None here


@pytest.mark.parametrize("route", OPEN_TO_ALL_ROWS)
def test_a_made_up_cursor_is_no_page(route: str, client: APIClient) -> None:
    assert client.get(route).status_code == 200
    for name, cursor in CURSORS.items():
        answer = client.get(f"{route}?cursor={quote(cursor)}", headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), name
        assert answer.json()["message"] == "There is no such page.", name


def test_a_cursor_of_another_list_is_no_page(client: APIClient) -> None:
    ApiToken.objects.bulk_create(
        ApiToken(owner=UserFactory(), name="one", digest=str(number), scopes=[]) for number in range(2)
    )
    request = APIRequestFactory().get("/api/v1/jobs?page_size=1")
    pages = NewestFirst()
    pages.paginate_queryset(ApiToken.objects.all(), Request(request))
    following = str(pages.get_next_link())
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    assert client.get("/api/v1/jobs", {"cursor": cursor}).status_code == 404


def test_pages_follow_each_other_also_through_rows_of_one_moment(client: APIClient) -> None:
    owner = UserFactory()
    made = {str(JobFactory(owner=owner, photo=False).pk) for _ in range(5)}
    Job.objects.update(created_at=timezone.now())
    client.force_login(owner)
    first = client.get("/api/v1/jobs?page_size=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert {row["id"] for page in (first, second, third) for row in page["results"]} == made
    assert third["next"] is None
