"""kill -9 of a real worker in the middle of an extraction: it is done later, once, and leaves no stray."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.factories.generation import sample_photo
from tests.factories.videos import write_mp4
from tests.generation.test_killed_worker import Portal
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = pytest.mark.slow
SECONDS, FPS = 13, 24  # longer than one chunk of the tracking
PREPARE = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from pathlib import Path
from django.conf import settings
from tests.factories.motions import announced, send
data = Path(sys.argv[1]).read_bytes()
motion = announced(len(data))
for at in range(0, len(data), settings.MOTION_PART_MAX_BYTES):
    send(motion, data[at : at + settings.MOTION_PART_MAX_BYTES])
"""


def swaying_person(path: Path) -> Path:
    """The drawn person, moved to and fro: somebody whom the engine can follow."""
    photo = cv2.cvtColor(cv2.imdecode(np.frombuffer(sample_photo(), np.uint8), 1), cv2.COLOR_BGR2RGB)
    photo = cv2.resize(photo, (324, 432), interpolation=cv2.INTER_AREA)
    frames = [
        np.roll(photo, round(12 * np.sin(number / 8)), axis=1).astype(np.uint8)
        for number in range(SECONDS * FPS)
    ]
    return write_mp4(path, frames, fps=FPS)


@pytest.fixture
def portal(project_root: Path, tmp_path: Path, model_files: ModelFiles) -> Iterator[Portal]:
    portal = Portal(project_root, tmp_path / "var", model_files, prepare=PREPARE)
    (tmp_path / "var").mkdir()
    yield portal
    for process in portal.processes:
        process.kill()
        process.wait()


def rows(portal: Portal, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(
        f"file:{portal.folder / 'portal.sqlite3'}?mode=ro", uri=True, timeout=20
    ) as database:
        return database.execute(query).fetchall()


def test_a_killed_workers_extraction_is_done_later_and_once(portal: Portal, tmp_path: Path) -> None:
    portal.prepare(swaying_person(tmp_path / "dance.mp4"))
    first = portal.worker()
    uploads = portal.folder / "storage" / "uploads"
    portal.wait_for(lambda job: job["stage"] == "track" and any(uploads.rglob("tracking-*")), seconds=240)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert rows(portal, "SELECT COUNT(*) FROM templates_app_take") == [(0,)]

    portal.start("beat", "--schedule", str(tmp_path / "schedule"), "--max-interval", "1")
    portal.worker()
    job = portal.wait_for(lambda job: job["state"] not in {"queued", "running", "checking"}, seconds=300)
    assert (job["state"], job["attempt"], job["error_message"]) == ("succeeded", 2, "")
    [take] = rows(portal, "SELECT pose_key, proxy_key, strip_key FROM templates_app_take")
    [version] = rows(portal, "SELECT state, pose_key FROM templates_app_templateversion")
    [motion] = rows(portal, "SELECT state, key FROM templates_app_motionvideo")
    assert (version[0], motion[0]) == ("draft", "accepted")
    stored = {str(path.relative_to(uploads)) for path in uploads.rglob("*") if path.is_file()}
    assert stored == {*take, version[1], motion[1]}
