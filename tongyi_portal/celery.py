"""The Celery app: reads settings, finds the tasks of every app, and prepares the built-in broker's folders."""

from pathlib import Path

from celery import Celery
from django.conf import settings

app = Celery("tongyi_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if settings.CELERY_BROKER_URL.startswith("filesystem"):
    for option in ("data_folder_in", "control_folder"):
        Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS[option]).mkdir(parents=True, exist_ok=True)
