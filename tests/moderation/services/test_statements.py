"""Statements of reasons: whole texts in both languages, and fields that the DSA's database takes."""

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from moderation.dsa import COLUMNS, dsa_faults
from moderation.models import StatementOfReasons
from moderation.models.append_only import AppendOnlyViolation
from moderation.services.decisions import decision_override
from moderation.services.statements import statement_of
from moderation.services.strikes import measure_impose, strike_issue
from moderation.taxonomy import Surface
from tests.factories.accounts import UserFactory
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import blocked_by_policy, refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None, subject: RecordingSubject) -> Any:
    return UserFactory()


def told(owner: Any, kind: str) -> StatementOfReasons:
    """The latest of its kind."""
    found: StatementOfReasons = StatementOfReasons.objects.filter(owner=owner, kind=kind).latest("created_at")
    return found


def test_a_persons_refusal_says_what_why_how_and_what_to_do(owner: Any, moderator: Any) -> None:
    statement = statement_of(refused_by(moderator, owner))
    assert statement is not None
    english, chinese = statement.text_in("en"), statement.text_in("zh-hans")
    assert "Your photo of" in english
    assert "The content shows injuries or blood." in english
    assert "content policy, version 1, gore" in english
    assert "found by automatic checks; a moderator looked at it and decided" in english
    assert "appeal free of charge until" in english
    assert "内容含有血腥画面。" in chinese
    assert "决定由审核员作出" in chinese
    assert "免费申诉" in chinese
    assert statement.dsa["automated_detection"] == "Yes"
    assert statement.dsa["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"


def test_a_block_of_the_policy_says_that_no_person_looked(owner: Any) -> None:
    statement = statement_of(blocked_by_policy(owner))
    assert statement is not None
    assert "made automatically, without a person" in statement.text_en
    assert "没有人工参与" in statement.text_zh
    assert statement.dsa["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert statement.dsa["category_specification"] == ["KEYWORD_ADULT_SEXUAL_MATERIAL"]


def test_a_result_is_called_synthetic(owner: Any) -> None:
    statement = statement_of(blocked_by_policy(owner, surface=Surface.OUTPUT, medium="video"))
    assert statement is not None
    assert statement.dsa["content_type"] == ["CONTENT_TYPE_VIDEO", "CONTENT_TYPE_SYNTHETIC_MEDIA"]


def test_nobody_is_told_of_content_without_an_owner(moderator: Any, subject: RecordingSubject) -> None:
    assert statement_of(refused_by(moderator, None)) is None


def test_strike_limit_and_suspension_are_told_each(owner: Any, moderator: Any) -> None:
    for _ in range(4):
        refused_by(moderator, owner)
    assert StatementOfReasons.objects.filter(owner=owner, kind="strike").count() == 4
    limit, suspension = told(owner, "limit"), told(owner, "suspension")
    assert limit.dsa["decision_provision"] == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert suspension.dsa["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert suspension.dsa["end_date_account_restriction"] in suspension.text_en
    assert "暂停" in suspension.text_zh


def test_a_measure_by_hand_speaks_of_no_strikes(owner: Any, senior: Any) -> None:
    until = timezone.now() + timedelta(days=3)
    measure_impose(owner=owner, kind="limit", until=until, reason_code="ads_spam", note="", by=senior)
    told = StatementOfReasons.objects.get(owner=owner, kind="limit")
    assert "A person decided on this measure." in told.text_en
    assert "该措施由工作人员决定。" in told.text_zh
    assert "strike" not in told.text_en.lower()
    assert "违规次数" not in told.text_zh


def test_a_strike_by_hand_says_what_it_rests_on(owner: Any, senior: Any, moderator: Any) -> None:
    strike_issue(owner=owner, category="gore", reason_code="gore", note="", by=senior)
    by_hand = StatementOfReasons.objects.get(owner=owner, kind="strike")
    assert "not on a decision about one piece of content" in by_hand.text_en
    assert "A person gave this strike by hand." in by_hand.text_en
    assert "而不是对某一件内容的决定" in by_hand.text_zh
    assert "What was found" not in by_hand.text_en
    refused_by(moderator, owner)
    of_content = StatementOfReasons.objects.filter(owner=owner, kind="strike").latest("created_at")
    assert "What was found" in of_content.text_en


def test_a_strike_is_appealed_as_long_as_its_decision(owner: Any, moderator: Any) -> None:
    decision = refused_by(moderator, owner)
    strike = StatementOfReasons.objects.get(owner=owner, kind="strike")
    until = decision.statements.get().appeal_until
    assert until is not None
    assert strike.appeal_until is not None
    assert abs(strike.appeal_until - until) < timedelta(minutes=1)
    assert "you can appeal free of charge" in strike.text_en


def test_every_statement_passes_the_check_of_its_fields(owner: Any, moderator: Any, senior: Any) -> None:
    reasons = ["sexual_nudity", "minor_safety", "hate", "likeness_consent", "ip_brand", "privacy", "other"]
    decisions = [refused_by(moderator, owner, reason) for reason in reasons]
    decision_override(decision=decisions[0], by=senior, approve=True, reason_code="", note="")
    rows = list(StatementOfReasons.objects.all())
    assert [dsa_faults(row.dsa) for row in rows if row.dsa] == [[]] * sum(bool(row.dsa) for row in rows)
    assert told(owner, "restored").dsa == {}
    assert "taken back" in told(owner, "restored").text_en


def test_fields_that_the_database_would_refuse_are_named() -> None:
    faults = dsa_faults(
        {"category": "STATEMENT_CATEGORY_MADE_UP", "content_type": "CONTENT_TYPE_IMAGE", "x": 1}
    )
    assert "x is not an attribute." in faults
    assert "category does not know 'STATEMENT_CATEGORY_MADE_UP'." in faults
    assert "content_type must be a list." in faults
    assert "puid is required." in faults


def test_what_was_told_cannot_be_changed(owner: Any, moderator: Any) -> None:
    statement = statement_of(refused_by(moderator, owner))
    assert statement is not None
    statement.text_en = "Everything is fine."
    with pytest.raises(AppendOnlyViolation):
        statement.save()


def test_the_export_writes_csv_and_json_lines(owner: Any, moderator: Any) -> None:
    refused_by(moderator, owner)
    blocked_by_policy(owner)
    table, lines = StringIO(), StringIO()
    call_command("statements_export", format="csv", stdout=table)
    call_command("statements_export", format="jsonl", stdout=lines)
    rows = list(csv.DictReader(StringIO(table.getvalue())))
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["decision_visibility"] == '["DECISION_VISIBILITY_CONTENT_DISABLED"]'
    read = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [row["puid"] for row in read] == [row["puid"] for row in rows]
    assert len(read) == 2
