"""The library over HTTP for those who make it: templates, versions, rights, slots, many at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from generation.states import JobState
from templates_app.models import DanceTemplate, FeaturedSlot, TemplateVersion
from templates_app.states import VersionState
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.generation import job_in
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    cleared_version,
    live_template,
    ready_version,
    version_of,
)
from tongyi_portal.accounts.models import ApiToken, Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def curator() -> APIClient:
    return client_of(user_with(roles.CURATOR, roles.APP), [Scope.TEMPLATES_WRITE, Scope.TEMPLATES_READ])


def url_of(version: TemplateVersion, verb: str = "") -> str:
    return f"{V1}/versions/{version.pk}" + (f"/{verb}" if verb else "")


def test_only_curators_with_the_scope_come_in() -> None:
    version = cleared_version()
    app, _user = app_client()
    for path in (
        f"{V1}/versions",
        url_of(version),
        f"{V1}/featured",
        f"{V1}/curation/templates",
        f"{V1}/tags",
    ):
        assert app.get(path).json()["code"] == "permission_refused", path
    reader = client_of(user_with(roles.CURATOR, roles.APP), [Scope.TEMPLATES_READ])
    assert reader.get(url_of(version)).json()["code"] == "scope_missing"
    assert reader.post(f"{V1}/templates", {}).json()["code"] == "scope_missing"
    assert app.post(f"{V1}/templates", {"slug": "x", **_words()}).json()["code"] == "permission_refused"


def _words() -> dict[str, Any]:
    return {"name_zh": "科目三", "name_en": "Kemusan", "category": CategoryFactory().slug}


def test_a_template_is_made_changed_and_retired(curator: APIClient) -> None:
    tag = TagFactory()
    answer = curator.post(f"{V1}/templates", {"slug": "kemusan", **_words(), "tags": [tag.slug]})
    assert answer.status_code == 201, answer.json()
    assert answer.json()["tags"] == [tag.slug]
    again = curator.post(f"{V1}/templates", {"slug": "kemusan", **_words()})
    assert (again.status_code, again.json()["details"]["fields"][0]["pointer"]) == (400, "/slug")
    changed = curator.patch(f"{V1}/templates/kemusan", {"name_en": "Subject three", "tags": []})
    assert (changed.json()["name_en"], changed.json()["tags"]) == ("Subject three", [])
    assert curator.patch(f"{V1}/templates/kemusan", {"slug": "other"}).status_code == 400
    assert curator.get(f"{V1}/templates").json()["results"] == []  # the catalogue shows live ones only
    assert curator.get(f"{V1}/curation/templates?is_live=false").json()["results"][0]["slug"] == "kemusan"
    history = curator.get(f"{V1}/templates/kemusan/history").json()
    assert [step["action"] for step in history] == [
        "templates.template.updated",
        "templates.template.created",
    ]
    live = live_template()
    assert curator.post(f"{V1}/templates/{live.slug}/retire").json()["live_version"] is None


def test_shelves_are_made_and_renamed(curator: APIClient) -> None:
    names = {"slug": "new", "name_zh": "新", "name_en": "New"}
    assert curator.post(f"{V1}/categories", {**names, "position": 3}).status_code == 201
    assert curator.patch(f"{V1}/categories/new", {"name_en": "Newer"}).json()["name_en"] == "Newer"
    assert curator.post(f"{V1}/tags", names).status_code == 201
    assert curator.post(f"{V1}/tags", names).status_code == 400
    assert curator.patch(f"{V1}/tags/new", {"name_zh": "更新"}).json()["name_zh"] == "更新"
    assert [tag["slug"] for tag in curator.get(f"{V1}/tags").json()] == ["new"]
    refused = curator.patch(f"{V1}/tags/new", {"name_zh": "出售冰毒"})
    assert refused.json()["code"] == "template_words_refused"


def test_versions_of_all_states_are_listed_and_filtered(curator: APIClient) -> None:
    draft, cleared = version_of(), cleared_version()
    assert len(curator.get(f"{V1}/versions").json()["results"]) == 2
    [found] = curator.get(f"{V1}/versions?state=in_review").json()["results"]
    assert (found["id"], found["is_cleared"]) == (str(cleared.pk), True)
    [found] = curator.get(f"{V1}/versions?template={draft.template.slug}").json()["results"]
    assert found["state"] == "ready"


def test_the_checklist_names_what_lacks(curator: APIClient) -> None:
    shown = curator.get(url_of(version_of())).json()
    checks = {check["key"]: check for check in shown["checklist"]}
    assert checks["previews"]["missing"] == ["cover", "skeleton", "thumb", "loop"]
    assert "source_owner" in checks["rights"]["missing"]
    assert [checks[key]["is_done"] for key in ("rights_in_force", "moderation", "second_person")] == [
        None, None, True,
    ]  # fmt: skip
    refused = curator.post(url_of(version_of(), "submit"))
    assert (refused.status_code, refused.json()["code"]) == (409, "preview_missing")


def test_a_version_that_is_handed_in_is_checking_and_is_not_handed_in_twice(curator: APIClient) -> None:
    version = ready_version()
    assert curator.post(url_of(version, "submit")).json()["state"] == "checking"
    again = curator.post(url_of(version, "submit"))
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    assert [one["id"] for one in curator.get(f"{V1}/versions?state=checking").json()["results"]] == [
        str(version.pk)
    ]
    assert curator.post(url_of(version, "withdraw")).json()["state"] == "ready"


def test_a_version_is_published_retired_and_rolled_back(curator: APIClient) -> None:
    version = cleared_version()
    published = curator.post(url_of(version, "publish")).json()
    assert (published["state"], published["live_since"]["by"]) == ("published", _name(curator))
    job_in(JobState.QUEUED, template_version=version)
    assert curator.get(url_of(version)).json()["jobs_waiting"] == 1
    assert curator.post(url_of(version, "rollback")).json()["code"] == "state_conflict"
    assert curator.post(url_of(version, "retire")).json()["state"] == "retired"
    assert curator.post(url_of(version, "rollback")).json()["state"] == "published"
    steps = [step["action"].rpartition(".")[2] for step in curator.get(url_of(version, "history")).json()]
    assert steps == ["published", "retired", "published"]


def _name(client: APIClient) -> str:
    return str(user_of(client).get_username())


def user_of(client: APIClient) -> Any:
    return ApiToken.objects.latest("created_at").owner


def test_retiring_may_say_why(curator: APIClient) -> None:
    version = live_template().live_version
    assert version is not None
    refused = curator.post(url_of(version, "retire"), {"reason": "x"})
    assert (refused.status_code, refused.json()["details"]["fields"][0]["pointer"]) == (400, "/reason")
    assert curator.post(url_of(version, "retire"), {"why": "The studio asked."}).status_code == 200
    [step] = curator.get(url_of(version, "history")).json()
    assert step["why"] == "The studio asked."


def test_whoever_made_a_version_is_refused_with_a_code(curator: APIClient) -> None:
    version = cleared_version()
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=user_of(curator))
    answer = curator.post(url_of(version, "publish"))
    assert (answer.status_code, answer.json()["code"]) == (403, "version_needs_second_person")


def test_times_without_a_zone_are_those_of_the_site(curator: APIClient) -> None:
    version = cleared_version()
    body = {"publish_at": "2099-01-01T08:00", "expire_at": "2099-02-01T08:00:00Z"}
    shown = curator.post(url_of(version, "schedule"), body).json()
    assert shown["state"] == "scheduled"
    version.refresh_from_db()
    assert version.publish_at is not None
    assert version.publish_at.isoformat() == "2099-01-01T00:00:00+00:00"
    past = curator.post(url_of(version, "schedule"), {"publish_at": "2020-01-01T00:00"})
    assert (past.json()["code"], past.json()["details"]) == ("schedule_invalid", {"field": "publish_at"})
    assert curator.post(url_of(version, "unschedule")).json()["publish_at"] is None
    live = live_template().live_version
    assert live is not None
    shown = curator.put(url_of(live, "expiry"), {"expire_at": "2099-02-01T00:00:00Z"}).json()
    assert shown["expire_at"] is not None


def test_rights_are_stated_as_a_whole(curator: APIClient) -> None:
    version = version_of()
    empty = curator.get(url_of(version, "rights")).json()
    assert empty["is_confirmed"] is False
    assert "territory" in empty["missing"]
    body = {"source_basis": "own", "source_owner": "Us", "source_reference": "x", "music_basis": "none",
            "is_without_performers": True, "territory": ["CN"], "valid_until": "2099-01-01"}  # fmt: skip
    assert curator.put(url_of(version, "rights"), body).json()["missing"] == []
    assert curator.get(url_of(version, "rights")).json()["is_confirmed"] is True
    body.pop("source_owner")
    assert curator.put(url_of(version, "rights"), body).json()["missing"] == ["source_owner"]
    refused = curator.put(url_of(version, "rights"), {**body, "territory": ["XX"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "rights_invalid")
    assert refused.json()["details"]["fields"][0]["field"] == "territory"
    refused = curator.put(url_of(version, "rights"), {**body, "foo": 1})
    assert (refused.status_code, refused.json()["details"]["fields"][0]["pointer"]) == (400, "/foo")
    second = version_of(version.template)
    copied = curator.post(url_of(second, "rights/copy")).json()
    assert (copied["territory"], copied["is_confirmed"]) == (["CN"], True)


def test_half_a_record_takes_a_live_version_down_only_when_asked_to(curator: APIClient) -> None:
    version = live_template().live_version
    assert version is not None
    refused = curator.put(url_of(version, "rights"), {"source_basis": "own"})
    assert (refused.status_code, refused.json()["code"]) == (409, "rights_incomplete")
    assert curator.get(url_of(version)).json()["state"] == "published"
    stored = curator.put(url_of(version, "rights"), {"source_basis": "own", "retire": True}).json()
    assert "retire" not in stored
    assert curator.get(url_of(version)).json()["state"] == "retired"


def test_many_versions_are_told_one_by_one(curator: APIClient) -> None:
    good, bad = cleared_version(), version_of()
    gone = "00000000-0000-4000-8000-000000000000"
    answer = curator.post(
        f"{V1}/versions/bulk", {"action": "publish", "ids": [str(bad.pk), gone, str(good.pk)]}
    )
    assert answer.status_code == 207
    body = answer.json()
    assert (body["done"], body["failed"]) == (1, 2)
    assert [one["code"] for one in body["results"]] == ["state_conflict", "not_found", ""]
    assert [one["id"] for one in body["results"]] == [str(bad.pk), gone, str(good.pk)]
    assert all(one["message"] for one in body["results"][:2])
    good.refresh_from_db()
    assert good.state == VersionState.PUBLISHED


def test_the_other_steps_work_on_many_as_well(curator: APIClient) -> None:
    first, second = cleared_version(), cleared_version()
    ids = [str(first.pk), str(second.pk)]
    shelf, tag = CategoryFactory(slug="pop"), TagFactory(slug="new")
    for body in (
        {"action": "schedule", "publish_at": "2099-01-01T00:00:00Z"},
        {"action": "feature", "starts_at": (timezone.now() - timedelta(hours=1)).isoformat()},
        {"action": "tag", "tags": ["new"]},
        {"action": "category", "category": "pop"},
    ):
        answer = curator.post(f"{V1}/versions/bulk", {**body, "ids": ids})
        assert answer.json()["done"] == 2, answer.json()
    assert set(TemplateVersion.objects.values_list("state", flat=True)) == {"scheduled"}
    assert set(DanceTemplate.objects.values_list("featured_position", flat=True)) == {1, 2}
    assert DanceTemplate.objects.filter(category=shelf, tags=tag).count() == 2
    for body, pointer in (({"action": "tag"}, "/tags"), ({"action": "schedule"}, "/publish_at")):
        fault = curator.post(f"{V1}/versions/bulk", {**body, "ids": ids}).json()
        assert fault["details"]["fields"][0]["pointer"] == pointer
    assert (
        curator.post(f"{V1}/versions/bulk", {"action": "tag", "tags": ["no"], "ids": ids}).status_code == 404
    )
    assert curator.post(f"{V1}/versions/bulk", {"action": "publish", "ids": ids * 101}).status_code == 400


def test_slots_are_added_ordered_changed_and_removed(curator: APIClient) -> None:
    one, two = TemplateFactory(slug="one"), TemplateFactory(slug="two")
    ids = [curator.post(f"{V1}/featured", {"template": one_.slug}).json()["id"] for one_ in (one, two)]
    ordered = curator.post(f"{V1}/featured/order", {"ids": ids[::-1]}).json()
    assert [slot["template"] for slot in ordered] == ["two", "one"]
    assert curator.post(f"{V1}/featured/order", {"ids": ids[:1]}).json()["code"] == "slots_changed"
    refused = curator.patch(f"{V1}/featured/{ids[0]}", {"ends_at": "2020-01-01T00:00:00Z"})
    assert refused.json()["code"] == "slot_invalid"
    assert curator.patch(f"{V1}/featured/{ids[0]}", {"ends_at": "2099-01-01T00:00:00Z"}).status_code == 200
    assert curator.delete(f"{V1}/featured/{ids[0]}").status_code == 204
    assert FeaturedSlot.objects.get().template == two


@pytest.mark.parametrize("words", ["kms", "雲南", "yúnnán", "piliang", "%E3%80%80云南"])
def test_curators_find_templates_as_the_catalogue_does(curator: APIClient, words: str) -> None:
    TemplateFactory(slug="other", name_zh="扇子舞", name_en="Fan")
    TemplateFactory(slug="sought", name_zh="云南科目三批量", name_en="Sought")
    answer = curator.get(f"{V1}/curation/templates?search={words}").json()
    assert [row["slug"] for row in answer["results"]] == ["sought"]


def test_too_many_words_are_a_fault_of_the_search(curator: APIClient) -> None:
    answer = curator.get(f"{V1}/curation/templates?search=a b c d e f g h i")
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["details"]["fields"]] == ["/search"]


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00", "0001-01-01", "9999-12-31T23:59:59Z"])
def test_moments_at_the_edge_of_the_calendar_are_faults_of_their_fields(
    curator: APIClient, edge: str
) -> None:
    version = version_of()
    slug, ids = version.template.slug, [str(version.pk)]
    for method, url, body, field in (
        ("put", url_of(version, "expiry"), {}, "expire_at"),
        ("post", url_of(version, "schedule"), {}, "publish_at"),
        ("post", url_of(version, "schedule"), {"publish_at": "2099-01-01"}, "expire_at"),
        ("post", f"{V1}/versions/bulk", {"action": "schedule", "ids": ids}, "publish_at"),
        ("post", f"{V1}/versions/bulk", {"action": "feature", "ids": ids}, "ends_at"),
        ("post", f"{V1}/featured", {"template": slug}, "starts_at"),
        ("post", f"{V1}/featured", {"template": slug}, "ends_at"),
    ):
        told = getattr(curator, method)(url, {**body, field: edge})
        assert told.status_code == 400, (url, field)
        faults = {one["pointer"]: one["code"] for one in told.json()["details"]["fields"]}
        assert faults.get(f"/{field}") == "out_of_range", (url, field, faults)
