"""The doctor names what is wrong, how to mend it, and ends with a status that a script can use."""

import json
import os
import subprocess
import sys
from collections import namedtuple
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from generation.states import JobState
from tests.factories.generation import JobFactory, job_in
from tests.factories.moderation import ReviewItemFactory
from tests.tongyi_portal.settings.production import SAFE
from tongyi_portal.operations.doctor import database, examination, surroundings
from tongyi_portal.operations.doctor.finding import Level
from tongyi_portal.usage.models import WorkerBeat
from tongyi_portal.usage.services.load import load_sample, worker_seen
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def healthy(settings: Any, model_files: ModelFiles) -> None:
    """A portal at which the doctor has little to say: workers and clock were just seen."""
    settings.MODELS_ROOT = model_files.root
    settings.CELERY_BROKER_URL = "filesystem://localhost//"
    if (file := Path(str(settings.DATABASES["default"]["NAME"]))).is_file():
        file.chmod(0o600)
    for queue in ("gpu", "light", "outbound"):
        worker_seen(name=f"{queue}@one", queue=queue)
    load_sample(queued=0, oldest_wait_ms=0, busy=0)


def found() -> dict[str, Level]:
    """What is not well, by code."""
    return {one.code: one.level for one in examination.examine() if one.level != Level.OK}


def test_a_healthy_portal_has_no_errors() -> None:
    assert found() == {"settings.development": Level.WARNING}


def test_each_complaint_says_how_to_mend_it(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_ROOT = tmp_path
    WorkerBeat.objects.all().delete()
    complaints = [one for one in examination.examine() if one.level != Level.OK]
    assert len(complaints) > 3
    assert [one for one in complaints if not one.mend] == []


def test_a_queue_without_a_worker_is_named() -> None:
    WorkerBeat.objects.filter(queue="outbound").update(seen_at=timezone.now() - timedelta(minutes=2))
    finding = next(one for one in examination.examine() if one.code == "workers.missing")
    assert (finding.level, finding.text) == (
        Level.ERROR,
        "No worker was seen in the last minute for: outbound",
    )


def test_a_clock_that_stands_still_is_told() -> None:
    load_sample(queued=0, oldest_wait_ms=0, busy=0)
    type(load_sample(queued=0, oldest_wait_ms=0, busy=0)).objects.update(
        at=timezone.now() - timedelta(minutes=9)
    )
    assert found()["beat.missing"] == Level.ERROR


def test_a_worker_from_the_future_has_a_wrong_clock() -> None:
    WorkerBeat.objects.filter(queue="gpu").update(seen_at=timezone.now() + timedelta(seconds=30))
    assert found()["clock.workers"] == Level.ERROR


@pytest.mark.parametrize(
    ("state", "fields", "code"),
    [
        (JobState.RUNNING, {"lease_until": timedelta(minutes=-5)}, "jobs.stuck"),
        (JobState.QUEUED, {"queued_at": timedelta(hours=-1)}, "jobs.waiting"),
        (
            JobState.FAILED,
            {"finished_at": timedelta(hours=-1), "dead_at": timedelta(hours=-1)},
            "jobs.dead",
        ),
    ],
)
def test_jobs_that_nobody_works_on_are_told(state: JobState, fields: dict[str, Any], code: str) -> None:
    now = timezone.now()
    moments = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    job_in(state, **moments)
    assert code in found()


def test_a_job_that_was_lost_a_moment_ago_is_still_left_to_the_sweep() -> None:
    job_in(JobState.RUNNING, lease_until=timezone.now() - timedelta(seconds=5))
    JobFactory()
    assert set(found()) == {"settings.development"}


def test_late_reviews_are_told() -> None:
    ReviewItemFactory(due_at=timezone.now() - timedelta(hours=1))
    assert found()["reviews.overdue"] == Level.WARNING


def test_a_damaged_model_file_is_found_by_its_digest(
    settings: Any, tmp_path: Path, model_files: ModelFiles
) -> None:
    entry = next(one for one in model_files.manifest if one.package is None)
    settings.MODELS_ROOT = tmp_path
    for one in model_files.manifest:
        if one.package is None:
            (tmp_path / model_files.path(one.key).relative_to(model_files.root)).parent.mkdir(
                parents=True, exist_ok=True
            )
            (tmp_path / model_files.path(one.key).relative_to(model_files.root)).write_bytes(
                model_files.path(one.key).read_bytes()
            )
    assert "models.damaged" not in found()
    copy = tmp_path / model_files.path(entry.key).relative_to(model_files.root)
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    assert found()["models.damaged"] == Level.ERROR


@pytest.mark.parametrize(
    ("free", "code", "level"), [(2, "disk.filling", Level.WARNING), (0.5, "disk.full", Level.ERROR)]
)
def test_a_disk_that_fills_up_is_told(
    monkeypatch: pytest.MonkeyPatch, free: float, code: str, level: Level
) -> None:
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _place: Usage(1, 1, free * 1024**3))
    assert found()[code] == level


