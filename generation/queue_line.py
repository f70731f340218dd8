"""queue_line: what the order of the queue is worked out from, read from the jobs."""

import uuid
from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from generation import fair_queue
from generation.eta import Work
from generation.fair_queue import Load, Rules, Waiting
from generation.kinds import KINDS
from generation.kinds.base import library_kind
from generation.models import Job, QueueGroup, QueueShare
from generation.states import WORKING, JobState


@dataclass(frozen=True)
class QueueLine:
    """The waiting jobs and all that decides between them. now: seconds since the epoch."""

    waiting: list[Waiting]
    load: Load
    rules: Rules
    now: float

    def order(self) -> list[Waiting]:
        return fair_queue.fair_order(self.waiting, self.load, self.rules, self.now)


def queue_line(*, without_engines: Collection[str] = ()) -> QueueLine:
    """As it stands now, without the jobs of some engines."""
    now = timezone.now()
    groups = _Groups()
    queued = Job.objects.filter(state=JobState.QUEUED).order_by()
    if without_engines:
        queued = queued.exclude(engine_key__in=without_engines)
    return QueueLine(
        waiting=_waiting(queued, groups), load=_load(now, groups), rules=_rules(), now=now.timestamp()
    )


def work_of(kind: str, engine: str, units: float) -> Work:
    """A job as estimates know it; what it takes is the kind's guess."""
    guess = KINDS.get(kind)().estimate(units)
    return Work(f"{kind}/{engine}", units, guess.seconds, guess.deviation)


class _Groups:
    """Names the group of a job and its work; what many jobs share is looked up once."""

    def __init__(self) -> None:
        self.work = cache(work_of)
        self._is_library = cache(lambda kind: library_kind(kind) is not None)

    def of(self, kind: str, owner: str, *, is_of_app: bool) -> str:
        """owner: the digits of its id; they name the group of an app."""
        if self._is_library(kind):
            return QueueGroup.LIBRARY.value
        return owner if is_of_app else QueueGroup.STUDIO.value


def _waiting(queued: QuerySet[Job], groups: _Groups) -> list[Waiting]:
    """One query, answered from the index job_fair_queue; its values as the driver gives them, because turning
    each into Python's own would take four times as long as the query.
    """
    rows = queued.values_list(
        *("id", "owner_id", "token_id", "kind", "engine_key", "work_units", "tier", "queued_at", "not_before")
    )
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        return [
            Waiting(
                key=_hex(pk),
                group=groups.of(kind, _hex(owner), is_of_app=token is not None),
                account=_hex(owner),
                engine=engine,
                work=groups.work(kind, engine, units),
                tier=tier,
                queued=_seconds(queued_at),
                due=_seconds(not_before) if not_before else 0.0,
            )
            for pk, owner, token, kind, engine, units, tier, queued_at, not_before in cursor.fetchall()
        ]


def _hex(value: uuid.UUID | str) -> str:
    """SQLite gives the digits, PostgreSQL a UUID."""
    return value if isinstance(value, str) else value.hex


def _seconds(moment: datetime) -> float:
    """SQLite gives moments in UTC without saying so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _load(now: datetime, groups: _Groups) -> Load:
    begun: Counter[str] = Counter()
    by_account: Counter[tuple[str, Hashable]] = Counter()
    since = now - timedelta(seconds=settings.FAIR_WINDOW_SECONDS)
    started = Job.objects.filter(started_at__gt=since).exclude(state=JobState.QUEUED).order_by()
    summed = started.values_list("owner_id", "token_id", "kind", "engine_key").annotate(
        units=Sum("work_units"), jobs=Count("pk")
    )
    for owner, token, kind, engine, units, jobs in summed:
        group = groups.of(kind, owner.hex, is_of_app=token is not None)
        work = jobs * work_of(kind, engine, units / jobs).guess_seconds
        begun[group] += work
        by_account[group, owner.hex] += work
    working = Job.objects.filter(state__in=WORKING).order_by()
    counted = working.values_list("owner_id").annotate(jobs=Count("pk"))
    in_flight = {owner.hex: jobs for owner, jobs in counted}
    return Load(of_groups=begun, of_accounts=by_account, in_flight=in_flight)


def _rules() -> Rules:
    weights: dict[str, float] = {}
    caps: dict[str, int | None] = {
        QueueGroup.STUDIO.value: settings.PERSON_IN_FLIGHT or None,
        QueueGroup.LIBRARY.value: None,
    }
    for group, account, weight, cap in QueueShare.objects.values_list(
        "group", "account_id", "weight", "max_in_flight"
    ):
        name = account.hex if group == QueueGroup.APP and account else group
        weights[name] = float(weight)
        if cap is not None:
            caps[name] = cap
    return Rules(
        weights=weights,
        cap=lambda group, _account: caps.get(group, settings.APP_IN_FLIGHT or None),
        batch_patience=settings.BATCH_PATIENCE_SECONDS,
        ageing=settings.QUEUE_AGEING_PERCENT / 100,
    )
