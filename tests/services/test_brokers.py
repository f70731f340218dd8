"""A wake-up goes through each broker over a real connection and starts a task in a real worker."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

pytestmark = pytest.mark.slow
BROKERS = {
    "filesystem": "filesystem://localhost//",
    "redis": "redis://127.0.0.1:6379/0",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//",
}
SEND = """
import sys, django
django.setup()
import tests.services.touch_task
from tongyi_portal.common.queue import enqueue
enqueue("tests.tasks.light.touch", sys.argv[1])
"""


@pytest.fixture(params=BROKERS)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    url = BROKERS[request.param]
    address = urlparse(url)
    if address.port is not None:
        try:
            socket.create_connection(("127.0.0.1", address.port), timeout=2).close()
        except OSError:
            pytest.skip(f"No {request.param} listens on 127.0.0.1:{address.port}.")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.services.broker_settings",
        "BROKER_URL": url,
        "TEST_QUEUE": f"tongyi-test-{uuid.uuid4().hex}",
        "VAR_DIR": str(tmp_path / "var"),
    }


@pytest.fixture
def worker(environment: dict[str, str], project_root: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "--app", "tongyi_portal.celery", "--quiet", "worker"]
    command += ["--include", "tests.services.touch_task", "--queues", environment["TEST_QUEUE"]]
    command += [
        "--pool",
        "solo",
        "--without-gossip",
        "--without-mingle",
        "--hostname",
        environment["TEST_QUEUE"],
    ]
    process = subprocess.Popen(command, cwd=project_root, env=environment)
    yield process
    process.kill()
    process.wait()


def test_a_wake_up_starts_a_task(
    environment: dict[str, str], worker: subprocess.Popen[bytes], project_root: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "touched"
    sent = subprocess.run(
        [sys.executable, "-c", SEND, str(trace)], cwd=project_root, env=environment, timeout=60, check=False
    )
    assert sent.returncode == 0
    ends = time.monotonic() + 60
    while not trace.exists() and worker.poll() is None and time.monotonic() < ends:
        time.sleep(0.05)
    assert trace.exists()
    assert worker.poll() is None
