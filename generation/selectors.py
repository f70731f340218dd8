"""Reads: whose uploads, jobs and artifacts; the queue; timing history; which engine serves a kind."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from generation import eta
from generation.errors import EngineUnavailable
from generation.kinds import KINDS
from generation.kinds.base import JobKind
from generation.models import Artifact, EngineProfile, Job, Upload
from generation.queue_line import queue_line, work_of
from generation.states import UNFINISHED, WORKING, JobState
from templates_app.models import MotionVideo
from templates_app.services.popularity import VideoCounts
from tongyi_portal.accounts.models import User

DANCE_VIDEO = "dance_video"
HISTORY_JOBS = 200
HISTORY_CACHE_SECONDS = 20
BOARD_SECONDS = 2.0
FRESH_SECONDS = 0.25
_STEADY = frozenset({"pose_extract", "template_preview"})  # kinds that go through a clip frame by frame
_board: "WaitBoard | None" = None  # of this process


@dataclass(frozen=True)
class JobWait:
    """Where a waiting or running job stands. position: 1 is next to start, None once it runs."""

    position: int | None
    low_seconds: float
    high_seconds: float
    expected_at: datetime


def video_counts() -> dict[uuid.UUID, VideoCounts]:
    """How many videos were finished with each template of late, over all its versions. One query."""
    now = timezone.now()
    weeks = [now - timedelta(days=days) for days in (28, 14, 7)]
    made = Job.objects.filter(
        kind=DANCE_VIDEO, state=JobState.SUCCEEDED, finished_at__gt=weeks[0], template_version__isnull=False
    )
    counted = made.values_list("template_version__template").annotate(
        four_weeks=Count("pk"),
        this_week=Count("pk", filter=Q(finished_at__gt=weeks[2])),
        last_week=Count("pk", filter=Q(finished_at__gt=weeks[1], finished_at__lte=weeks[2])),
    )
    return {
        template_id: VideoCounts(*counts)
        for template_id, *counts in counted.order_by("template_version__template")
    }


def uploads_of(user: User) -> QuerySet[Upload]:
    """The user's own uploads that were not erased."""
    return Upload.objects.filter(owner=user, deleted_at__isnull=True)


def jobs_of(user: User) -> QuerySet[Job]:
    """The user's own jobs that were not erased, ready to be serialized."""
    return (
        Job.objects.filter(owner=user, erased_at__isnull=True)
        .select_related("template_version__template")
        .prefetch_related("artifacts__job__template_version__template")
    )


_LIBRARY_JOBS = {"motion": "pose_extract", "version": "template_preview"}


def library_job(row: str, row_id: uuid.UUID) -> Job | None:
    """The job for a video ("motion") or a version that goes on; for a video else the last that ended.

    What became of a version's last job stands in the version itself.
    """
    jobs = Job.objects.filter(kind=_LIBRARY_JOBS[row], **{f"params__{row}": str(row_id)})
    going_on = jobs.filter(state__in=UNFINISHED).order_by("-created_at").first()
    if going_on is not None or row == "version":
        return going_on
    owners = MotionVideo.objects.filter(pk=row_id).values("owner")
    return jobs.filter(owner__in=owners).order_by("-created_at").first()  # the index job_owner_newest


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


def oldest_queued_at() -> datetime | None:
    """Since when the first job of the queue waits; None when none does."""
    queued = Job.objects.filter(state=JobState.QUEUED).order_by("queued_at")
    return queued.values_list("queued_at", flat=True).first()


@dataclass(frozen=True)
class WaitBoard:
    """The order of the queue as it was a moment ago; from it the wait of any job can be told.

    made_at: seconds of the monotonic clock. places: job -> 1 for the one that starts next. starts: when each
    place starts, the last one for a job behind all that were queued.
    """

    made_at: float
    places: dict[uuid.UUID, int]
    starts: list[eta.StartTime]
    history: eta.History

    def position(self, job: Job) -> int | None:
        """1 for the job that starts next; None when it does not wait in the queue."""
        if job.state != JobState.QUEUED:
            return None
        return self.places.get(job.pk, len(self.starts))  # behind all that the board knows

    def wait(self, job: Job) -> JobWait | None:
        """Position and time left; None for a job that waits for a person, is over, or has lost its worker.

        The board is read anew for a job that was queued since, if it is older than FRESH_SECONDS.
        """
        if job.state == JobState.QUEUED and job.pk not in self.places:
            return wait_board(at_most_seconds=FRESH_SECONDS)._wait(job)
        return self._wait(job)

    def _wait(self, job: Job) -> JobWait | None:
        now = timezone.now()
        work = work_of(job.kind, job.engine_key, job.work_units)
        if job.state in WORKING and job.lease_until and job.lease_until > now:
            running = _in_work(work, job.started_at, job.progress, now)
            return _told(None, eta.estimate_rest(running, self.history), now)
        position = self.position(job)
        if position is None:
            return None
        return _told(position, self.of(position, work), now)

    def of(self, position: int, work: eta.Work) -> eta.WaitEstimate:
        """When such a job at this position would have ended."""
        start = self.starts[min(position, len(self.starts)) - 1]
        return eta.estimate_end(start, work, self.history)


