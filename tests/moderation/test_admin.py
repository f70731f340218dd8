"""What moderation's pages of the console can do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moderation.models import Decision
from moderation.taxonomy import Verdict
from tests.factories.moderation import RecordingSubject
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
