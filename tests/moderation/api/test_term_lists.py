"""Word lists over HTTP: made, changed, retired; words, files, and a text that is tried."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from moderation.models import AuditEntry, Term, TermList
from moderation.services.term_matching import matcher_current
from tests.factories.accounts import client_of, user_with
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
LISTS = "/api/v1/moderation/term-lists"
WORD = "琉璃瓦坊"  # on no starter list
NEW = {"name": "Gambling", "category": "regulated_goods", "severity": 6, "language": "zh"}


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin", is_staff=True)


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


@pytest.fixture
def made(client: APIClient) -> dict[str, Any]:
    answer = client.post(LISTS, NEW)
    assert answer.status_code == 201, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def file_of(text: str, name: str = "words.txt") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, text.encode(), "text/plain")}


def test_a_list_is_made_in_force_at_once(made: dict[str, Any], client: APIClient) -> None:
    assert (made["kind"], made["severity"], made["owner"], made["term_count"]) == ("block", 6, "lin", 0)
    assert made["is_enabled"] is True
    client.post(f"{LISTS}/{made['id']}/terms", {"text": WORD})
    assert client.get(f"{LISTS}/{made['id']}").json()["term_count"] == 1
    assert [hit.list_id for hit in matcher_current().find(f"去{WORD}")] == [made["id"]]
    assert AuditEntry.objects.filter(action="moderation.term_list.created").count() == 1
    taken = client.post(LISTS, NEW)
    assert (taken.status_code, taken.json()["code"]) == (409, "term_list_taken")


def test_faults_of_a_list_are_named_field_by_field(client: APIClient, db: None) -> None:
    wrong = {"name": "", "category": "poems", "severity": 5, "owner": "nobody", "colour": "red"}
    fields = client.post(LISTS, NEW | wrong).json()["details"]["fields"]
    assert {one["pointer"] for one in fields} == {"/colour"}
    del wrong["colour"]
    fields = client.post(LISTS, NEW | wrong).json()["details"]["fields"]
    assert {one["pointer"] for one in fields} == {"/name", "/category", "/severity", "/owner"}
    user_with(roles.APP, username="app")
    assert client.post(LISTS, NEW | {"owner": "app"}).status_code == 400  # nobody of the staff


def test_a_list_is_changed_retired_and_brought_back(made: dict[str, Any], client: APIClient) -> None:
    one = f"{LISTS}/{made['id']}"
    client.post(f"{one}/terms", {"text": WORD})
    changed = client.patch(one, {"severity": 4, "note": "after the complaint"}).json()
    assert (changed["severity"], changed["note"], changed["name"]) == (4, "after the complaint", "Gambling")
    assert client.patch(one, {"is_enabled": False}).json()["is_enabled"] is False
    assert matcher_current().find(WORD) == []
    assert client.patch(one, {"is_enabled": True, "name": "Games"}).json()["name"] == "Games"
    assert len(matcher_current().find(WORD)) == 1
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {f"moderation.term_list.{verb}" for verb in ("changed", "disabled", "enabled")} <= actions
    client.post(LISTS, NEW | {"name": "Other"})
    assert client.patch(one, {"name": "Other"}).json()["code"] == "term_list_taken"
    assert client.patch(one, {"is_starter": True}).status_code == 400


def test_lists_are_found_by_kind_and_state(made: dict[str, Any], client: APIClient) -> None:
    allow = client.post(LISTS, NEW | {"name": "Fine words", "kind": "allow"}).json()["id"]
    client.patch(f"{LISTS}/{allow}", {"is_enabled": False})
    for query, expected in (
        ("kind=allow", {allow}),
        ("is_enabled=false", {allow}),
        ("name=gamb", {made["id"]}),
        ("category=regulated_goods&language=zh&is_enabled=true", {made["id"]}),
    ):
        found = {one["id"] for one in client.get(f"{LISTS}?{query}").json()["results"]}
        assert found & {allow, made["id"]} == expected, query


def test_a_word_is_changed_switched_off_and_on(made: dict[str, Any], client: APIClient) -> None:
    words = f"{LISTS}/{made['id']}/terms"
    word = client.post(words, {"text": WORD[:2]}).json()
    one = f"{words}/{word['id']}"
    assert client.get(one).json()["text"] == WORD[:2]
    changed = client.patch(one, {"text": WORD, "views": ["raw"], "note": "longer"}).json()
    assert (changed["text"], changed["views"], changed["note"]) == (WORD, ["raw"], "longer")
    assert client.patch(one, {"is_enabled": False}).json()["is_enabled"] is False
    assert matcher_current().find(WORD) == []
    assert client.patch(one, {"is_enabled": True}).json()["is_enabled"] is True
    client.post(words, {"text": "彩票"})
    taken = client.patch(one, {"text": "彩票"})
    assert (taken.status_code, taken.json()["details"]["fault"]) == (422, "known")
    assert client.patch(one, {"text": "x"}).json()["details"]["fault"] == "too_short"
    other = client.post(LISTS, NEW | {"name": "Other"}).json()["id"]
    assert client.patch(f"{LISTS}/{other}/terms/{word['id']}", {"note": "x"}).status_code == 404


def test_a_dry_run_tells_what_an_import_would_do_and_does_nothing(
    made: dict[str, Any], client: APIClient
) -> None:
    words = f"{LISTS}/{made['id']}/terms"
    client.post(words, {"text": "彩票"})
    gone = client.post(words, {"text": "老虎机"}).json()["id"]
    client.delete(f"{words}/{gone}")
    text = "text,whole_word,note\n赌博网站,0,new\n彩票,,\n老虎机,,\nx,,\n百家乐,maybe,\n"
    path = f"{LISTS}/{made['id']}/import"
    dry = client.post(path, file_of(text, "words.csv") | {"is_dry_run": "true"}, format="multipart")
    assert dry.status_code == 200, dry.json()
    report = dry.json()
    assert [report[name] for name in ("new", "restored", "known", "fault_count")] == [1, 1, 1, 2]
    assert [one["text"] for one in report["words"]] == ["赌博网站", "老虎机"]
    assert [(one["line"], one["code"]) for one in report["faults"]] == [(5, "too_short"), (6, "flag")]
    assert Term.objects.filter(term_list=made["id"], is_enabled=True).count() == 1
    assert not AuditEntry.objects.filter(action="moderation.terms.imported").exists()

    done = client.post(path, file_of(text, "words.csv"), format="multipart").json()
    assert done == report | {"is_dry_run": False}
    assert Term.objects.filter(term_list=made["id"], is_enabled=True).count() == 3
    assert AuditEntry.objects.filter(action="moderation.terms.imported").count() == 1


def test_a_file_that_cannot_be_read_is_refused_with_its_fault(
    made: dict[str, Any], client: APIClient
) -> None:
    path = f"{LISTS}/{made['id']}/import"
    for text, name, fault in (("", "a.txt", "empty"), ("word\nx\n", "a.csv", "columns")):
        refused = client.post(path, file_of(text, name), format="multipart")
        assert (refused.status_code, refused.json()["code"]) == (422, "term_file_refused")
        assert refused.json()["details"]["fault"] == fault
    assert client.post(path, {}, format="multipart").status_code == 400
    assert client.post(path, {"file": "words"}).status_code == 415


def test_an_export_can_be_imported_again(made: dict[str, Any], client: APIClient) -> None:
    for text in ("赌博网站", "=cmd"):
        client.post(f"{LISTS}/{made['id']}/terms", {"text": text})
    answer = client.get(f"{LISTS}/{made['id']}/export")
    assert answer["Content-Type"].startswith("text/csv")
    data = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "赌博网站,0,," in data
    other = client.post(LISTS, NEW | {"name": "Copy"}).json()["id"]
    back = client.post(f"{LISTS}/{other}/import", file_of(data, "a.csv"), format="multipart").json()
    assert (back["new"], back["fault_count"]) == (2, 0)
    assert set(Term.objects.filter(term_list=other).values_list("text", flat=True)) == {"赌博网站", "=cmd"}


def test_a_text_is_tried_against_the_words_in_force(made: dict[str, Any], client: APIClient) -> None:
    word = client.post(f"{LISTS}/{made['id']}/terms", {"text": "赌博网站"}).json()["id"]
    tried = client.post(f"{LISTS}/try", {"text": "去賭博網站玩"}).json()
    hits = [one for one in tried["hits"] if one["term"] == word]
    assert [(one["start"], one["end"], one["view"]) for one in hits] == [(1, 5, "simplified")]
    assert (hits[0]["list_name"], hits[0]["category"]) == ("Gambling", "regulated_goods")
    assert tried["readings"]["simplified"] == "去赌博网站玩"
    assert (tried["verdict"], tried["policy_version"]) == ("review", 1)
    assert "regulated_goods" in tried["reasons"][0]
    plain = client.post(f"{LISTS}/try", {"text": "一只猫"}).json()
    assert (plain["verdict"], plain["hits"]) == ("pass", [])
    assert client.post(f"{LISTS}/try", {"text": "猫" * 100_000}).status_code == 400


def test_moderators_read_and_try_and_change_nothing(made: dict[str, Any], senior: Any) -> None:
    ming = client_of(user_with(roles.MODERATOR, roles.APP))
    one = f"{LISTS}/{made['id']}"
    assert ming.get(one).status_code == ming.get(f"{one}/export").status_code == 200
    assert ming.post(f"{LISTS}/try", {"text": "cat"}).status_code == 200
    assert ming.post(LISTS, NEW | {"name": "Mine"}).status_code == 403
    assert ming.patch(one, {"severity": 0}).status_code == 403
    assert ming.post(f"{one}/import", file_of("word"), format="multipart").status_code == 403
    app = client_of(user_with(roles.APP))
    for path in (one, f"{one}/export"):
        assert app.get(path).status_code == 403
    assert app.post(f"{LISTS}/try", {"text": "cat"}).status_code == 403
    assert TermList.objects.get(pk=made["id"]).severity == 6
    daily = client_of(senior, [Scope.MODERATION_READ, Scope.MODERATION_REVIEW])
    assert daily.post(f"{one}/terms", {"text": "彩票"}).status_code == 201
    for refused in (daily.patch(one, {"severity": 0}), daily.post(LISTS, NEW | {"name": "Mine"})):
        assert refused.json()["code"] == "scope_missing"
