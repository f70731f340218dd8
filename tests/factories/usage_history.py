"""Usage: events of some days, with the sums made of them."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from tongyi_portal.usage.models import LoadSample, RollupMark, UsageEvent, UsageKind
from tongyi_portal.usage.services.sums import day_spans, hour_spans, sums_write
from tongyi_portal.usage.slots import days_touched, hour_of

K = UsageKind
PEAKS = ((12.5, 13.5), (20.0, 21.0))


def events_sum_up(now: datetime | None = None) -> None:
    """Make the sums of all events and samples there are, as complete up to `now`."""
    now = now or timezone.now()
    models: tuple[type[Model], ...] = (UsageEvent, LoadSample)
    times = [at for model in models for at in model._default_manager.values_list("at", flat=True)]
    if times:
        since, until = hour_of(min(times)), hour_of(max(times)) + timedelta(hours=1)
        sums_write(hour_spans(since, until))
        for day in days_touched(since, until):
            sums_write(day_spans(day))
    RollupMark.objects.update_or_create(pk=1, defaults={"until": now, "rolled_at": now})


def dances_make(
    *,
    days: int,
    per_day: int,
    templates: Iterable[UUID] = (),
    app: UUID | None = None,
    now: datetime | None = None,
    seed: int = 1,
    is_demo: bool = False,
) -> None:
    """Videos of the last days, more at midday and in the evening, a third of them of the first template."""
    chance, now = random.Random(seed), now or timezone.now()
    names = list(templates) or [UUID(int=7)]
    events: list[UsageEvent] = []
    for _number in range(days * per_day):
        day = now - timedelta(days=chance.uniform(0, days))
        peak = chance.choice(PEAKS) if chance.random() < 0.4 else (7.0, 23.0)
        local = timezone.localtime(day).replace(hour=0, minute=0, second=0, microsecond=0)
        at = local + timedelta(hours=chance.uniform(*peak))
        if at >= now:
            continue
        template = names[0] if chance.random() < 0.3 else chance.choice(names)
        shared: dict[str, Any] = {"app_id": app, "is_demo": is_demo}
        job = shared | {"job_kind": "dance_video", "engine": "animation", "template_id": template}
        subject = chance.choice(["photo", "photo", "photo", "comic", "statue"])
        events += [
            UsageEvent(kind=kind, at=at, **facts)
            for kind, facts in _life(chance, shared | {"person": chance.randrange(per_day)}, job, subject)
        ]
    UsageEvent.objects.bulk_create(events, batch_size=2000)
    minutes = range(0, days * 1440, 10)
    samples = [
        LoadSample(
            at=(now - timedelta(minutes=minute)).replace(second=0, microsecond=0),
            queued=chance.randrange(4),
            oldest_wait_ms=chance.randrange(90_000),
            workers=2,
            busy=chance.randrange(3),
            is_demo=is_demo,
        )
        for minute in minutes
    ]
    LoadSample.objects.bulk_create(samples, ignore_conflicts=True)


def _life(
    chance: random.Random, shared: dict[str, Any], job: dict[str, Any], subject: str
) -> Iterable[tuple[str, dict[str, Any]]]:
    """What happens to one photo, as kinds of events with their facts."""
    verdict = "block" if chance.random() < 0.08 else "pass"
    yield K.UPLOAD, shared | {"surface": "photo"}
    yield (
        K.MODERATED,
        shared
        | {
            "person": None,
            "code": verdict,
            "reason": "sexual_nudity" if verdict == "block" else "",
            "scanner": "nsfw_detector" if verdict == "block" else "",
            "surface": "photo",
        },
    )
    if verdict == "block":
        return
    if chance.random() < 0.1:
        yield K.CHECK_FAILED, shared | {"code": chance.choice(["too_dark", "no_person"]), "surface": "photo"}
        return
    job = job | {"subject_kind": subject}
    yield K.SUBMITTED, job | {"person": shared["person"]}
    yield K.STARTED, job | {"wait_ms": chance.randrange(1_000, 60_000)}
    if chance.random() < 0.05:
        yield K.FAILED, job | {"code": "engine_failed", "run_ms": 2_000}
        return
    yield K.FINISHED, job | {"run_ms": chance.randrange(8_000, 20_000)}
    for kind, share in ((K.WATCHED, 0.9), (K.DOWNLOADED, 0.4), (K.SHARED, 0.2)):
        if chance.random() < share:
            yield kind, job | {"person": shared["person"]}
