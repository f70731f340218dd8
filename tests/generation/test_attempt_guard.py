"""Limits of one attempt: time, memory, and what stays of it on the disk."""

import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from generation import attempt_guard, runner
from generation.attempt_guard import AttemptGuard, resident_mb
from generation.models import Job
from generation.services.leases import Lease, job_claim
from generation.states import JobState
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, run_job
from tongyi_portal.common.disk import DiskFull, disk_has_room, disk_require

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


def test_past_the_soft_limit_the_engine_stops_at_its_next_report(engine: PlainEngine, settings: Any) -> None:
    settings.JOB_SOFT_TIME_LIMIT_SECONDS = 0
    drawn: list[int] = []
    engine.before_frame = drawn.append
    job = JobFactory()
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "time_limit")
    assert job.dead_at is not None
    assert drawn == []


class TestKilling:
    """The process is not really killed here; tests/services/test_worker_limits.py does that."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def killed(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        signals: list[int] = []
        monkeypatch.setattr(attempt_guard.os, "kill", lambda _pid, number: signals.append(number))
        monkeypatch.setattr(attempt_guard, "LOOK_EVERY_SECONDS", 0.01)
        return signals

    def guarded(self, job: Job, scratch: Path, killed: list[int], *, may_kill: bool = True) -> Job:
        """An attempt that does nothing until it is killed."""
        claimed = job_claim(job_id=job.pk)
        assert claimed is not None
        scratch.mkdir()
        with Lease(claimed) as lease, AttemptGuard(lease, scratch, may_kill=may_kill) as guard:
            if may_kill:
                guard._thread.join(timeout=0 if killed else 5)
        connection.close()
        return Job.objects.get(pk=job.pk)

    @pytest.mark.parametrize(
        ("limits", "code"),
        [
            ({"JOB_HARD_TIME_LIMIT_SECONDS": 0}, "time_limit"),
            ({"JOB_MEMORY_LIMIT_MB": 1}, "engine_out_of_memory"),
        ],
    )
    def test_the_job_ends_with_the_reason_before_the_process_does(
        self, limits: dict[str, int], code: str, killed: list[int], settings: Any, tmp_path: Path
    ) -> None:
        for name, value in limits.items():
            setattr(settings, name, value)
        job = self.guarded(JobFactory(photo=False), tmp_path / "attempt", killed)
        assert (job.state, job.error_code, job.lease_token) == (JobState.FAILED, code, "")
        assert killed[0] == signal.SIGKILL
        assert not (tmp_path / "attempt").exists()

    def test_nothing_is_killed_below_the_limits_or_in_a_process_that_is_not_a_workers(
        self, killed: list[int], settings: Any, tmp_path: Path
    ) -> None:
        settings.JOB_HARD_TIME_LIMIT_SECONDS = 0
        job = self.guarded(JobFactory(photo=False), tmp_path / "attempt", killed, may_kill=False)
        assert (job.state, killed) == (JobState.RUNNING, [])


def test_the_memory_of_a_process_is_what_it_holds() -> None:
    before = resident_mb()
    held = bytearray(b"x" * 200 * 2**20)
    after = resident_mb()
    assert before is not None
    assert after is not None
    assert after - before > 150
    assert held


def test_temporary_files_of_any_code_go_with_the_attempt(engine: PlainEngine, scratch_root: Path) -> None:
    made: list[Path] = []

    def leave_a_file(number: int) -> None:
        if number == 0:
            with tempfile.NamedTemporaryFile(delete=False) as file:
                made.append(Path(file.name))

    engine.before_frame = leave_a_file
    usual = tempfile.gettempdir()
    run_job(JobFactory().pk)
    assert made[0].is_relative_to(scratch_root)
    assert not made[0].exists()
    assert tempfile.gettempdir() == usual


def test_a_worker_clears_what_lost_attempts_left_before_it_takes_a_job(scratch_root: Path) -> None:
    stale = scratch_root / "00000000-0000-0000-0000-000000000000.gone"
    (stale / "engine").mkdir(parents=True)
    assert runner.run_next() is None
    assert not stale.exists()


def test_no_job_is_accepted_while_the_disk_is_nearly_full(settings: Any) -> None:
    disk_require()
    settings.MIN_FREE_DISK_MB = 2**40
    with pytest.raises(DiskFull) as caught:
        disk_require()
    assert (caught.value.code, caught.value.http_status) == ("disk_full", 503)
    assert caught.value.details == {"retry_after_seconds": 60}


def test_a_folder_that_is_not_there_yet_is_judged_by_the_disk_it_will_lie_on(tmp_path: Path) -> None:
    assert disk_has_room(tmp_path / "scratch" / "deeper")
