"""Who sees what, the queue, and which engine serves."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from generation.errors import EngineUnavailable
from generation.kinds.dance_video import DanceVideo
from generation.models import EngineProfile
from generation.receivers import sync_engine_profiles
from generation.selectors import engine_for, jobs_of, queue_position, template_uses, uploads_of, wait_board
from generation.states import JobState
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, UploadFactory, job_in
from tests.factories.templates import live_template

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
    assert [queue_position(first), queue_position(held_long)] == [1, 2]
    waits = [board.wait(job) for job in (first, held_long)]
    assert [wait.position for wait in waits if wait] == [1, 2]
    assert queue_position(job_in(JobState.HELD, photo=False)) is None


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
    learned = wait_board().wait(job)
    assert guessed is not None
    assert learned is not None
    assert guessed.high_seconds < 60 < learned.low_seconds < 300 < learned.high_seconds


def test_uses_are_counted_for_each_template() -> None:
    used, unused = live_template(), live_template()
    JobFactory.create_batch(2, photo=False, template_version=used.live_version)
    assert template_uses([used.pk, unused.pk]) == {used.pk: 2}
    assert template_uses([used.pk], since=timezone.now()) == {}


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
