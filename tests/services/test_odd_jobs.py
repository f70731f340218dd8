"""Real workers, real brokers: jobs that kill, hang and grow, and messages that are lost or come twice."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.odd_engine import GROWS, HANGS, KILLS, PLAIN
from tests.services.test_brokers import environment as broker_environment

pytestmark = pytest.mark.slow
__all__ = ["broker_environment"]
SUBMIT = """
import sys, uuid
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from generation.services.jobs import job_submit
from generation.tasks.gpu import run_job
from tests.factories.generation import UploadFactory
from tests.factories.templates import live_template, superuser
owner, template = superuser(), live_template().slug
for seed in sys.argv[1:]:
    photo = UploadFactory(owner=owner)
    params = {"photo": photo.pk, "template": template, "duration_seconds": 2, "fps": 24, "size": "432x768"}
    job_submit(by=owner, kind_key="dance_video", params={**params, "with_music": False, "seed": int(seed)})
from celery import current_app
current_app.control.purge()  # every wake-up is lost ...
for _ in range(3):
    run_job.delay(str(uuid.uuid4()))  # ... and three come that name jobs which never were
"""
LOOK = """
import json
import django
django.setup()
from generation.models import Artifact, Job, WakeUp
from tongyi_portal.usage.models import UsageEvent
jobs = list(Job.objects.order_by("created_at").values(
    "seed", "state", "attempt", "error_code", "failures", "lease_token", "dead_at"))
print(json.dumps({
    "jobs": jobs,
    "released": list(Artifact.objects.filter(state="released").values_list("key", flat=True)),
    "started": UsageEvent.objects.filter(kind="started").count(),
    "finished": UsageEvent.objects.filter(kind="finished").count(),
    "failed": UsageEvent.objects.filter(kind="failed").count(),
    "waking": WakeUp.objects.count(),
}, default=str))
"""


class Workplace:
    """An installation of its own with one worker process and the clock, seen from outside."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.folder = Path(environment["VAR_DIR"])
        self.folder.mkdir()
        self.environment = environment | {
            "DATABASE_URL": f"sqlite:///{self.folder / 'portal.sqlite3'}",
            "MODELS_ROOT": str(root / "var" / "models"),
            "CONSENT_REQUIRED": "never",
            "JOB_LEASE_SECONDS": "5",
            "JOB_HEARTBEAT_SECONDS": "1",
            "JOB_RETRY_PAUSE_SECONDS": "1",
            "JOB_MAX_ATTEMPTS": "2",
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def python(self, script: str, *arguments: object) -> str:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def look(self) -> dict[str, Any]:
        seen: dict[str, Any] = json.loads(self.python(LOOK).splitlines()[-1])
        return seen

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "tongyi_portal.celery", "--quiet", *arguments]
        with (self.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def work(self) -> subprocess.Popen[bytes]:
        self.start(
            "beat", "--schedule", str(self.folder / "schedule"), "--max-interval", "1", "--pidfile", ""
        )
        queue = self.environment["TEST_QUEUE"]
        return self.start(
            *("worker", "--include", "tests.services.odd_worker", "--queues", queue, "--hostname", queue),
            *("--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle"),
        )

    def wait_until_all_ended(self, seconds: float = 240) -> dict[str, Any]:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            seen = self.look()
            if all(job["state"] in {"succeeded", "failed"} for job in seen["jobs"]):
                return seen
            time.sleep(0.5)
        log = (self.folder / "log.txt").read_text()[-6000:]
        raise AssertionError(f"waited {seconds} s in vain: {seen}\n{log}")

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def left_over(self) -> list[str]:
        return [str(path) for path in (self.folder / "scratch").rglob("*")]

    def stored(self) -> set[str]:
        outputs = self.folder / "storage" / "outputs"
        return {str(path.relative_to(outputs)) for path in outputs.rglob("*") if path.is_file()}


@pytest.fixture
def workplace(broker_environment: dict[str, str], project_root: Path) -> Iterator[Workplace]:
    place = Workplace(project_root, broker_environment)
    yield place
    place.stop()


@pytest.fixture
def plain_workplace(project_root: Path, tmp_path: Path) -> Iterator[Workplace]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.services.broker_settings",
        "BROKER_URL": "filesystem://localhost//",
        "TEST_QUEUE": "tongyi-test",
        "VAR_DIR": str(tmp_path / "var"),
    }
    place = Workplace(project_root, environment)
    yield place
    place.stop()


def test_a_job_that_kills_its_worker_is_given_up_and_all_others_are_done_once(workplace: Workplace) -> None:
    workplace.python(SUBMIT, KILLS, PLAIN, PLAIN, PLAIN)
    worker = workplace.work()
    seen = workplace.wait_until_all_ended()

    poison, *others = seen["jobs"]
    assert (poison["state"], poison["attempt"], poison["error_code"]) == ("failed", 2, "attempts_exhausted")
    assert [failed["code"] for failed in poison["failures"]] == ["worker_lost", "worker_lost"]
    assert poison["dead_at"] is not None
    assert [(job["state"], job["attempt"], job["lease_token"]) for job in others] == [
        ("succeeded", 1, "")
    ] * 3
    assert (seen["started"], seen["finished"], seen["failed"], seen["waking"]) == (5, 3, 1, 0)
    assert len(seen["released"]) == 6
    assert workplace.stored() == set(seen["released"])
    assert worker.poll() is None


def test_a_job_beyond_its_limits_ends_with_the_reason_and_the_next_one_is_done(
    plain_workplace: Workplace,
) -> None:
    workplace = plain_workplace
    workplace.environment |= {
        "JOB_SOFT_TIME_LIMIT_SECONDS": "6",
        "JOB_HARD_TIME_LIMIT_SECONDS": "8",
        "JOB_MEMORY_LIMIT_MB": "1500",
    }
    workplace.python(SUBMIT, HANGS, GROWS, PLAIN)
    worker = workplace.work()
    seen = workplace.wait_until_all_ended()

    assert [(job["state"], job["attempt"], job["error_code"]) for job in seen["jobs"]] == [
        ("failed", 1, "time_limit"),
        ("failed", 1, "engine_out_of_memory"),
        ("succeeded", 1, ""),
    ]
    assert (seen["started"], seen["finished"], seen["failed"]) == (3, 1, 2)
    assert workplace.left_over() == []
    assert worker.poll() is None


def test_what_a_killed_worker_left_on_the_disk_goes_at_the_next_start(plain_workplace: Workplace) -> None:
    workplace = plain_workplace
    workplace.environment["JOB_MAX_ATTEMPTS"] = "1"
    workplace.python(SUBMIT, HANGS)
    worker = workplace.work()
    ends = time.monotonic() + 120
    while not any(path.endswith("half-made") for path in workplace.left_over()):
        assert time.monotonic() < ends, workplace.look()
        time.sleep(0.1)
    os.killpg(worker.pid, 9)
    worker.wait()
    assert workplace.left_over()
    workplace.work()
    workplace.wait_until_all_ended()
    ends = time.monotonic() + 60
    while workplace.left_over():
        assert time.monotonic() < ends, workplace.left_over()
        time.sleep(0.1)
