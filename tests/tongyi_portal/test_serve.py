"""`manage.py serve` as a user runs it: real processes, real signals."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 60


class Served:
    """One running `manage.py serve` with its own folder and port."""

    def __init__(self, root: Path, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.environment = {
            **os.environ,
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.dev",
            "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
            "DEBUG": "0",
        }
        self.root = root
        self._manage("migrate", "--verbosity", "0").check_returncode()
        self.output = (folder / "output.txt").open("w")
        self.process = psutil.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=root, env=self.environment, stdout=self.output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def run_again(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._manage("serve", *arguments)

    def _manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def members(self) -> list[psutil.Process]:
        return self.process.children(recursive=True) if self.process.is_running() else []

    def member(self, words: str) -> psutil.Process | None:
        """The outermost process whose command line holds `words`."""
        for member in self.members():
            try:
                if words in " ".join(member.cmdline()) and "supervisord" not in " ".join(member.cmdline()):
                    return member
            except psutil.NoSuchProcess:
                continue
        return None

    def said(self) -> str:
        return (self.folder / "output.txt").read_text()

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def workers_are_ready(self) -> bool:
        said = self.said()
        return "gpu@" in said and "light@" in said and said.count(" ready.") >= 2


def wait_for(claim: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < ends, f"waited in vain for {what}"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(project_root: Path, tmp_path: Path) -> Iterator[Served]:
    group = Served(project_root, tmp_path, free_port())
    try:
        wait_for(lambda: group.answers() and group.workers_are_ready(), "the group to start")
        yield group
    finally:
        for process in [*group.members(), group.process]:
            if process.is_running():
                process.kill()
        group.output.close()


def test_a_killed_worker_comes_back_and_ctrl_c_leaves_nothing(served: Served) -> None:
    worker = served.member("--queues gpu")
    assert worker is not None
    children = worker.children()
    worker.kill()

    def is_back() -> bool:
        successor = served.member("--queues gpu")
        return successor is not None and successor.pid != worker.pid

    wait_for(is_back, "the worker to come back")
    wait_for(lambda: not any(child.is_running() for child in children), "its child to end with it")

    everything = served.members()
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(timeout=30) == 0
    assert [process for process in everything if process.is_running()] == []
    assert not served.answers()
    assert "Stopped." in served.said()


def test_the_group_goes_when_its_parent_is_killed(served: Served) -> None:
    everything = served.members()
    assert len(everything) >= 6
    served.process.kill()
    wait_for(lambda: not any(process.is_running() for process in everything), "all processes to end")


def test_a_taken_port_and_a_taken_folder_are_said_plainly(served: Served) -> None:
    same_port = served.run_again("--port", str(served.port))
    assert same_port.returncode != 0
    assert re.search(rf"Port {served.port} is taken", same_port.stderr)
    same_folder = served.run_again("--port", str(free_port()))
    assert same_folder.returncode != 0
    assert "already serves from" in same_folder.stderr
    assert served.answers()
