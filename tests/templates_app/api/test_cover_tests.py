"""Trying covers out over HTTP."""

import uuid
from typing import Any

import pytest

from templates_app.models import CoverTest, Preview
from templates_app.services.covers import cover_view_record
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.templates import live_template
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
TESTS = "/api/v1/templates/kemusan/cover-tests"


@pytest.fixture
def covers() -> list[str]:
    version = live_template(slug="kemusan").live_version
    made = [
        Preview.objects.create(
            version=version,
            kind="cover",
            character=character,
            key=f"previews/{uuid.uuid4()}",
            mime="image/jpeg",
            width=64,
            height=96,
            byte_size=1,
            sha256="0" * 64,
        )
        for character in ("one", "two")
    ]
    return [str(preview.pk) for preview in made]


@pytest.fixture
def curator() -> Any:
    return client_of(user_with(roles.APP, roles.CURATOR))


def test_a_test_is_started_read_and_ended(curator: Any, covers: list[str]) -> None:
    body = {"variants": [{"preview": covers[0], "weight": 3}, {"preview": covers[1]}]}
    made = curator.post(TESTS, body)
    assert made.status_code == 201
    test = made.json()
    assert (test["template"], test["ended_at"]) == ("kemusan", None)
    assert [(one["preview"]["id"], one["weight"]) for one in test["variants"]] == [
        (covers[0], 3),
        (covers[1], 1),
    ]
    cover_view_record(variant_id=test["variants"][0]["id"], viewer="x")
    address = f"/api/v1/cover-tests/{test['id']}"
    first = curator.get(address).json()["variants"][0]
    assert (first["shown"], first["picked"], first["share"]["value"]) == (1, 0, 0.0)
    ended = curator.post(f"{address}/end", {"winner": test["variants"][1]["id"]})
    assert ended.json()["ended_at"] is not None
    assert curator.get("/api/v1/templates/kemusan").json()["cover"]["id"] == covers[1]
    assert [one["id"] for one in curator.get(TESTS).json()["results"]] == [test["id"]]


@pytest.mark.parametrize(
    ("variants", "status", "code"),
    [
        (lambda covers: [{"preview": covers[0]}], 400, "invalid_request"),
        (lambda covers: [{"preview": covers[0]}] * 2, 422, "cover_variants_invalid"),
        (
            lambda covers: [{"preview": covers[0]}, {"preview": str(uuid.uuid4())}],
            422,
            "cover_not_fitting",
        ),
        (
            lambda covers: [{"preview": covers[0], "weight": 0}, {"preview": covers[1]}],
            400,
            "invalid_request",
        ),
        (lambda covers: [{"preview": covers[0], "x": 1}, {"preview": covers[1]}], 400, "invalid_request"),
    ],
)
def test_what_makes_no_test_is_refused(
    curator: Any, covers: list[str], variants: Any, status: int, code: str
) -> None:
    answer = curator.post(TESTS, {"variants": variants(covers)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert CoverTest.objects.count() == 0


def test_a_winner_is_one_of_the_test(curator: Any, covers: list[str]) -> None:
    test = curator.post(TESTS, {"variants": [{"preview": one} for one in covers]}).json()
    answer = curator.post(f"/api/v1/cover-tests/{test['id']}/end", {"winner": 10**9})
    assert (answer.status_code, answer.json()["code"]) == (422, "cover_not_fitting")


def test_it_takes_the_scope_and_the_right(covers: list[str]) -> None:
    body = {"variants": [{"preview": one} for one in covers]}
    reader = client_of(user_with(roles.APP, roles.CURATOR), [Scope.TEMPLATES_READ])
    assert reader.post(TESTS, body).json()["code"] == "scope_missing"
    plain, _user = app_client()
    assert plain.post(TESTS, body).json()["code"] == "permission_refused"
    assert plain.get(TESTS).json()["code"] == "permission_refused"
    assert CoverTest.objects.count() == 0
