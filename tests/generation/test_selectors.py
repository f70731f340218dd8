"""Who sees what, the queue, and which engine serves."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import selectors
from generation.errors import EngineUnavailable
from generation.kinds.dance_video import DanceVideo
from generation.models import EngineProfile
from generation.receivers import sync_engine_profiles
from generation.selectors import (
    engine_for,
    jobs_of,
    queue_status,
    uploads_of,
    wait_board,
)
from generation.states import JobState
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, UploadFactory, job_in

pytestmark = pytest.mark.django_db


def test_people_see_their_own_rows_only() -> None:
    user = UserFactory()
    job, _other = JobFactory(owner=user), JobFactory()
    assert list(jobs_of(user)) == [job]
    assert list(uploads_of(user)) == [job.inputs.get().upload]


def test_an_erased_upload_is_gone_for_its_owner() -> None:
    upload = UploadFactory(deleted_at=timezone.now())
    assert not uploads_of(upload.owner).exists()


def test_positions_follow_the_time_of_queueing_not_of_submission() -> None:
    now = timezone.now()
    held_long = JobFactory(photo=False, queued_at=now)
    first = JobFactory(photo=False, queued_at=now - timedelta(seconds=5))
    board = wait_board()
    waits = [board.wait(job) for job in (first, held_long)]
    assert [wait.position for wait in waits if wait] == [1, 2]
    assert board.wait(job_in(JobState.HELD, photo=False)) is None


def test_the_queue_is_read_once_however_many_ask(django_assert_num_queries: Any) -> None:
    jobs = JobFactory.create_batch(3, photo=False)
    wait_board()
    with django_assert_num_queries(0):
        waits = [wait_board().wait(job) for job in jobs]
    assert [wait.position for wait in waits if wait] == [1, 2, 3]


def test_a_job_that_was_just_submitted_has_its_place_at_once() -> None:
    JobFactory.create_batch(2, photo=False)
    wait_board()
    late = JobFactory(photo=False)
    wait = wait_board().wait(late)
    assert wait is not None
    assert wait.position == 3
    assert wait.high_seconds > wait.low_seconds > 0


def test_a_running_job_needs_no_place_on_the_board() -> None:
    wait_board()
    running = job_in(JobState.RUNNING, photo=False)
    lost = job_in(JobState.RUNNING, photo=False, lease_until=timezone.now())
    wait = wait_board().wait(running)
    assert wait is not None
    assert wait.position is None
    assert wait_board().wait(lost) is None


def test_the_queue_as_everybody_sees_it_counts_all_that_wait() -> None:
    empty = queue_status()
    JobFactory.create_batch(3, photo=False)
    selectors._board = None
    full = queue_status()
    assert (empty.queued, full.queued) == (0, 3)
    assert full.wait.low_seconds > empty.wait.low_seconds


def test_the_history_is_read_from_its_index() -> None:
    with CaptureQueriesContext(connection) as queries:
        selectors._history()
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table of no rows is read in any way but this one otherwise.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(explain + queries[-1]["sql"].replace("%", "%%"))
        plan = str(cursor.fetchall())
    assert "job_history" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_the_wait_learns_from_jobs_that_ran() -> None:
    job = JobFactory(photo=False, work_units=2.0)
    guessed = wait_board().wait(job)
    for _ in range(5):
        job_in(
            JobState.SUCCEEDED,
            photo=False,
            work_units=2.0,
            work_seconds=300.0,
            started_at=timezone.now(),
            finished_at=timezone.now(),
            progress=1.0,
        )
    cache.clear()
    selectors._board = None
    learned = wait_board().wait(job)
    assert guessed is not None
    assert learned is not None
    assert guessed.high_seconds < 60 < learned.low_seconds < 300 < learned.high_seconds


def test_the_default_profile_serves_and_a_disabled_one_never() -> None:
    profile = EngineProfile.objects.get(kind="dance_video")
    assert engine_for(DanceVideo()) == profile
    EngineProfile.objects.update(is_enabled=False, is_default=False)
    with pytest.raises(EngineUnavailable):
        engine_for(DanceVideo())


def test_a_migration_keeps_what_an_operator_changed() -> None:
    EngineProfile.objects.update(is_enabled=False, is_default=False, params={"crf": 20})
    sync_engine_profiles()
    profile = EngineProfile.objects.get(kind="dance_video")
    assert (profile.is_enabled, profile.is_default, profile.params) == (False, False, {"crf": 20})
    EngineProfile.objects.all().delete()
    sync_engine_profiles()
    assert EngineProfile.objects.get(kind="dance_video").is_default
