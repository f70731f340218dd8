"""Checks for apps, submitted texts and word lists over HTTP."""

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin
from rest_framework.test import APIClient

from moderation.models import Decision, ReviewItem, ScanRun, Term, TermList, TextSubmission
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.moderation import plain_picture
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
CHECKS, TEXTS, LISTS = "/api/v1/moderation/checks", "/api/v1/texts", "/api/v1/moderation/term-lists"


@pytest.fixture
def app(db: None) -> APIClient:
    return app_client()[0]


@pytest.fixture
def senior_client(db: None) -> APIClient:
    return client_of(user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin"))


def check(client: APIClient, text: str, language: str = "en", **fields: Any) -> Any:
    return client.post(
        CHECKS, {"surface": "prompt", "text": text, **fields}, headers={"Accept-Language": language}
    )


def test_a_harmless_text_passes(app: APIClient) -> None:
    response = check(app, "一只红熊猫在竹林里跳舞")
    assert response.status_code == 200
    body = response.json()
    assert (body["verdict"], body["reasons"], body["findings"], body["policy_version"]) == ("pass", [], [], 1)


def test_a_listed_offer_is_blocked_with_its_place_and_the_reason_in_the_language_asked(
    app: APIClient,
) -> None:
    body = check(app, "😀 快来赌博网站", "zh-hans").json()
    assert body["verdict"] == "block"
    assert body["reasons"][0] == {
        "code": "regulated_goods",
        "text": "内容推广毒品、武器、赌博或其他受管制物品。",
    }
    gravest = body["findings"][0]
    assert (gravest["category"], gravest["severity"], gravest["view"]) == ("regulated_goods", 6, "raw")
    assert (gravest["spans"], gravest["may_block"], gravest["confidence"]) == ([[4, 8]], True, 100)
    assert check(app, "赌博网站").json()["reasons"][0]["text"].startswith("The content promotes drugs")


def test_a_disguised_offer_asks_for_a_person_and_never_blocks(app: APIClient) -> None:
    body = check(app, "堵博网占").json()
    assert body["verdict"] == "review"
    assert [(one["view"], one["may_block"]) for one in body["findings"]] == [("pinyin", False)]


def test_a_check_has_no_consequences_and_keeps_no_text(app: APIClient) -> None:
    check(app, "快来赌博网站")
    check(app, "堵博网占")
    assert ScanRun.objects.filter(purpose="check").count() == 2
    assert Decision.objects.count() == ReviewItem.objects.count() == TextSubmission.objects.count() == 0
    stored = json.dumps(list(ScanRun.objects.values()), default=str) + json.dumps(
        [row for run in ScanRun.objects.all() for row in run.findings.values()], default=str
    )
    assert "赌博" not in stored
    assert "\\u8d4c" not in stored


def test_a_picture_is_checked_like_an_upload(app: APIClient) -> None:
    data = io.BytesIO()
    Image.fromarray(plain_picture()).save(data, "JPEG")
    file = SimpleUploadedFile("photo.jpg", data.getvalue(), "image/jpeg")
    response = app.post(CHECKS, {"surface": "photo", "file": file}, format="multipart")
    assert (response.status_code, response.json()["verdict"]) == (200, "pass")
    junk = SimpleUploadedFile("photo.jpg", b"not a picture", "image/jpeg")
    response = app.post(CHECKS, {"surface": "photo", "file": junk}, format="multipart")
    assert (response.status_code, response.json()["code"]) == (415, "upload_not_an_image")


def test_marks_of_origin_in_a_picture_are_stored_with_its_check(app: APIClient) -> None:
    parameters = PngImagePlugin.PngInfo()
    parameters.add_text("parameters", "a dancer\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1")
    data = io.BytesIO()
    Image.fromarray(plain_picture()).save(data, "PNG", pnginfo=parameters)
    file = SimpleUploadedFile("photo.png", data.getvalue(), "image/png")
    response = app.post(CHECKS, {"surface": "photo", "file": file}, format="multipart")
    run = ScanRun.objects.get(pk=response.json()["id"])
    assert run.findings.get(scanner="provenance").label == "marked_ai_possible"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": ""},
        {"text": "x" * 10_001},
        {"text": "x", "surface": "photo"},
        {"text": "x", "surface": "nowhere"},
        {"text": "x", "surprise": 1},
    ],
)
def test_a_check_of_nothing_or_of_too_much_is_refused(app: APIClient, fields: dict[str, Any]) -> None:
    response = app.post(CHECKS, {"surface": "prompt", **fields})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


