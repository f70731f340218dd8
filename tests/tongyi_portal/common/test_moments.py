"""A moment at the edge of the calendar is a fault of whoever sent it, on every list and in every body."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django_filters import DateTimeFilter, IsoDateTimeFilter
from rest_framework import serializers

from templates_app.version_pages.forms import ScheduleForm
from tests.factories.accounts import client_of, user_with
from tongyi_portal.common import roles
from tongyi_portal.common.filters import MomentFilter
from tongyi_portal.common.serializers import MomentField, StrictSerializer

EDGES = [
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59Z"),
    *("0001-01-01T00:00", "0001-01-01T00:00:00", "0001-01-01"),
]


def views_below(resolver: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every view class of the API with its address."""
    for entry in resolver.url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from views_below(entry, here)
        elif isinstance(entry, URLPattern) and (view := getattr(entry.callback, "view_class", None)):
            yield here, view


def lists_with_moments() -> dict[str, tuple[str, Any]]:
    """Each parameter that is a moment, as "address?name", with both and its filter."""
    found = {}
    for path, view in views_below(get_resolver()):
        filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
        for name, one in filters.items():
            if isinstance(one, DateTimeFilter | IsoDateTimeFilter):
                found[f"{path}?{name}"] = (f"/{path}", one)
    return found


def strict_shapes(shape: Any = StrictSerializer) -> Iterator[Any]:
    for one in shape.__subclasses__():
        yield one
        yield from strict_shapes(one)


@pytest.mark.django_db
@pytest.mark.parametrize("edge", EDGES)
def test_every_list_refuses_moments_at_the_edge_of_the_calendar(edge: str) -> None:
    """Told as a fault of the parameter, not of ours."""
    client = client_of(user_with(roles.APP, roles.SENIOR_MODERATOR))
    found = {key: one for key, one in lists_with_moments().items() if "<" not in key and "(" not in key}
    assert len(found) >= 9
    for key, (path, _filter) in found.items():
        name = key.partition("?")[2]
        told = client.get(path.replace("$", "").replace("^", ""), {name: edge})
        faults = [(one["pointer"], one["code"]) for one in told.json()["details"]["fields"]]
        assert (told.status_code, faults) == (400, [(f"/{name}", "out_of_range")]), key


def test_every_moment_in_an_address_is_of_the_one_kind() -> None:
    found = lists_with_moments()
    assert {key for key, (_path, one) in found.items() if not isinstance(one, MomentFilter)} == set()


def test_every_moment_in_a_body_is_of_the_one_kind() -> None:
    """Loading the URLconf has loaded all shapes."""
    assert list(views_below(get_resolver()))
    plain = [
        f"{shape.__name__}.{name}"
        for shape in strict_shapes()
        for name, field in shape().fields.items()
        if isinstance(field, serializers.DateTimeField)
        and not (field.read_only or isinstance(field, MomentField))
    ]
    assert plain == []


@pytest.mark.django_db
@pytest.mark.parametrize("edge", EDGES)
def test_a_body_with_such_a_moment_is_refused(edge: str) -> None:
    client = client_of(user_with(roles.APP, roles.SENIOR_MODERATOR))
    body = {"name": "Words", "kind": "block", "category": "hate", "severity": 4, "language": "zh"}
    told = client.post("/api/v1/moderation/term-lists", body | {"expires_at": edge})
    assert (told.status_code, told.json()["details"]["fields"][0]["pointer"]) == (400, "/expires_at")


def test_a_page_with_such_a_moment_says_so() -> None:
    form = ScheduleForm({"publish_at": "0001-01-01T00:00"})
    assert [error.code for error in form.errors.as_data()["publish_at"]] == ["out_of_range"]


@pytest.mark.django_db
def test_ordinary_moments_are_taken_in_any_zone() -> None:
    client = client_of(user_with(roles.APP, roles.SENIOR_MODERATOR))
    for moment in ("2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00"):
        assert client.get("/api/v1/moderation/statements", {"since": moment}).status_code == 200
