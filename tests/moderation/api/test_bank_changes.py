"""Hash banks over HTTP: made and changed; entries of pictures, content and files; near duplicates."""

import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from moderation.models import AuditEntry, BankEntry, BankKind, HashBank, ModerationSettings, ReviewItem
from moderation.models.review import ReviewPurpose
from moderation.near_duplicates import near_duplicates_forget
from moderation.scanners.base import Media, ScanInput
from moderation.services import picture_intake
from moderation.services.bank_matching import bank_snapshot
from moderation.services.banks import bank_create
from moderation.services.reviews import review_claim, review_resolve
from moderation.taxonomy import Surface, Verdict
from templates_app.characters import draw_character
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.generation import UploadFactory
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, ScanRunFactory, plain_picture
from tests.factories.pictures import jpeg, png
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
BANKS, HASH = "/api/v1/moderation/hash-banks", "0123456789abcdef" * 4
NEW = {"name": "Refused", "kind": "block", "category": "gore", "severity": 6}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    near_duplicates_forget()
    yield
    near_duplicates_forget()


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin", is_staff=True)


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


@pytest.fixture
def bank(senior: Any) -> HashBank:
    return bank_create(name="Known", kind=BankKind.BLOCK, by=senior)


def file_of(data: bytes, name: str = "picture.png") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, data)}


def looked_at(pixels: Any) -> ScanInput:
    return ScanInput(Media.IMAGE, Surface.PHOTO, np.ascontiguousarray(pixels))


def test_a_bank_is_made_changed_and_taken_out_of_use(client: APIClient) -> None:
    made = client.post(BANKS, NEW)
    assert (made.status_code, made.json()["owner"], made.json()["entry_count"]) == (201, "lin", 0)
    one = f"{BANKS}/{made.json()['id']}"
    client.post(f"{one}/entries", {"value": HASH})
    assert client.get(one).json()["entry_count"] == 1
    changed = client.patch(one, {"severity": 4, "note": "by the police"}).json()
    assert (changed["severity"], changed["note"], changed["category"]) == (4, "by the police", "gore")
    assert len(bank_snapshot().banks) == 1
    assert client.patch(one, {"is_enabled": False}).json()["is_enabled"] is False
    assert not bank_snapshot().banks
    taken = client.post(BANKS, NEW)
    assert (taken.status_code, taken.json()["code"]) == (409, "bank_taken")
    for wrong in ({"kind": "allow"}, {"severity": 5}, {"owner": "nobody"}, {"name": ""}):
        assert client.patch(one, wrong).status_code == 400, wrong
    assert AuditEntry.objects.filter(action="moderation.bank.changed").count() == 2
    for query, count in (("kind=allow", 0), ("is_enabled=false&category=gore", 1), ("name=REF", 1)):
        assert len(client.get(f"{BANKS}?{query}").json()["results"]) == count, query


def test_the_hashes_of_a_picture_are_put_on_a_bank_once(client: APIClient, bank: HashBank) -> None:
    pixels = np.ascontiguousarray(draw_character("person", 512))
    path = f"{BANKS}/{bank.pk}/entries/picture"
    sent = client.post(path, file_of(png(pixels)) | {"note": "from a report"}, format="multipart")
    assert sent.status_code == 201, sent.json()
    added = {one["algorithm"]: one for one in sent.json()["added"]}
    seen = looked_at(pixels)
    assert {key: one["value"] for key, one in added.items()} == {"sha256": seen.sha256, "pdq": seen.pdq.hex}
    assert {one["note"] for one in added.values()} == {"from a report"}
    assert AuditEntry.objects.filter(action="moderation.bank_entry.added").count() == 2
    again = client.post(path, file_of(png(pixels)), format="multipart")
    assert (again.status_code, again.json()["added"]) == (201, [])
    assert BankEntry.objects.count() == 2
    plain = client.post(path, file_of(png(plain_picture())), format="multipart").json()["added"]
    assert [one["algorithm"] for one in plain] == ["sha256"]  # too little structure to find edited copies


def test_what_is_no_picture_is_refused_as_uploads_are(
    client: APIClient, bank: HashBank, settings: Any
) -> None:
    path = f"{BANKS}/{bank.pk}/entries/picture"
    for data, status, code in (
        (b"", 422, "upload_empty"),
        (b"a word", 415, "upload_not_an_image"),
        (jpeg()[:-400], 422, "upload_truncated"),
    ):
        refused = client.post(path, file_of(data), format="multipart")
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert client.post(path, {"note": "x"}, format="multipart").status_code == 400
    settings.UPLOAD_WAIT_SECONDS = 0.01
    with picture_intake.one_picture(png(plain_picture())):
        busy = client.post(path, file_of(png()), format="multipart")
    assert (busy.status_code, busy.json()["code"]) == (503, "checks_busy")
    assert not BankEntry.objects.exists()


def test_content_of_ours_is_put_on_a_bank(client: APIClient, bank: HashBank) -> None:
    upload = UploadFactory()
    path, asked = f"{BANKS}/{bank.pk}/entries/subject", {"subject_type": "upload"}
    made = client.post(path, asked | {"subject_id": str(upload.pk), "note": "decided"})
    assert made.status_code == 201, made.json()
    assert {one["source_subject_id"] for one in made.json()["added"]} == {str(upload.pk)}
    gone = client.post(path, asked | {"subject_id": str(uuid.uuid4())})
    assert (gone.status_code, gone.json()["code"]) == (409, "bank_content_gone")
    unknown = client.post(path, {"subject_type": "poem", "subject_id": str(upload.pk)})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "invalid_request")
    [fault] = unknown.json()["details"]["fields"]
    assert (fault["pointer"], fault["code"]) == ("/subject_type", "invalid_choice")
    assert fault["message"] == "There is no such kind of content."


