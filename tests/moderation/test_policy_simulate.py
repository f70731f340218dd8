"""manage.py policy_simulate."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories.moderation import FindingFactory
from tests.factories.policies import draft_with, rule_row

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("policy_simulate", *args, stdout=out)
    return out.getvalue()


def test_it_tells_what_a_draft_would_have_changed(senior: Any) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0)
    draft = draft_with(senior, rule_row(min_confidence=60))
    told = run(str(draft.version), "--by", "lin")
    assert "1 scans replayed" in told
    assert "Against decided then: 1 changed." in told
    facts = json.loads(run(str(draft.version), "--by", "lin", "--json", "--surface", "photo"))
    assert (facts["examined"], facts["live"]["review"]["block"]) == (1, 1)


@pytest.mark.parametrize(
    "args", [("99", "--by", "lin"), ("1", "--by", "nobody"), ("1", "--by", "lin"), ("1", "--by", "ming")]
)
def test_what_cannot_be_simulated_is_said(senior: Any, moderator: Any, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*args)


def test_an_unknown_surface_is_said(senior: Any) -> None:
    with pytest.raises(CommandError, match="wall"):
        run("1", "--by", "lin", "--surface", "wall")
