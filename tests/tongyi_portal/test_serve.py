"""`manage.py serve` with real processes and real signals."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_portal import RunningPortal, free_port, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def portal(project_root: Path, tmp_path: Path) -> Iterator[RunningPortal]:
    group = RunningPortal(project_root, tmp_path)
    migrated = group.manage("migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    try:
        group.start()
        yield group
    finally:
        group.kill()


def test_a_killed_worker_comes_back_and_ctrl_c_leaves_nothing(portal: RunningPortal) -> None:
    worker = portal.worker("gpu")
    assert worker is not None
    children = worker.children()
    worker.kill()

    def is_back() -> bool:
        successor = portal.worker("gpu")
        return successor is not None and successor.pid != worker.pid

    wait_for(is_back, "the worker to come back")
    wait_for(lambda: not any(child.is_running() for child in children), "its child to end with it")

    everything = portal.members()
    assert portal.process is not None
    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(timeout=30) == 0
    assert [process for process in everything if process.is_running()] == []
    assert not portal.answers()
    assert "Stopped." in portal.said()


def test_the_group_goes_when_its_head_is_killed(portal: RunningPortal) -> None:
    everything = portal.members()
    assert len(everything) >= 6
    assert portal.process is not None
    portal.process.kill()
    wait_for(lambda: not any(process.is_running() for process in everything), "all processes to end")


def test_a_taken_port_and_a_taken_folder_are_said_plainly(portal: RunningPortal) -> None:
    same_port = portal.manage("serve", "--port", str(portal.port))
    assert same_port.returncode != 0
    assert f"Port {portal.port} is taken" in same_port.stderr
    same_folder = portal.manage("serve", "--port", str(free_port()))
    assert same_folder.returncode != 0
    assert "already serves from" in same_folder.stderr
    assert portal.answers()


def test_a_database_without_its_tables_is_said_plainly(project_root: Path, tmp_path: Path) -> None:
    group = RunningPortal(project_root, tmp_path)
    refused = group.manage("serve", "--port", str(group.port))
    assert refused.returncode != 0
    assert "manage.py migrate" in refused.stderr


@pytest.mark.parametrize(("host", "debug", "is_refused"), [("0.0.0.0", "1", True), ("0.0.0.0", "0", False)])
def test_debug_pages_are_served_to_this_machine_alone(
    project_root: Path, tmp_path: Path, host: str, debug: str, is_refused: bool
) -> None:
    group = RunningPortal(project_root, tmp_path, {"DEBUG": debug})
    refused = group.manage("serve", "--host", host, "--port", str(group.port))
    assert refused.returncode != 0
    assert ("Debug pages would be open" in refused.stderr) == is_refused
    assert ("manage.py migrate" in refused.stderr) != is_refused
