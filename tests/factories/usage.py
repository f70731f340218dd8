"""Events of usage at any time, real and made up."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tongyi_portal.usage.models import UsageEvent, UsageKind

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
TEMPLATES = [uuid.UUID(int=number) for number in range(1, 5)]
APPS = [None, uuid.UUID(int=77)]


def event(at: datetime, kind: UsageKind = UsageKind.SUBMITTED, **fields: Any) -> UsageEvent:
    """One stored event; nothing is noted as late."""
    return UsageEvent.objects.create(at=at, kind=kind, **fields)


def busy_days(
    since: datetime, days: int, *, count: int = 400, seed: int = 1, **fields: Any
) -> list[UsageEvent]:
    """Events of every kind, spread over so many days, with all that sums are split by."""
    chance = random.Random(seed)
    made = []
    for _number in range(count):
        kind = chance.choice(UsageKind.values)
        made.append(
            UsageEvent(
                at=since + timedelta(seconds=chance.uniform(0, days * 86_400)),
                kind=kind,
                code=chance.choice(["pass", "block"]) if kind == "moderated" else "",
                reason=chance.choice(["", "gore"]) if kind == "moderated" else "",
                scanner=chance.choice(["", "nsfw_detector"]) if kind == "moderated" else "",
                surface="photo" if kind in {"upload", "moderated"} else "",
                job_kind=chance.choice(["dance_video", "pose_extract"])
                if kind in {"started", "finished"}
                else "",
                engine="animation" if kind in {"started", "finished", "failed"} else "",
                app_id=chance.choice(APPS),
                template_id=chance.choice([None, *TEMPLATES]),
                subject_kind=chance.choice(["", "photo", "comic"]),
                wait_ms=chance.choice([None, 0, 1, chance.randrange(10**6)]) if kind == "started" else None,
                run_ms=chance.randrange(10**5) if kind == "finished" else None,
                person=chance.choice([None, *range(-3, 4)]),
                **fields,
            )
        )
    return UsageEvent.objects.bulk_create(made)