def _told(position: int | None, wait: eta.WaitEstimate, now: datetime) -> JobWait:
    middle = (wait.low_seconds + wait.high_seconds) / 2
    return JobWait(position, wait.low_seconds, wait.high_seconds, now + timedelta(seconds=middle))


def wait_board(*, at_most_seconds: float | None = None) -> WaitBoard:
    """The queue as it stood at most so long ago (none: BOARD_SECONDS): each process reads all of it no more
    often than that.

    A job in work shows a worker; there is at least one.
    """
    global _board
    oldest = BOARD_SECONDS if at_most_seconds is None else at_most_seconds
    if _board is None or time.monotonic() - _board.made_at >= oldest:
        order = queue_line().order()
        running, history = _running(timezone.now()), _history()
        starts = eta.start_times((job.work for job in order), running, history, max(1, len(running)))
        places = {uuid.UUID(job.key): place for place, job in enumerate(order, 1)}
        _board = WaitBoard(time.monotonic(), places, starts, history)
    return _board


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
    ordinary = work_of(kind_key, KINDS.get(kind_key).engines[0], 10.0)
    queued = counts.get(JobState.QUEUED, 0)
    return QueueStatus(
        queued=queued,
        running=sum(counts.get(state, 0) for state in WORKING),
        held=counts.get(JobState.HELD, 0),
        wait=wait_board().of(queued + 1, ordinary),
    )


def _in_work(work: eta.Work, started_at: datetime | None, progress: float, now: datetime) -> eta.RunningWork:
    elapsed = (now - started_at).total_seconds() if started_at else 0.0
    is_steady = work.model.partition("/")[0] in _STEADY
    return eta.RunningWork(**vars(work), elapsed_seconds=elapsed, progress=progress, is_steady=is_steady)


def _running(now: datetime) -> list[eta.RunningWork]:
    """Jobs that a live worker has in hand, with how far they are."""
    rows = Job.objects.filter(state__in=WORKING, lease_until__gt=now).values_list(
        "kind", "engine_key", "work_units", "started_at", "progress"
    )
    return [
        _in_work(work_of(kind, engine, units), started_at, progress, now)
        for kind, engine, units, started_at, progress in rows
    ]


def _history() -> dict[str, tuple[eta.Finished, ...]]:
    """Measured run times of recently finished jobs by "kind/engine"; cached, as every poll asks."""
    history: dict[str, tuple[eta.Finished, ...]] | None = cache.get("generation.history")
    if history is None:
        rows = (
            Job.objects.filter(finished_at__isnull=False, work_seconds__isnull=False)  # the index job_history
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


@dataclass(frozen=True)
class KindLoad:
    """What waits of one kind. work_seconds: how long one worker would be busy with all of it, as expected."""

    kind: str
    queued: int
    oldest_queued_at: datetime | None
    work_seconds: float


def queue_load() -> list[KindLoad]:
    """What waits of every kind, also where nothing does. One query and the history."""
    history = _history()
    found: dict[str, list[tuple[int, datetime, float]]] = {key: [] for key in KINDS}
    queued = (
        Job.objects.filter(state=JobState.QUEUED).order_by().values_list("kind", "engine_key", "work_units")
    )
    for kind, engine, units, jobs, oldest in queued.annotate(Count("pk"), Min("queued_at")):
        seconds, _deviation = eta.run_time(work_of(kind, engine, units), history)
        found[kind].append((jobs, oldest, jobs * seconds))
    return [
        KindLoad(
            kind=kind,
            queued=sum(jobs for jobs, _oldest, _seconds in rows),
            oldest_queued_at=min((oldest for _jobs, oldest, _seconds in rows), default=None),
            work_seconds=sum(seconds for _jobs, _oldest, seconds in rows),
        )
        for kind, rows in found.items()
    ]
