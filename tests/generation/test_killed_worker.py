"""kill -9 of a real worker in the middle of a real render: the job is finished later, exactly once."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.factories.generation import sample_photo
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = pytest.mark.slow
PREPARE = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from pathlib import Path
from generation.services.jobs import job_submit
from generation.services.uploads import upload_accept
from tests.factories.templates import live_template, superuser
owner = superuser()
photo = upload_accept(by=owner, data=Path(sys.argv[1]).read_bytes(), surface="photo")
params = {"photo": photo.pk, "template": live_template().slug, "duration_seconds": 12, "fps": 30}
params |= {"size": "576x1024", "with_music": True}
job_submit(by=owner, kind_key="dance_video", params=params)
"""


class Portal:
    """An installation of its own, seen from outside: its processes, its database file, its folders."""

    def __init__(self, root: Path, folder: Path, models: ModelFiles, prepare: str = PREPARE) -> None:
        self.root, self.folder, self.script = root, folder, prepare
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.dev",
            "VAR_DIR": str(folder),
            "MODELS_ROOT": str(models.root),
            "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
            "BROKER_URL": "filesystem://localhost//",
            "JOB_LEASE_SECONDS": "5",
            "JOB_HEARTBEAT_SECONDS": "1",
            "CONSENT_REQUIRED": "never",
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def prepare(self, given: Path) -> None:
        command = [sys.executable, "-c", self.script, str(given)]
        subprocess.run(command, cwd=self.root, env=self.environment, check=True, timeout=300)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "tongyi_portal.celery", "--quiet", *arguments]
        process = subprocess.Popen(command, cwd=self.root, env=self.environment, start_new_session=True)
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "--pool", "solo", "--queues", "light,gpu", "--without-gossip")

    def job(self) -> dict[str, object]:
        with sqlite3.connect(
            f"file:{self.folder / 'portal.sqlite3'}?mode=ro", uri=True, timeout=20
        ) as database:
            database.row_factory = sqlite3.Row
            found = database.execute("SELECT * FROM generation_job").fetchall()
        return dict(found[0]) if found else {"state": None, "stage": None}

    def wait_for(self, claim: Callable[[dict[str, object]], bool], seconds: float = 120) -> dict[str, object]:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            job = self.job()
            if claim(job):
                return job
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s; the job is {self.job()}")


@pytest.fixture
def portal(project_root: Path, tmp_path: Path, model_files: ModelFiles) -> Iterator[Portal]:
    portal = Portal(project_root, tmp_path / "var", model_files)
    (tmp_path / "var").mkdir()
    yield portal
    for process in portal.processes:
        process.kill()
        process.wait()


def test_a_killed_workers_job_is_finished_later_and_once(portal: Portal, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(sample_photo())
    portal.prepare(photo)

    first = portal.worker()
    portal.wait_for(lambda job: job["state"] == "running" and job["stage"] == "render")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    left = portal.job()
    assert (left["state"], left["attempt"]) == ("running", 1)

    portal.start("beat", "--schedule", str(tmp_path / "schedule"), "--max-interval", "1")
    portal.worker()
    job = portal.wait_for(lambda job: job["state"] not in {"queued", "running", "checking"})
    assert (job["state"], job["attempt"], job["lease_token"]) == ("succeeded", 2, "")
    stored = [path for path in (portal.folder / "storage" / "outputs").rglob("*") if path.is_file()]
    assert sorted(path.suffix for path in stored) == [".jpg", ".mp4"]
    with sqlite3.connect(portal.folder / "portal.sqlite3") as database:
        kept = {
            row[0] for row in database.execute("SELECT key FROM generation_artifact WHERE state = 'released'")
        }
    assert {str(path.relative_to(portal.folder / "storage" / "outputs")) for path in stored} == kept
    stale = [
        path.name for path in (portal.folder / "scratch").iterdir() if str(left["lease_token"]) in path.name
    ]
    assert stale == []
