"""A worker shows what its processes counted, on a port of its own: nobody else can be asked for it."""

from typing import Any

from celery import signals
from django.conf import settings
from prometheus_client import start_http_server

from tongyi_portal.operations.metrics import counted_registry


def connect() -> None:
    """Called once in AppConfig.ready; only a worker's main process ever sends this signal."""
    signals.worker_ready.connect(_at_start, dispatch_uid="operations.worker_ready")


def _at_start(**_signal: Any) -> None:
    """Also answers probes: a worker whose main process hangs does not."""
    if settings.METRICS_PORT:
        start_http_server(settings.METRICS_PORT, registry=counted_registry())
