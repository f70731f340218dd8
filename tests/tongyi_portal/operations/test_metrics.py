"""Requests and jobs are counted once what they tell of is committed, and counts of all processes add up."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as live_settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from generation.services.leases import Lease, job_claim, jobs_requeue_lost
from generation.states import JobState
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, job_in
from tests.running_portal import free_port
from tests.tongyi_portal.operations.scraped import gained, scraped
from tongyi_portal.operations import worker_exporter
from tongyi_portal.operations.metrics import JOB_SECONDS, request_counted

pytestmark = pytest.mark.django_db
DANCE = {"kind": "dance_video", "engine": "animation"}


@pytest.fixture(autouse=True)
def readable(settings: Any) -> None:
    settings.METRICS_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def test_requests_are_counted_by_the_pattern_of_their_route() -> None:
    before = scraped()
    for path in (
        "/api/v1/jobs/00000000-0000-4000-8000-000000000000",
        "/api/v1/jobs/11111111-0000-4000-8000-000000000000/",
    ):
        Client().get(path)
    route = "/api/v1/jobs/<uuid:job_id>"
    assert gained(before, "portal_http_request_seconds_count", method="GET", route=route, status="401") == 2


@pytest.mark.parametrize(
    ("path", "route"), [("/no/such/page", "none"), ("/static/none.css", "/static/"), ("/healthz", "/healthz")]
)
def test_requests_without_a_route_share_a_few_names(path: str, route: str) -> None:
    before, status = scraped(), str(Client().get(path).status_code)
    assert gained(before, "portal_http_request_seconds_count", method="GET", route=route, status=status) == 1


def test_made_up_methods_make_no_new_series() -> None:
    before, status = scraped(), str(Client().generic("BREW", "/no/such/page").status_code)
    assert (
        gained(before, "portal_http_request_seconds_count", method="other", route="none", status=status) == 1
    )


def test_the_life_of_a_job_is_counted(django_capture_on_commit_callbacks: Any) -> None:
    before = scraped()
    job = JobFactory(queued_at=timezone.now() - timedelta(seconds=400))
    with django_capture_on_commit_callbacks(execute=True):
        claimed = job_claim(job_id=job.pk)
    assert claimed is not None
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        Lease(claimed).move(JobState.CHECKING)
        Lease(claimed).finish(JobState.SUCCEEDED, 70.0)
    assert gained(before, "portal_jobs_started_total", **DANCE, attempt="first") == 1
    assert gained(before, "portal_job_wait_seconds_bucket", **DANCE, le="300.0") == 0
    assert gained(before, "portal_job_wait_seconds_bucket", **DANCE, le="450.0") == 1
    assert gained(before, "portal_job_run_seconds_bucket", **DANCE, outcome="finished", le="120.0") == 1
    assert gained(before, "portal_jobs_finished_total", **DANCE) == 1
    assert gained(before, "portal_job_leases_expired_total", kind="dance_video") == 0


def test_the_buckets_reach_to_half_an_hour() -> None:
    assert max(JOB_SECONDS) == 1800


def test_what_is_undone_is_not_counted() -> None:
    before = scraped()
    job = JobFactory()
    with transaction.atomic():
        job_claim(job_id=job.pk)
        transaction.set_rollback(True)
    assert gained(before, "portal_jobs_started_total", **DANCE, attempt="first") == 0


@pytest.mark.parametrize(("attempt", "dead"), [(1, 0), (3, 1)])
def test_a_lost_worker_is_an_expired_lease_and_at_last_a_dead_letter(
    settings: Any, django_capture_on_commit_callbacks: Any, attempt: int, dead: int
) -> None:
    settings.JOB_MAX_ATTEMPTS = 3
    job_in(JobState.RUNNING, attempt=attempt, lease_until=timezone.now() - timedelta(seconds=5))
    before = scraped()
    assert before[("portal_jobs_without_worker",)] == 1
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        jobs_requeue_lost()
    for callback in callbacks:
        if "enqueue" not in getattr(callback, "__qualname__", ""):
            callback()
    assert gained(before, "portal_job_leases_expired_total", kind="dance_video") == 1
    assert gained(before, "portal_jobs_failed_total", **DANCE, code="attempts_exhausted") == dead


def test_a_long_job_that_ends_well_is_no_expired_lease(django_capture_on_commit_callbacks: Any) -> None:
    before = scraped()
    job = job_in(JobState.CHECKING, lease_until=timezone.now() - timedelta(seconds=5))
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        Lease(job).finish(JobState.SUCCEEDED, 70.0)
    assert gained(before, "portal_job_leases_expired_total", kind="dance_video") == 0


OTHER_PROCESS = """
import django
django.setup()
from tongyi_portal.operations.metrics import event_counted
from tongyi_portal.usage.models import UsageKind
told = {"job_kind": "dance_video", "engine": "animation", "code": "", "wait_ms": None, "run_ms": 2000}
event_counted(UsageKind.FINISHED, **told)
"""


def test_counts_of_other_processes_are_added_and_outlive_them(project_root: Path) -> None:
    before = scraped()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.dev",
        "METRICS_DIR": str(live_settings.METRICS_DIR),
        "VAR_DIR": str(live_settings.METRICS_DIR.parent),
    }
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-c", OTHER_PROCESS], cwd=project_root, env=environment, check=True, timeout=120
        )
    assert gained(before, "portal_jobs_finished_total", **DANCE) == 2


def test_a_worker_shows_its_counts_on_a_port_of_its_own(settings: Any) -> None:
    request_counted(method="GET", route="/healthz", status=200, seconds=0.1)
    settings.METRICS_PORT = free_port()
    worker_exporter._at_start()
    text = httpx.get(f"http://127.0.0.1:{settings.METRICS_PORT}/metrics", trust_env=False).text
    names = {family.name for family in text_string_to_metric_families(text)}
    assert "portal_http_request_seconds" in names
    assert "portal_database_up" not in names


def test_an_account_that_reads_no_metrics_gets_none() -> None:
    client = Client(REMOTE_ADDR="192.0.2.1")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert client.get("/metrics").status_code == 403
