"""The Celery app: reads settings, finds the tasks of every app, prepares the built-in broker's folders."""

import os
import signal
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings

from tongyi_portal.common import file_broker
from tongyi_portal.serving.tied import tie_to_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongyi_portal.settings.dev")
app = Celery("tongyi_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if settings.CELERY_BROKER_URL.startswith("filesystem"):
    file_broker.install()
    for option in ("data_folder_in", "control_folder"):
        Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS[option]).mkdir(parents=True, exist_ok=True)


@worker_process_init.connect
def _end_with_the_worker(**_signal: Any) -> None:
    """A child that outlived its killed worker would go on rendering what another one starts again."""
    tie_to_parent(signal.SIGKILL)
