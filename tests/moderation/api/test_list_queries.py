"""No list of moderation asks the database more often because it has more rows."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moderation.models import BankKind, GoldItem, HashBank, ReviewAnswer, ReviewQueue, TermList
from moderation.models.review import ReviewPurpose
from moderation.services.audit import audit_append
from moderation.services.banks import bank_create, bank_entry_add
from moderation.services.consents import ConsentGiven, consent_give
from moderation.services.erasure import erasure_request
from moderation.services.gold import gold_add
from moderation.services.reviews import review_claim, review_resolve
from moderation.services.strikes import measure_impose, strike_issue
from moderation.services.terms import list_create, term_add
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.generation import UploadFactory
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, ScanRunFactory
from tests.factories.rights import refused_by
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
API = "/api/v1"


def _entry(by: Any) -> None:
    audit_append(action="moderation.term.added", actor=UserFactory(is_staff=True))


def _statement(by: Any) -> None:
    strike_issue(owner=UserFactory(), category="hate", reason_code="hate", note="", by=by)


def _refusal(by: Any) -> None:
    refused_by(by, UserFactory())


def _measure(by: Any) -> None:
    until = timezone.now() + timedelta(days=2)
    measure_impose(owner=UserFactory(), kind="limit", until=until, reason_code="hate", note="", by=by)


def _upload() -> Any:
    upload = UploadFactory(owner=UserFactory())
    ScanRunFactory(subject_type="upload", subject_id=upload.pk, owner=upload.owner)
    return upload


def _consent(by: Any) -> None:
    upload = _upload()
    consent_give(
        subject_type="upload",
        subject_id=upload.pk,
        owner=upload.owner,
        given=ConsentGiven(name="Hua"),
        channel="api",
        recorded_by=by,
    )


def _erasure(by: Any) -> None:
    upload = _upload()
    erasure_request(owner=upload.owner, by=by, subject_type="upload", subject_id=upload.pk)


def _term_list(by: Any) -> None:
    made = list_create(
        name=str(uuid.uuid4()),
        kind="block",
        category="hate",
        severity=4,
        language="zh",
        by=user_with(roles.SENIOR_MODERATOR),
    )
    term_add(term_list=made, text="琉璃瓦坊", by=by)


def _term(by: Any) -> None:
    term_add(term_list=TermList.objects.order_by("created_at").first(), text=uuid.uuid4().hex, by=by)


def _bank(by: Any) -> None:
    made = bank_create(name=str(uuid.uuid4()), kind=BankKind.BLOCK, by=user_with(roles.SENIOR_MODERATOR))
    bank_entry_add(bank=made, algorithm="pdq", value="f" * 64, by=by)


def _bank_entry(by: Any) -> None:
    bank = HashBank.objects.first() or bank_create(name="One", kind=BankKind.BLOCK, by=by)
    bank_entry_add(bank=bank, algorithm="pdq", value=uuid.uuid4().hex * 2, by=by)


def _queue(by: Any) -> None:
    queue = ReviewQueue.objects.create(slug=uuid.uuid4().hex, name="Words")
    ReviewItemFactory(queue=queue)


def _gold(by: Any) -> None:
    judge = user_with(roles.MODERATOR)
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, judge), judge, False, "gore", "")
    item.refresh_from_db()
    gold_add(item=item, expected_approve=False, expected_reason="gore", note="Blood.", by=by)


LISTS: dict[str, Callable[[Any], None]] = {
    "moderation/audit?action=moderation.term.added": _entry,
    "moderation/statements": _statement,
    "moderation/statements?kind=content": _refusal,
    "moderation/consents": _consent,
    "moderation/erasures": _erasure,
    "moderation/term-lists": _term_list,
    "moderation/hash-banks": _bank,
    "moderation/queues": _queue,
    "moderation/gold-items": _gold,
    "moderation/decisions": _refusal,
    "rights/strikes": _statement,
    "rights/measures": _measure,
}


def queries_of(client: Any, path: str) -> tuple[int, int]:
    """How many rows the list shows, and how many queries that took."""
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        body = client.get(path).json()
    return len(body if isinstance(body, list) else body["results"]), len(asked)


@pytest.mark.parametrize("path", LISTS)
def test_a_longer_list_takes_no_more_queries(path: str, senior: Any, subject: RecordingSubject) -> None:
    client = client_of(user_with(roles.SENIOR_MODERATOR, roles.APP))
    client.get(f"{API}/{path}")  # what a token writes down at its first use, and what is kept from then on
    LISTS[path](senior)
    few, before = queries_of(client, f"{API}/{path}")
    for _ in range(3):
        LISTS[path](senior)
    many, after = queries_of(client, f"{API}/{path}")
    assert many >= few + 3
    assert after == before, f"{before} queries for {few} rows, {after} for {many}"


@pytest.mark.parametrize("kind", ["terms", "entries", "answers"])
def test_the_rows_of_one_list_are_read_together(
    kind: str, senior: Any, subject: RecordingSubject, django_assert_max_num_queries: Any
) -> None:
    client = client_of(user_with(roles.SENIOR_MODERATOR, roles.APP))
    if kind == "terms":
        for _ in range(4):
            _term(senior)
        path = f"{API}/moderation/term-lists/{TermList.objects.order_by('created_at').first().pk}/terms"
    elif kind == "entries":
        for _ in range(4):
            _bank_entry(senior)
        path = f"{API}/moderation/hash-banks/{HashBank.objects.get().pk}/entries"
    else:
        path = f"{API}/moderation/gold-items/{_answered_gold(senior)}/answers"
    client.get(path)
    with django_assert_max_num_queries(7):
        assert len(client.get(path).json()["results"]) >= 4


def _answered_gold(by: Any) -> Any:
    _gold(by)
    gold = GoldItem.objects.get()
    for _ in range(4):
        item = ReviewItemFactory(
            subject_id=gold.source.subject_id,
            purpose=ReviewPurpose.GOLD,
            gold=gold,
            state="refused",
            decided_at=timezone.now(),
        )
        ReviewAnswer.objects.create(
            item=item,
            by=UserFactory(),
            purpose=ReviewPurpose.GOLD,
            approve=False,
            reason_code="gore",
            seconds=3.0,
            answered_at=timezone.now(),
            is_right=True,
        )
    return gold.pk
