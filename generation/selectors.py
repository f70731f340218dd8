"""Reads: whose uploads, jobs and artifacts; the queue; timing history; which engine serves a kind."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from generation import eta
from generation.errors import EngineUnavailable
from generation.kinds import KINDS
from generation.kinds.base import JobKind
from generation.models import Artifact, EngineProfile, Job, Upload
from generation.states import WORKING, JobState
from tongyi_portal.accounts.models import User

HISTORY_JOBS = 200
HISTORY_CACHE_SECONDS = 20


@dataclass(frozen=True)
class JobWait:
    """Where a waiting or running job stands. position: 1 is next to start, None once it runs."""

    position: int | None
    low_seconds: float
    high_seconds: float
    expected_at: datetime


def uploads_of(user: User) -> QuerySet[Upload]:
    """The user's own uploads that were not erased."""
    return Upload.objects.filter(owner=user, deleted_at__isnull=True)


def jobs_of(user: User) -> QuerySet[Job]:
    """The user's own jobs, ready to be serialized."""
    return (
        Job.objects.filter(owner=user)
        .select_related("template_version__template")
        .prefetch_related("artifacts__job__template_version__template")
    )


def artifacts_of(user: User) -> QuerySet[Artifact]:
    """Artifacts of the user's own jobs."""
    return Artifact.objects.filter(job__owner=user).select_related("job")


def engine_for(kind: JobKind) -> EngineProfile:
    """The profile that serves a kind: its default, else the first enabled one. Raises EngineUnavailable."""
    profile = (
        EngineProfile.objects.filter(kind=kind.key, is_enabled=True, engine_key__in=kind.engines)
        .order_by("-is_default", "engine_key")
        .first()
    )
    if profile is None:
        raise EngineUnavailable(details={"kind": kind.key})
    return profile


def engine_threads(kind_key: str, engine_key: str) -> int:
    """CPU threads for one run: what the profile says, else the setting."""
    profile = EngineProfile.objects.filter(kind=kind_key, engine_key=engine_key).first()
    return int(profile.params.get("threads", settings.ENGINE_THREADS)) if profile else settings.ENGINE_THREADS


def template_uses(template_ids: Collection[Any], *, since: datetime | None = None) -> dict[Any, int]:
    """How many jobs used each template; those without any are left out."""
    jobs = Job.objects.filter(template_version__template__in=template_ids)
    if since is not None:
        jobs = jobs.filter(created_at__gte=since)
    counted = jobs.values("template_version__template").annotate(uses=Count("pk"))
    return {row["template_version__template"]: row["uses"] for row in counted}


def queue_position(job: Job) -> int | None:
    """1 for the job that starts next; None when it does not wait in the queue."""
    if job.state != JobState.QUEUED or job.queued_at is None:
        return None
    ahead = Q(queued_at__lt=job.queued_at) | Q(queued_at=job.queued_at, pk__lt=job.pk)
    return Job.objects.filter(ahead, state=JobState.QUEUED).count() + 1


@dataclass(frozen=True)
class WaitBoard:
    """The queue at one moment, from which the wait of any job can be told."""

    queued: list[eta.Work]
    running: list[eta.RunningWork]
    history: eta.History
    now: datetime

    def wait(self, job: Job) -> JobWait | None:
        """Position and time left; None for a job that waits for a person or is over."""
        key = str(job.pk)
        if job.state in WORKING:
            mine = next((work for work in self.running if work.key == key), None)
            return None if mine is None else self._told(None, eta.estimate_rest(mine, self.history))
        index = next((index for index, work in enumerate(self.queued) if work.key == key), None)
        if job.state != JobState.QUEUED or index is None:
            return None
        return self._told(index + 1, self.of_last(self.queued[: index + 1]))

    def of_last(self, queue: list[eta.Work]) -> eta.WaitEstimate:
        """When the last of `queue` will have ended. A job in work shows a worker; there is at least one."""
        return eta.estimate_wait(queue, self.running, self.history, workers=max(1, len(self.running)))

    def _told(self, position: int | None, wait: eta.WaitEstimate) -> JobWait:
        middle = (wait.low_seconds + wait.high_seconds) / 2
        return JobWait(position, wait.low_seconds, wait.high_seconds, self.now + timedelta(seconds=middle))


def wait_board() -> WaitBoard:
    """The queue as it stands now."""
    now = timezone.now()
    queued = Job.objects.filter(state=JobState.QUEUED).order_by("queued_at", "pk")
    works = [_waiting(*row) for row in queued.values_list("pk", "kind", "engine_key", "work_units")]
    return WaitBoard(works, _running(now), _history(), now)


@dataclass(frozen=True)
class QueueStatus:
    """The queue as everybody may know it. wait: what a job of ordinary size would wait if submitted now."""

    queued: int
    running: int
    held: int
    wait: eta.WaitEstimate


def queue_status() -> QueueStatus:
    """How busy the workers are, and what a ten-second dance video submitted now would take."""
    states = Job.objects.order_by().values_list("state").annotate(jobs=Count("pk"))
    counts = dict(states)
    kind_key = next(iter(KINDS))
    ordinary = _waiting("", kind_key, KINDS.get(kind_key).engines[0], 10.0)
    board = wait_board()
    return QueueStatus(
        queued=counts.get(JobState.QUEUED, 0),
        running=sum(counts.get(state, 0) for state in WORKING),
        held=counts.get(JobState.HELD, 0),
        wait=board.of_last([*board.queued, ordinary]),
    )


def _waiting(key: Any, kind_key: str, engine_key: str, work_units: float) -> eta.Work:
    guess = KINDS.get(kind_key)().estimate(work_units)
    return eta.Work(str(key), f"{kind_key}/{engine_key}", work_units, guess.seconds, guess.deviation)


def _running(now: datetime) -> list[eta.RunningWork]:
    """Jobs that a live worker has in hand, with how far they are."""
    rows = Job.objects.filter(state__in=WORKING, lease_until__gt=now).values_list(
        "pk", "kind", "engine_key", "work_units", "started_at", "progress"
    )
    return [
        eta.RunningWork(
            **vars(_waiting(pk, kind, engine, units)),
            elapsed_seconds=(now - started_at).total_seconds() if started_at else 0.0,
            progress=progress,
        )
        for pk, kind, engine, units, started_at, progress in rows
    ]


def _history() -> dict[str, tuple[eta.Finished, ...]]:
    """Measured run times of recently finished jobs by "kind/engine"; cached, as every poll asks."""
    history: dict[str, tuple[eta.Finished, ...]] | None = cache.get("generation.history")
    if history is None:
        rows = (
            Job.objects.filter(finished_at__isnull=False, started_at__isnull=False, progress=1.0)
            .order_by("-finished_at")
            .values_list("kind", "engine_key", "work_units", "work_seconds")[:HISTORY_JOBS]
        )
        grouped: dict[str, list[eta.Finished]] = {}
        for kind, engine, units, seconds in rows:
            if seconds is not None:
                grouped.setdefault(f"{kind}/{engine}", []).append(eta.Finished(units, seconds))
        history = {key: tuple(finished) for key, finished in grouped.items()}
        cache.set("generation.history", history, HISTORY_CACHE_SECONDS)
    return history
