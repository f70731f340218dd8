"""What moderation's pages of the console can do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moderation.models import AuditEntry, BankKind, Decision
from moderation.services.banks import bank_create
from moderation.taxonomy import Verdict
from tests.factories.moderation import FindingFactory, RecordingSubject
from tests.moderation.services.test_decisions import blocked_by_machine

pytestmark = pytest.mark.django_db


def lift(person: Any, decision: Decision) -> Any:
    person.is_staff = True
    person.save()
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    chosen = {"action": "lift", "_selected_action": [str(decision.pk)]}
    return client.post(reverse("admin:moderation_decision_changelist"), chosen, follow=True)


def test_a_senior_moderator_lifts_a_block_of_the_policy(senior: Any, subject: RecordingSubject) -> None:
    decision = blocked_by_machine()
    assert lift(senior, decision).status_code == 200
    newer = Decision.objects.get(overrides=decision)
    assert (newer.verdict, newer.by) == (Verdict.PASS, senior)


def test_other_moderators_do_not(moderator: Any, subject: RecordingSubject) -> None:
    decision = blocked_by_machine()
    lift(moderator, decision)
    assert not Decision.objects.filter(overrides=decision).exists()


def page_of(person: Any, name: str, *args: Any) -> str:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_row_of_the_audit_list_has_time_key_and_digest_in_one_piece(senior: Any) -> None:
    bank = bank_create(name="Refused", kind=BankKind.BLOCK, by=senior)
    entry = AuditEntry.objects.get(action="moderation.bank.created")
    shown = page_of(senior, "moderation_auditentry_changelist")
    moment = timezone.localtime(entry.created_at)
    key, digest = str(bank.pk), entry.digest
    assert f'<time class="portal-whole">{moment:%Y-%m-%d %H:%M:%S}</time>' in shown
    assert f'<span class="portal-whole" title="{key}">{key[:8]}…</span>' in shown
    assert f'<code class="portal-whole" title="{digest}">{digest[:8]}…</code>' in shown
    whole = page_of(senior, "moderation_auditentry_change", entry.pk)
    assert key in whole
    assert digest in whole


def test_the_page_of_a_scan_names_the_bank_of_a_match_and_leads_to_it(moderator: Any, senior: Any) -> None:
    bank = bank_create(name="Refused <pictures>", kind=BankKind.BLOCK, by=senior)
    evidence = {
        "bank_id": str(bank.pk),
        "bank": bank.name,
        "entry_id": "1",
        "algorithm": "pdq",
        "distance": 3,
    }
    finding = FindingFactory(scanner="image_hash", label="known_picture", box=None, evidence=evidence)
    FindingFactory(scan_run=finding.scan_run)
    shown = page_of(moderator, "moderation_scanrun_change", finding.scan_run_id)
    address = reverse("admin:moderation_hashbank_change", args=[bank.pk])
    assert f'<a class="portal-link" href="{address}">Refused &lt;pictures&gt;</a>' in shown
    assert shown.count(address) == 1
    assert '<span class="portal-whole">nsfw_detector</span>' in shown
