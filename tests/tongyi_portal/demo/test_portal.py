"""Finding a port, and a portal that does not come up."""

import socket
from pathlib import Path

import pytest

from tongyi_portal.demo.app import DemoFailed
from tongyi_portal.demo.portal import Portal, free_port, require_free


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        assert free_port(first) > first
        with pytest.raises(DemoFailed, match=f"Port {first} is taken by another program"):
            require_free(first)


def test_a_portal_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    manage = tmp_path / "manage.py"
    manage.write_text("import sys; print('no room on the disk'); sys.exit(3)")
    with (
        Portal(manage=manage, port=1, log=tmp_path / "serve.log") as portal,
        pytest.raises(DemoFailed, match="no room on the disk"),
    ):
        portal.wait_until("/healthz")


def test_a_reason_is_told_without_the_name_of_its_class(tmp_path: Path) -> None:
    manage = tmp_path / "manage.py"
    manage.write_text("print('Starting.'); raise SystemExit('CommandError: The folder is taken.')")
    with (
        Portal(manage=manage, port=1, log=tmp_path / "serve.log") as portal,
        pytest.raises(DemoFailed, match=r"^The folder is taken\.$"),
    ):
        portal.wait_until("/healthz")


def test_a_portal_that_was_killed_is_told_with_the_signal(tmp_path: Path) -> None:
    manage = tmp_path / "manage.py"
    manage.write_text("import os; print('GET /nothing 200'); os.kill(os.getpid(), 9)")
    with (
        Portal(manage=manage, port=1, log=tmp_path / "serve.log") as portal,
        pytest.raises(DemoFailed, match=r"^The portal was killed \(signal 9\)\.$"),
    ):
        portal.wait_until("/healthz")


def test_leaving_ends_the_portal(tmp_path: Path) -> None:
    manage = tmp_path / "manage.py"
    manage.write_text("import time; time.sleep(600)")
    with Portal(manage=manage, port=1, log=tmp_path / "serve.log") as portal:
        portal.require_running()
    with pytest.raises(DemoFailed, match="signal 15"):
        portal.require_running()
