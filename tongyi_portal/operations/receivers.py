"""Listens to usage events, moves of jobs and workers, and counts them once they are committed."""

from functools import partial
from typing import Any

from django.db import transaction

from generation.models import Job
from tongyi_portal.common.states import state_moved
from tongyi_portal.operations import metrics
from tongyi_portal.usage.signals import usage_recorded


def connect() -> None:
    """Called once in AppConfig.ready."""
    usage_recorded.connect(_recorded, dispatch_uid="operations.recorded")
    state_moved.connect(_moved, sender=Job, dispatch_uid="operations.moved")


def _recorded(**event: Any) -> None:
    if event["job_kind"]:
        told = {name: event[name] for name in ("job_kind", "engine", "code", "wait_ms", "run_ms")}
        transaction.on_commit(partial(metrics.event_counted, event["kind"], **told))


def _moved(before: Job, after: Job, **_signal: Any) -> None:
    if metrics.lease_expired(before, after):
        transaction.on_commit(partial(metrics.lease_counted, before.kind))
