"""Uploads, jobs and results as the tables that events of usage are compared with."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from generation.models import Artifact, ArtifactRole, Job, Upload
from generation.services.job_events import failed_ms, job_facts, made_ms, upload_facts, wait_ms
from generation.states import JobState
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.sources import EventSource, Fact

AT_ONCE = 500
_NO_RESULT = Q(state=JobState.REJECTED, made_at__isnull=True)
Times = Callable[[Job], dict[str, Any]]


def _jobs(kind: UsageKind, column: str, rows: Q, times: Times = lambda _job: {}) -> EventSource:
    """Jobs of `rows` whose event of this kind happened at `column`."""

    def facts(since: datetime, until: datetime) -> Iterator[Fact]:
        jobs = Job.objects.filter(rows).select_related("template_version")
        for job in _between(jobs, column, since, until):
            yield getattr(job, column), {**job_facts(job, kind), **times(job)}  # type: ignore[typeddict-item]

    remembers_the_last = kind in {UsageKind.STARTED, UsageKind.FAILED}  # FAILED: queued again by an operator
    return EventSource(kind, "generation_job", facts, is_whole=not remembers_the_last)


def _uploads(kind: UsageKind, column: str) -> EventSource:
    def facts(since: datetime, until: datetime) -> Iterator[Fact]:
        for upload in _between(Upload.objects.all(), column, since, until):
            account = {"account_id": upload.owner_id} if kind == UsageKind.UPLOAD else {}
            yield getattr(upload, column), {**upload_facts(upload), **account}  # type: ignore[typeddict-item]

    return EventSource(kind, "generation_upload", facts)


def _uses(kind: UsageKind) -> EventSource:
    column = f"{kind}_at"

    def facts(since: datetime, until: datetime) -> Iterator[Fact]:
        videos = Artifact.objects.filter(role=ArtifactRole.VIDEO).select_related("job__template_version")
        for video in _between(videos, column, since, until):
            yield getattr(video, column), job_facts(video.job, kind)

    return EventSource(kind, "generation_artifact", facts)


def _between(rows: QuerySet[Any], column: str, since: datetime, until: datetime) -> Iterator[Any]:
    found = rows.filter(**{f"{column}__gte": since, f"{column}__lt": until})
    return found.order_by(column).iterator(chunk_size=AT_ONCE)


SOURCES = (
    _uploads(UsageKind.UPLOAD, "created_at"),
    _uploads(UsageKind.DELETED, "deleted_at"),
    _jobs(UsageKind.SUBMITTED, "created_at", Q()),
    _jobs(UsageKind.STARTED, "started_at", Q(), lambda job: {"wait_ms": wait_ms(job)}),
    _jobs(UsageKind.FINISHED, "made_at", Q(), lambda job: {"run_ms": made_ms(job)}),
    _jobs(UsageKind.FAILED, "finished_at", Q(state=JobState.FAILED), lambda job: {"run_ms": failed_ms(job)}),
    _jobs(UsageKind.CANCELLED, "finished_at", Q(state=JobState.CANCELLED) | _NO_RESULT),
    _jobs(UsageKind.DELETED, "erased_at", Q()),
    *(_uses(kind) for kind in (UsageKind.WATCHED, UsageKind.DOWNLOADED, UsageKind.SHARED)),
)
