"""RunningPortal: `manage.py serve` as a user runs it, with a folder, a database and a port of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

PATIENCE_SECONDS = 60


class RunningPortal:
    """One running group. `environment` adds to, or replaces, variables of this process.

    root: the folder of manage.py. folder: an empty one. Call `kill` at the end of the test.
    """

    def __init__(self, root: Path, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.root, self.folder, self.port = root, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "VAR_DIR": str(folder),
            "MODELS_ROOT": str(root / "var" / "models"),
            "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.dev",
            "DEBUG": "0",
            **(environment or {}),
        }
        self.process: psutil.Popen | None = None

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def run_python(self, script: str) -> str:
        """What a script prints that runs in the portal's environment after django.setup()."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{script}"],
            cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        """Start, and return once the web server answers and both workers are ready."""
        with (self.folder / "output.txt").open("w") as output:
            self.process = psutil.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=self.root, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        wait_for(lambda: self.answers() and self.said().count(" ready.") >= 2, "the group to start")

    def members(self) -> list[psutil.Process]:
        """Every process below the group's head."""
        if self.process is None or not self.process.is_running():
            return []
        return self.process.children(recursive=True)

    def worker(self, queue: str) -> psutil.Process | None:
        """The main process of the queue's worker, without its child."""
        for member in self.members():
            try:
                if f"--queues {queue}" in " ".join(member.cmdline()):
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

    def kill(self) -> None:
        if self.process is None:
            return
        for process in [*self.members(), self.process]:
            if process.is_running():
                process.kill()
        self.process.wait()


def wait_for(claim: Callable[[], object], what: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Return once `claim` is true; fail the test when it takes too long."""
    ends = time.monotonic() + patience_seconds
    while not claim():
        assert time.monotonic() < ends, f"waited in vain for {what}"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
