"""wake_up_write, wake_ups_relay: the outbox that wakes workers for queued jobs."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from generation.models import Job, WakeUp
from generation.states import JobState
from tongyi_portal.common.queue import enqueue

RUN_TASK = "generation.tasks.gpu.run_job"
UNSENT_AT_ONCE = 500
HEAD_OF_QUEUE = 5  # wake-ups that are sent again in one sweep: more would only pile up messages


def wake_up_write(job: Job, *, due_at: datetime | None = None) -> None:
    """A worker shall look at the queue once the job may start; sent on commit, or by the relay when it is
    due.

    Call it in the transaction that queues the job.
    """
    now = timezone.now()
    WakeUp.objects.update_or_create(job=job, defaults={"due_at": due_at or now, "sent_at": None})
    if due_at is None or due_at <= now:
        _send(job.pk)


def wake_ups_relay() -> int:
    """Send wake-ups that are due and were never sent, and the first of those that nobody took; how many.

    Before that, make those of queued jobs that have none, and forget those of jobs that no longer wait.
    """
    now = timezone.now()
    _repair()
    due = WakeUp.objects.filter(due_at__lte=now).order_by("due_at")
    unsent = due.filter(sent_at__isnull=True).values_list("pk", flat=True)[:UNSENT_AT_ONCE]
    stale = now - timedelta(seconds=settings.JOB_WAKE_AGAIN_SECONDS)
    head = due.values_list("pk", "sent_at")[:HEAD_OF_QUEUE]
    keys = [*unsent, *(pk for pk, sent_at in head if sent_at is not None and sent_at < stale)]
    for key in keys:
        _send(key)
    return len(keys)


def wake_another() -> None:
    """A worker that ended a job wakes another one, or itself, while jobs wait: their messages may be lost."""
    head = WakeUp.objects.filter(due_at__lte=timezone.now()).order_by("due_at").values_list("pk", flat=True)
    if (key := head.first()) is not None:
        _send(key)


def _send(job_id: uuid.UUID) -> None:
    mark = WakeUp.objects.filter(pk=job_id)
    enqueue(RUN_TASK, job_id, sent=lambda: mark.update(sent_at=timezone.now()))


@transaction.atomic
def _repair() -> None:
    WakeUp.objects.exclude(job__state=JobState.QUEUED).delete()
    silent = Job.objects.filter(state=JobState.QUEUED).exclude(
        Exists(WakeUp.objects.filter(job=OuterRef("pk")))
    )
    now = timezone.now()
    rows = silent.order_by("queued_at").values_list("pk", "not_before")[:UNSENT_AT_ONCE]
    WakeUp.objects.bulk_create(
        (WakeUp(job_id=pk, due_at=not_before or now) for pk, not_before in rows), ignore_conflicts=True
    )