def test_a_token_without_the_scope_and_an_account_without_the_role_check_nothing(db: None) -> None:
    assert check(app_client([Scope.JOBS_READ])[0], "hello").status_code == 403
    session = APIClient()
    session.force_login(user_with(username="visitor"))
    assert check(session, "hello").status_code == 403


def test_a_submitted_text_is_judged_once_and_read_by_its_owner(app: APIClient) -> None:
    given = {"surface": "quoted_text", "text": "开业大吉"}
    first = app.post(TEXTS, given)
    assert first.status_code == 201
    assert (first.json()["state"], first.json()["language"], first.json()["text"]) == (
        "accepted",
        "zh",
        "开业大吉",
    )
    again = app.post(TEXTS, given)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    address = f"{TEXTS}/{first.json()['id']}"
    assert app.get(address).json()["text"] == "开业大吉"
    assert app_client()[0].get(address).status_code == 404
    assert [row["id"] for row in app.get(TEXTS).json()["results"]] == [first.json()["id"]]


def test_a_doubtful_text_waits_and_a_listed_one_is_blocked(app: APIClient) -> None:
    doubtful = app.post(TEXTS, {"surface": "prompt", "text": "堵博网占"}).json()
    assert (doubtful["state"], doubtful["reasons"][0]["code"]) == ("in_review", "regulated_goods")
    assert app.post(TEXTS, {"surface": "prompt", "text": "赌博网站"}).json()["state"] == "blocked"


def test_an_erased_text_keeps_its_row_and_loses_its_words(app: APIClient) -> None:
    address = f"{TEXTS}/{app.post(TEXTS, {'surface': 'prompt', 'text': 'hello'}).json()['id']}"
    assert app.delete(address).status_code == 204
    assert app.delete(address).status_code == 204
    assert (app.get(address).json()["state"], app.get(address).json()["text"]) == ("erased", None)


def test_moderators_keep_lists_and_a_change_counts_with_the_next_check(
    app: APIClient, senior_client: APIClient
) -> None:
    lists = senior_client.get(LISTS).json()["results"]
    chosen = next(one for one in lists if "offers of gambling" in one["name"] and one["language"] == "en")
    assert chosen["term_count"] == Term.objects.filter(term_list=chosen["id"]).count()
    words = f"{LISTS}/{chosen['id']}/terms"
    assert check(app, "join frobnication now").json()["verdict"] == "pass"
    made = senior_client.post(words, {"text": "frobnication", "is_whole_word": True})
    assert made.status_code == 201
    assert check(app, "join frobnication now").json()["verdict"] == "block"
    found = senior_client.get(words, {"text": "frobni"}).json()["results"]
    assert [one["id"] for one in found] == [made.json()["id"]]
    assert senior_client.delete(f"{words}/{made.json()['id']}").status_code == 204
    assert check(app, "join frobnication now").json()["verdict"] == "pass"
    refused = senior_client.post(words, {"text": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "term_refused")
    assert refused.json()["details"]["fault"] == "too_short"


def test_an_app_neither_sees_nor_changes_lists(app: APIClient) -> None:
    words = f"{LISTS}/{TermList.objects.first().pk}/terms"  # type: ignore[union-attr]
    assert app.get(LISTS).status_code == 403
    assert app.get(words).status_code == 403
    assert app.post(words, {"text": "anything"}).status_code == 403
