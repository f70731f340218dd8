"""The dances of a fresh installation are published, also when a scanner wants a person to look first."""

from pathlib import Path

import pytest

from moderation.models import Decision, ReviewItem
from moderation.models.policy import PolicyRule
from moderation.services.policies import policy_draft_from, policy_live, policy_publish
from moderation.states import ReviewState
from moderation.taxonomy import Category, Severity, Verdict
from templates_app.curation_selectors import live_since
from templates_app.models import DanceTemplate
from templates_app.services.gates import previews_missing
from tongyi_portal.accounts.models import User
from tongyi_portal.demo import accounts
from tongyi_portal.demo.library import SEED_NOTE, demo_library_ensure

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_held_preview_is_approved_with_a_note_and_published(tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path
    accounts.demo_people_ensure(folder=tmp_path)
    people = {
        name: User.objects.get(username=name)
        for name in ("curator", "publisher", "moderator", "senior-moderator")
    }
    strict = policy_draft_from(source=policy_live(), title="strict", by=people["senior-moderator"])
    PolicyRule.objects.create(
        policy=strict,
        category=Category.SEXUAL_NUDITY,
        surface="any",
        job_kind="any",
        min_severity=Severity.CONTEXT,
        min_confidence=0,
        verdict=Verdict.REVIEW,
        reason_code="sexual_nudity",
    )
    policy_publish(policy=strict, by=people["senior-moderator"], without_simulation=True)

    said: list[str] = []
    demo_library_ensure(
        curator=people["curator"],
        publisher=people["publisher"],
        moderator=people["moderator"],
        say=said.append,
        only=["idle_sway"],
    )

    assert "idle_sway: approving its preview" in said
    live = DanceTemplate.objects.get(slug="idle_sway").live_version
    assert live is not None
    assert (live.created_by, live.rights.missing) == (people["curator"], [])
    assert previews_missing(live) == []
    assert live_since([live.pk])[live.pk].by == people["publisher"]
    assert ReviewItem.objects.get().state == ReviewState.APPROVED
    decision = Decision.objects.get(review_item__isnull=False)
    assert (decision.by, decision.note) == (people["moderator"], SEED_NOTE)
