"""Drafts with changed rules, and stored scans with mixed findings."""

import uuid
from random import Random
from typing import Any

from moderation.models import Policy
from moderation.scanners.base import Finding
from moderation.services.policies import policy_draft_from, policy_live, policy_rules_replace, rule_rows
from moderation.taxonomy import Category, Severity, Surface, Verdict


def draft_of_live(by: Any, title: str = "Another") -> Policy:
    """A draft with the live rules."""
    return policy_draft_from(source=policy_live(), title=title, by=by)


def rule_row(**changes: Any) -> dict[str, Any]:
    """A row as forms and API send it: gore of severity 4 from 50 on is blocked everywhere."""
    row = {
        "category": Category.GORE.value,
        "surface": "any",
        "job_kind": "any",
        "min_severity": 4,
        "min_confidence": 50,
        "verdict": Verdict.BLOCK.value,
        "reason_code": "gore",
    }
    return row | changes


def draft_with(by: Any, *rows: dict[str, Any], without: str = "", title: str = "Another") -> Policy:
    """A draft with the live rules, less those of the category `without`, and `rows`."""
    draft = draft_of_live(by, title)
    kept = [row for row in rule_rows(draft) if row["category"] != without]
    return policy_rules_replace(policy=draft, rules=[*kept, *rows], by=by)


def mixed_contents(count: int, seed: int) -> list[tuple[uuid.UUID, Surface, str, list[Finding]]]:
    """Subjects with a surface, a job kind and none to four findings each; the same for the same seed."""
    random = Random(seed)
    contents = []
    for _number in range(count):
        findings = [
            Finding(
                random.choice(list(Category)),
                random.choice(list(Severity)),
                round(random.uniform(0, 100), random.choice([0, 3])),
                f"label_{index}",
                may_block=random.random() > 0.2,
            )
            for index in range(random.choice([0, 0, 1, 2, 4]))
        ]
        subject_id = uuid.UUID(int=random.getrandbits(128))
        kind = random.choice(["", "dance_video"])
        contents.append((subject_id, random.choice(list(Surface)), kind, findings))
    return contents
