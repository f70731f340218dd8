"""Scans and texts for staff, and care for reviewers, over the API."""

import uuid
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from moderation.models import Decision, ExposureEvent, ModerationSettings
from moderation.services.reviews import review_claim, review_resolve
from moderation.services.texts import text_submit
from moderation.taxonomy import Surface, Verdict
from tests.factories.accounts import UserFactory, app_client, client_of, user_with
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
API = "/api/v1/moderation"


@pytest.fixture
def ming(db: None) -> User:
    return user_with(roles.MODERATOR, roles.APP, username="reader")


@pytest.fixture
def reader(ming: User) -> APIClient:
    return client_of(ming)


def ids(answer: Any) -> set[str]:
    return {one["id"] for one in answer.json()["results"]}


def test_scans_are_found_and_one_shows_what_was_seen(reader: APIClient) -> None:
    finding = FindingFactory(scan_run=ScanRunFactory(owner=UserFactory()))
    run = finding.scan_run
    passed = ScanRunFactory(verdict=Verdict.PASS, surface=Surface.OUTPUT, content_sha256="1" * 64)
    for query, expected in (
        ("verdict=pass", passed),
        ("surface=output", passed),
        (f"content_sha256={'1' * 64}", passed),
        ("category=sexual_nudity", run),
        (f"subject_id={run.subject_id}&subject_type=test_subject", run),
        (f"owner={run.owner_id}", run),
    ):
        assert ids(reader.get(f"{API}/scans?{query}")) == {str(expected.pk)}, query
    body = reader.get(f"{API}/scans/{run.pk}").json()
    assert [one["label"] for one in body["findings"]] == ["female_breast_exposed"]
    assert (body["verdict"], body["policy_version"]) == ("review", 1)
    assert reader.get(f"{API}/scans/{uuid.uuid4()}").status_code == 404


def test_a_list_of_scans_takes_as_many_queries_as_one_scan(
    reader: APIClient, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        FindingFactory()
    reader.get(f"{API}/scans")
    with django_assert_max_num_queries(6):
        assert len(reader.get(f"{API}/scans").json()["results"]) == 5
    with django_assert_max_num_queries(6):
        reader.get(f"{API}/texts")


def test_texts_are_listed_without_their_words_and_without_blind_ones(reader: APIClient) -> None:
    owner = user_with(roles.APP, username="owner")
    text, _is_new = text_submit(by=owner, surface=Surface.PROMPT, text="一只猫在跳舞", job_kind="")
    (row,) = reader.get(f"{API}/texts?owner={owner.pk}").json()["results"]
    assert (row["id"], row["owner"], row["state"]) == (str(text.pk), "owner", "accepted")
    assert "猫" not in reader.get(f"{API}/texts").content.decode()
    assert reader.get(f"{API}/texts?state=blocked").json()["results"] == []
    same = {"subject_type": "text", "subject_id": text.pk}
    first = ReviewItemFactory(state="approved", decided_at=text.created_at, **same)
    ReviewItemFactory(purpose="second", first_item=first, **same)
    assert reader.get(f"{API}/texts").json()["results"] == []


def test_looks_use_up_the_budget_until_a_break_is_due(ming: User, reader: APIClient) -> None:
    ModerationSettings.objects.update(exposure_budget=2, break_minutes=15)
    items = [ReviewItemFactory() for _ in range(2)]
    assert reader.get(f"{API}/exposure").json()["is_break_due"] is False
    assert reader.post(f"{API}/break/begin").status_code == 204
    first = reader.post(f"{API}/reviews/{items[0].pk}/look", {"seconds": 2.5})
    assert (first.status_code, first.json()["grave_count"], first.json()["seconds"]) == (201, 1, 2.5)
    assert reader.post(f"{API}/reviews/{items[1].pk}/look", {"seconds": 1}).json()["is_break_due"] is True
    begun = reader.post(f"{API}/break/begin").json()
    assert (begun["outcome"], begun["grave_count"]) == ("waiting", 2)
    assert reader.post(f"{API}/break/begin").json()["id"] == begun["id"]
    ended = reader.post(f"{API}/break/end").json()
    assert (ended["id"], ended["outcome"]) == (begun["id"], "continued")
    assert reader.get(f"{API}/exposure").json()["grave_count"] == 0
    assert reader.post(f"{API}/break/end").status_code == 204
    assert set(ExposureEvent.objects.values_list("by", flat=True)) == {ming.pk}


def test_nonsense_and_strangers_write_no_look(reader: APIClient, ming: User) -> None:
    path = f"{API}/reviews/{ReviewItemFactory().pk}/look"
    for seconds in (-1, 601, "long"):
        assert reader.post(path, {"seconds": seconds}).status_code == 400
    assert reader.post(f"{API}/reviews/{uuid.uuid4()}/look", {"seconds": 1}).status_code == 404
    app, _owner = app_client()
    readonly = client_of(ming, [Scope.MODERATION_READ])
    assert readonly.post(path, {"seconds": 1}).json()["code"] == "scope_missing"
    for refused in (app.post(path, {"seconds": 1}), app.get(f"{API}/exposure"), app.get(f"{API}/scans")):
        assert refused.json()["code"] == "permission_refused"
    assert app.get(f"{API}/texts").status_code == 403
    assert not ExposureEvent.objects.exists()


def test_a_scan_tells_the_policys_word_and_never_a_persons(
    reader: APIClient, moderator: Any, subject: Any
) -> None:
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    assert Decision.objects.get().verdict == Verdict.BLOCK
    body = reader.get(f"{API}/scans/{item.scan_run_id}").json()
    assert body["verdict"] == "review"
    assert moderator.username not in str(body)


def used_up(ming: User) -> None:
    """A budget of one, and one grave item that was uncovered."""
    ModerationSettings.objects.update_or_create(pk=1, defaults={"exposure_budget": 1})
    ExposureEvent.objects.create(by=ming, item=ReviewItemFactory(), seconds=3, is_grave=True)


def test_nothing_more_is_given_once_the_budget_is_used_up(ming: User, reader: APIClient) -> None:
    used_up(ming)
    for _ in range(2):  # the second time the break has begun
        told = reader.post(f"{API}/reviews/next", {})
        assert (told.status_code, told.json()["code"]) == (409, "break_due")
    assert told.json()["details"]["grave_count"] == 1
    begun = reader.post(f"{API}/break/begin").json()
    assert parse_datetime(told.json()["details"]["over_at"]) == parse_datetime(begun["over_at"])


def test_whoever_ends_the_break_goes_on_and_that_is_kept(ming: User, reader: APIClient) -> None:
    used_up(ming)
    reader.post(f"{API}/reviews/next", {})
    assert reader.post(f"{API}/break/end").json()["outcome"] == "continued"
    assert reader.post(f"{API}/reviews/next", {}).status_code == 200


def test_without_a_budget_items_are_given(ming: User, reader: APIClient) -> None:
    used_up(ming)
    ModerationSettings.objects.update(exposure_budget=0)
    assert reader.post(f"{API}/reviews/next", {}).status_code == 200
