"""Portal: `manage.py serve` as a child process of the demo."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tongyi_portal.demo.app import DemoFailed

START_SECONDS = 240  # a busy machine took 100
STOP_SECONDS = 30
_PORTS_TO_TRY = 50
_REASON = "CommandError: "  # how manage.py begins what it has to say before it ends


class Portal:
    """Starts the portal on entering and stops it on leaving the `with` block.

    manage: path of manage.py. port: a free one. log: file that takes what the group prints.
    """

    def __init__(self, *, manage: Path, port: int, log: Path) -> None:
        self.manage, self.port, self.log = manage, port, log
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "tongyi_portal.serving.tied",
            "TERM",
            sys.executable,
            str(self.manage),
        ]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, "serve", "--port", str(self.port)],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops the portal in order
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_until(self, path: str) -> None:
        """Return once the portal answers `path` with 200. Raises DemoFailed when it ends or takes long."""
        ends = time.monotonic() + START_SECONDS
        said = "no answer"
        while time.monotonic() < ends:
            self.require_running()
            try:
                answer = httpx.get(f"{self.url}{path}", timeout=5, trust_env=False)
                if answer.status_code == httpx.codes.OK:
                    return
                said = answer.text.strip()[:500]
            except httpx.HTTPError as error:
                said = str(error)
            time.sleep(0.2)
        raise DemoFailed(f"The portal is not ready after {START_SECONDS} s: {said}. See {self.log}.")

    def require_running(self) -> None:
        """Raise DemoFailed when the portal has ended: with its signal, its own reason or its last lines."""
        code = None if self._process is None else self._process.poll()
        if code is None:
            return
        if code < 0:
            raise DemoFailed(f"The portal was killed (signal {-code}).")
        lines = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        if lines and lines[-1].startswith(_REASON):
            raise DemoFailed(lines[-1].removeprefix(_REASON))
        raise DemoFailed("The portal ended by itself. Its last words:\n" + "\n".join(lines))


def free_port(first: int) -> int:
    """The first port from `first` on that nothing listens on. Raises DemoFailed when there is none near."""
    for port in range(first, first + _PORTS_TO_TRY):
        if _is_free(port):
            return port
    raise DemoFailed(f"Ports {first} to {first + _PORTS_TO_TRY - 1} are all taken.")


def require_free(port: int) -> int:
    """The port itself. Raises DemoFailed when another program listens on it."""
    if not _is_free(port):
        raise DemoFailed(
            f"Port {port} is taken by another program. Choose another one, or none: then a free one is found."
        )
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
