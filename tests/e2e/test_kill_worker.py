"""A worker killed in mid-render costs time, never the job; and it is done once."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from templates_app.characters import draw_character
from tests.running_portal import RunningPortal, wait_for

pytestmark = pytest.mark.slow
SHORT_LEASES = {"JOB_LEASE_SECONDS": "6", "JOB_HEARTBEAT_SECONDS": "1", "JOB_WAKE_AGAIN_SECONDS": "5"}
PREPARE = """
from pathlib import Path
from django.conf import settings
from tests.factories.templates import live_template
from tongyi_portal.demo import accounts
folder = Path(settings.VAR_DIR)
live_template(slug="tiny")
print(accounts.demo_token_ensure(folder=folder))
"""
COUNT = """
from generation.models import Artifact, Job
print(Job.objects.count(), Artifact.objects.count(), Job.objects.get().attempt)
"""
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def portal(project_root: Path, tmp_path: Path) -> Iterator[RunningPortal]:
    group = RunningPortal(project_root, tmp_path, SHORT_LEASES)
    try:
        yield group
    finally:
        group.kill()


@pytest.fixture
def ask(portal: RunningPortal) -> Iterator[Ask]:
    """Calls the API of a portal that was prepared and started; fails on any error answer."""
    assert portal.manage("migrate", "--verbosity", "0").returncode == 0
    token = portal.run_python(PREPARE).splitlines()[-1]
    portal.start()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{portal.url}/api/v1", headers=headers, timeout=60, trust_env=False) as http:

        def call(method: str, path: str, **request: Any) -> dict[str, Any]:
            answer = http.request(method, path, **request)
            assert answer.is_success, answer.text
            body: dict[str, Any] = answer.json()
            return body

        yield call


def test_a_job_whose_worker_is_killed_is_finished_once(
    portal: RunningPortal, ask: Ask, tmp_path: Path
) -> None:
    photo = tmp_path / "person.png"
    Image.fromarray(draw_character("person", 640)).save(photo)
    with photo.open("rb") as file:
        upload = ask("POST", "/uploads", files={"file": file}, data={"surface": "photo"})
    params = {"photo": upload["id"], "template": "tiny", "duration_seconds": 20, "size": "432x768"}
    body = {"kind": "dance_video", "params": params}
    job = ask("POST", "/jobs", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def seen() -> dict[str, Any]:
        return ask("GET", f"/jobs/{job['id']}")

    wait_for(lambda: seen()["state"] == "running" and seen()["stage"] == "render", "the render to begin")
    worker = portal.worker("gpu")
    assert worker is not None
    worker.kill()
    wait_for(
        lambda: seen()["state"] in {"succeeded", "failed", "rejected"}, "the job to end", patience_seconds=180
    )

    ended = seen()
    assert ended["state"] == "succeeded", ended
    assert {artifact["role"] for artifact in ended["artifacts"]} == {"video", "cover"}
    jobs, artifacts, attempts = portal.run_python(COUNT).splitlines()[-1].split()
    assert (jobs, artifacts, attempts) == ("1", "2", "2")
    stored = [path for path in (tmp_path / "storage" / "outputs").rglob("*") if path.is_file()]
    assert len(stored) == 2, "the lost attempt left files behind"
    video = next(artifact for artifact in ended["artifacts"] if artifact["role"] == "video")
    part = httpx.get(video["url"], headers={"Range": "bytes=4-7"}, trust_env=False)
    assert (part.status_code, part.content) == (206, b"ftyp")