def test_a_codec_or_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "CODECS", (("no_such_codec", "w"),))
    monkeypatch.setattr(surroundings, "NATIVE_MODULES", ("no_such_module",))
    assert {"libraries.broken", "libraries.codecs"} <= set(found())


def test_a_database_that_does_not_answer_ends_what_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("no route")

    monkeypatch.setattr(database, "database_reach", gone)
    codes = {one.code for one in examination.examine()}
    assert {"database.unreachable", "broker.usable", "models.whole"} <= codes
    assert not [code for code in codes if code.startswith(("jobs.", "workers."))]


def test_a_check_that_breaks_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(examination, "ALONE", (broken, *examination.ALONE))
    findings = list(examination.examine())
    assert next(one for one in findings if one.code == "doctor.failed").text.startswith("broken could not")
    assert "models.whole" in {one.code for one in findings}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"JOB_LEASE_SECONDS": 15, "JOB_HEARTBEAT_SECONDS": 10}, "settings.times"),
        ({"CELERY_TASK_SOFT_TIME_LIMIT": 1200}, "settings.times"),
        ({"CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 1300}}, "settings.visibility"),
        ({"METRICS_ALLOWED_NETWORKS": ["0.0.0.0/0"]}, "settings.metrics_open"),
        ({"DEBUG": True}, "settings.debug"),
    ],
)
def test_settings_that_do_not_fit_are_errors(settings: Any, changes: dict[str, Any], code: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found()[code] == Level.ERROR


@pytest.mark.parametrize(("level", "status"), [("error", 0), ("warning", 1)])
def test_the_exit_status_follows_the_worst_finding(level: str, status: int) -> None:
    output = StringIO()
    try:
        call_command("doctor", "--json", "--fail-level", level, stdout=output)
        left = 0
    except SystemExit as end:
        left = int(end.code or 0)
    assert left == status
    findings = json.loads(output.getvalue())["findings"]
    assert {"code", "level", "text", "mend"} == set(findings[0])


def test_lines_show_what_to_do() -> None:
    output = StringIO()
    call_command("doctor", "--language", "en", stdout=output)
    lines = output.getvalue().splitlines()
    assert lines[-1] == "Errors: 0. Warnings: 1."
    at = next(number for number, line in enumerate(lines) if "[settings.development]" in line)
    assert "DJANGO_SETTINGS_MODULE=tongyi_portal.settings.prod" in lines[at + 1]


@pytest.mark.slow
def test_an_empty_production_portal_is_told_what_it_lacks(project_root: Path, tmp_path: Path) -> None:
    environment = os.environ | SAFE | {"VAR_DIR": str(tmp_path), "MODELS_ROOT": str(tmp_path / "none")}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", "--language", "en"],
        cwd=project_root, env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    levels = {one["code"]: one["level"] for one in json.loads(done.stdout)["findings"]}
    assert {"database.not_migrated", "models.damaged"} <= {
        code for code, level in levels.items() if level == "error"
    }
    assert levels["settings.data_key"] == "warning"
    assert "settings.development" not in levels
