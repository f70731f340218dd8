"""Strikes, measures, appeals, statements, consents and erasures in the console."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generation.services.uploads import upload_consent
from moderation.models import AccountMeasure, Appeal, ConsentRecord, StatementOfReasons, Strike
from moderation.policy.rules import MACHINE_REASONS
from moderation.services.appeals import appeal_open
from moderation.services.consents import ConsentGiven
from moderation.services.strikes import standing_of, strike_issue
from tests.factories.accounts import UserFactory
from tests.factories.generation import UploadFactory
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import blocked_by_policy, refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None, subject: RecordingSubject) -> Any:
    return UserFactory(username="somebody")


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(model: str, verb: str, *args: Any) -> str:
    return reverse(f"admin:moderation_{model}_{verb}", args=args)


def act(client: Client, model: str, action: str, *rows: Any) -> Any:
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(page(model, "changelist"), form, follow=True)


def test_a_senior_issues_a_strike_and_takes_it_back(owner: Any, senior: Any, moderator: Any) -> None:
    form = {"account": "somebody", "category": "hate", "reason_code": "hate", "note": "in a nickname"}
    assert signed_in(moderator).post(page("strike", "add"), form).status_code == 403
    client = signed_in(senior)
    assert b"account" in client.get(page("strike", "add")).content
    client.post(page("strike", "add"), form, follow=True)
    strike = Strike.objects.get()
    assert (strike.owner, strike.issued_by, strike.note) == (owner, senior, "in a nickname")
    assert client.get(page("strike", "change", strike.pk)).status_code == 200
    act(client, "strike", "take_back", strike)
    assert standing_of(owner).active_strikes == 0


def test_the_form_of_a_strike_offers_what_a_person_may_say(owner: Any, senior: Any) -> None:
    form = signed_in(senior).get(page("strike", "add")).context["adminform"].form
    reasons = {value for value, _text in form.fields["reason_code"].choices}
    categories = {value for value, _text in form.fields["category"].choices}
    assert {"hate", "other"} <= reasons
    assert not reasons & MACHINE_REASONS
    assert "hate" in categories
    assert not categories & {"technical", "scanner_failed", "disagreement"}


def test_an_unknown_account_is_told_at_the_field(senior: Any) -> None:
    form = {"account": "nobody", "category": "hate", "reason_code": "hate", "note": "x"}
    answer = signed_in(senior).post(page("strike", "add"), form)
    assert "There is no such account." in answer.content.decode()
    assert not Strike.objects.exists()


def test_a_senior_suspends_an_account_and_ends_it(owner: Any, senior: Any) -> None:
    client = signed_in(senior)
    form = {"account": "somebody", "kind": "suspension", "days": "3", "reason_code": "hate", "note": "x"}
    client.post(page("accountmeasure", "add"), form, follow=True)
    assert standing_of(owner).level == "suspended"
    act(client, "accountmeasure", "end", AccountMeasure.objects.get())
    assert standing_of(owner).level == "good"


def test_an_appeal_about_an_act_by_hand_is_read_and_decided_here(
    owner: Any, senior: Any, other_senior: Any
) -> None:
    strike_issue(owner=owner, category="hate", reason_code="hate", note="x", by=senior)
    told = StatementOfReasons.objects.get(kind="strike")
    appeal = appeal_open(statement=told, text="It was a quote.", language="en", by=owner)
    client = signed_in(other_senior)
    assert "It was a quote." in client.get(page("appeal", "change", appeal.pk)).content.decode()
    own = act(signed_in(senior), "appeal", "overturn", appeal)
    assert "Another person must decide" in own.content.decode()
    act(client, "appeal", "overturn", appeal)
    assert Appeal.objects.get().state == "overturned"


def test_statements_are_read_and_exported(owner: Any, moderator: Any) -> None:
    refused_by(moderator, owner)
    blocked_by_policy(owner)
    client = signed_in(moderator)
    rows = list(StatementOfReasons.objects.all())
    shown = client.get(page("statementofreasons", "change", rows[-1].pk)).content.decode()
    assert "Your photo of" in shown
    assert "DECISION_GROUND_INCOMPATIBLE_CONTENT" in shown
    table = b"".join(act(client, "statementofreasons", "export_csv", *rows).streaming_content).decode()
    lines = b"".join(act(client, "statementofreasons", "export_lines", *rows).streaming_content).decode()
    assert len(list(csv.DictReader(StringIO(table)))) == 2  # the strike itself restricted nothing
    assert {json.loads(line)["source_type"] for line in lines.splitlines()} == {"SOURCE_VOLUNTARY"}


def test_staff_withdraw_a_consent_for_the_person_in_the_picture(owner: Any, senior: Any) -> None:
    upload = UploadFactory(owner=owner)
    given = ConsentGiven(relation="permission", name="Hua")
    consent = upload_consent(upload=upload, given=given, by=owner)
    client = signed_in(senior)
    assert "Hua" in client.get(page("consentrecord", "change", consent.pk)).content.decode()
    act(client, "consentrecord", "withdraw", consent)
    upload.refresh_from_db()
    assert upload.is_erased
    assert ConsentRecord.objects.get().ended_by == senior
    assert client.get(page("erasurerequest", "changelist")).status_code == 200