def test_hashes_come_from_files_and_go_to_files(client: APIClient, bank: HashBank, senior: Any) -> None:
    text = f"algorithm,hash,note\npdq,{HASH},old\nsha256,{'f' * 64},\nmd5,{HASH},\npdq,xyz,\n"
    told = {
        "added": 2,
        "known": 0,
        "fault_count": 2,
        "faults": [{"line": 4, "code": "algorithm"}, {"line": 5, "code": "not_hex"}],
    }
    for is_dry_run, stored in ((True, 0), (False, 2)):
        sent = client.post(
            f"{BANKS}/{bank.pk}/import",
            file_of(text.encode(), "a.csv") | {"is_dry_run": is_dry_run},
            format="multipart",
        )
        assert sent.json() == {"is_dry_run": is_dry_run, **told}
        assert bank.entries.count() == stored
    assert AuditEntry.objects.filter(action="moderation.bank.imported").count() == 1
    answer = client.get(f"{BANKS}/{bank.pk}/export")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert data.decode().splitlines() == ["algorithm,hash,note", f"pdq,{HASH},old", f"sha256,{'f' * 64},"]
    copy = bank_create(name="Copy", kind=BankKind.BLOCK, by=senior)
    back = client.post(f"{BANKS}/{copy.pk}/import", file_of(data, "a.csv"), format="multipart").json()
    assert (back["added"], back["fault_count"]) == (2, 0)
    refused = client.post(f"{BANKS}/{bank.pk}/import", file_of(b"a,b\n1,2\n"), format="multipart")
    assert (refused.status_code, refused.json()["details"]["fault"]) == (422, "columns")


def item_with(pixels: Any, **fields: Any) -> ReviewItem:
    found = looked_at(pixels).pdq
    item: ReviewItem = ReviewItemFactory(**fields)
    item.scan_run = ScanRunFactory(
        subject_id=item.subject_id, owner=item.owner, pdq=found.hex, pdq_quality=found.quality
    )
    item.save()
    return item


def test_content_that_looks_like_an_items_is_found_with_the_verdict_that_stands(
    client: APIClient, moderator: Any, subject: RecordingSubject
) -> None:
    person = draw_character("person", 256)
    near, item = item_with(person[:, ::-1]), item_with(person)
    path = f"/api/v1/moderation/reviews/{item.pk}/near-duplicates"
    (found,) = client.get(path).json()
    assert (found["subject_id"], found["verdict"]) == (str(near.subject_id), Verdict.REVIEW)
    assert 0 <= found["distance"] <= 31
    review_resolve(review_claim(near, moderator), moderator, False, "gore", "")
    assert [one["verdict"] for one in client.get(path).json()] == ["block"]
    item_with(person)
    assert len(client.get(f"{path}?limit=1").json()) == 1
    assert client.get(f"{path}?limit=51").status_code == 400
    assert client.get(f"/api/v1/moderation/reviews/{uuid.uuid4()}/near-duplicates").status_code == 404


def test_a_copy_does_not_give_away_what_somebody_judges_blindly(
    moderator: Any, other_moderator: Any, client: APIClient, subject: RecordingSubject
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    person = draw_character("person", 256)
    decided, copy = item_with(person, owner=UserFactory()), item_with(person)
    review_resolve(review_claim(decided, moderator), moderator, False, "gore", "")
    second = ReviewItem.objects.get(purpose=ReviewPurpose.SECOND)
    reader = client_of(user_with(roles.MODERATOR, roles.APP))

    def verdicts(asking: APIClient, item: ReviewItem) -> list[str]:
        path = f"/api/v1/moderation/reviews/{item.pk}/near-duplicates"
        return [one["verdict"] for one in asking.get(path).json()]

    assert verdicts(reader, copy) == ["review"], "as if nobody had decided yet"
    assert verdicts(client, copy) == ["block"]
    assert verdicts(reader, second) == verdicts(client, second) == ["review"]


def test_moderators_read_and_change_nothing(client: APIClient, bank: HashBank, senior: Any) -> None:
    ming = client_of(user_with(roles.MODERATOR, roles.APP))
    one = f"{BANKS}/{bank.pk}"
    assert ming.get(one).status_code == ming.get(f"{one}/export").status_code == 200
    picture = file_of(png())
    for answer in (
        ming.post(BANKS, NEW),
        ming.patch(one, {"severity": 0}),
        ming.post(f"{one}/import", file_of(HASH.encode()), format="multipart"),
        ming.post(f"{one}/entries/picture", picture, format="multipart"),
        ming.post(f"{one}/entries/subject", {"subject_type": "upload", "subject_id": str(uuid.uuid4())}),
        client_of(user_with(roles.APP)).get(f"{one}/export"),
    ):
        assert answer.json()["code"] == "permission_refused"
    daily = client_of(senior, [Scope.MODERATION_REVIEW])
    for answer in (daily.post(BANKS, NEW), daily.patch(one, {"severity": 0})):
        assert answer.json()["code"] == "scope_missing"
    assert not BankEntry.objects.exists()
