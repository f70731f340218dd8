"""Which job a worker takes: the next by the fair order, that it may and can do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from generation.engines.base import EngineNeeds
from generation.models import Job, JobTier, QueueShare
from generation.selectors import wait_board
from generation.services import claims
from generation.services.claims import job_claim_next
from generation.states import JobState
from generation.worker_offer import WorkerOffer
from tests.factories.accounts import UserFactory, token_for, user_with
from tests.factories.generation import JobFactory, job_in
from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.common import disk, roles

pytestmark = pytest.mark.django_db
ALL = WorkerOffer(memory_mb=64_000, gpu_memory_mb=0, has_weights=lambda _key: True)


def waiting(seconds: float = 0.0, **fields: Any) -> Job:
    job: Job = JobFactory(photo=False, queued_at=timezone.now() - timedelta(seconds=seconds), **fields)
    return job


def app_token() -> ApiToken:
    return token_for(user_with(roles.APP))[0]


def take(offer: WorkerOffer = ALL, loaded: tuple[str, ...] = ()) -> Job | None:
    return job_claim_next(offer=offer, loaded=loaded)


def test_jobs_are_taken_by_the_positions_that_people_are_told() -> None:
    flood = UserFactory()
    jobs = [waiting(60 - number, owner=flood) for number in range(4)]
    jobs += [waiting(20), waiting(10, tier=JobTier.BATCH), waiting(5)]
    QueueShare.objects.create(group="studio", weight=1, max_in_flight=9)
    places = wait_board().places
    taken = [job.pk for job in iter(take, None) if job]
    assert taken == sorted((job.pk for job in jobs), key=places.__getitem__)
    assert taken[-1] == jobs[5].pk
    assert taken.index(jobs[4].pk) < taken.index(jobs[1].pk)


def test_an_apps_weight_counts_and_is_read_at_each_claim() -> None:
    heavy, light = app_token(), app_token()
    QueueShare.objects.create(account=heavy.owner, weight=3)
    for token in (heavy, light):
        for number in range(6):
            waiting(30 - number, owner=token.owner, token=token)
    taken = [take() for _ in range(8)]
    owners = [job.owner for job in taken if job]
    assert (owners.count(heavy.owner), owners.count(light.owner)) == (6, 2)


def test_a_person_has_so_many_jobs_in_work_and_no_more(settings: Any) -> None:
    settings.PERSON_IN_FLIGHT = 1
    person = UserFactory()
    job_in(JobState.RUNNING, owner=person, photo=False)
    waiting(600, owner=person)
    other = waiting(1)
    assert take() == other
    assert take() is None


def test_an_app_has_any_number_unless_its_share_says_otherwise(settings: Any) -> None:
    settings.PERSON_IN_FLIGHT = 1
    token = app_token()
    for _ in range(3):
        waiting(owner=token.owner, token=token)
    assert (take(), take()) != (None, None)
    QueueShare.objects.create(account=token.owner, max_in_flight=2)
    assert take() is None


def test_a_paused_job_waits_and_comes_last() -> None:
    paused = waiting(600, not_before=timezone.now() + timedelta(seconds=30))
    other = waiting()
    assert [wait_board().places[job.pk] for job in (other, paused)] == [1, 2]
    assert [take(), take()] == [other, None]


def test_a_job_whose_engine_the_worker_cannot_serve_is_left_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = waiting(60)
    extraction = waiting(kind="pose_extract", engine_key="motion")
    small = WorkerOffer(memory_mb=500, gpu_memory_mb=0, has_weights=lambda _key: True)
    monkeypatch.setattr("generation.engines.motion.engine.MotionEngine.needs", EngineNeeds(memory_mb=100))
    assert [take(small), take(small)] == [extraction, None]
    assert take() == large


def test_a_worker_prefers_the_engine_that_it_has_loaded_until_the_head_has_waited(settings: Any) -> None:
    head = waiting(20)
    extraction = waiting(kind="pose_extract", engine_key="motion")
    assert take(loaded=("motion",)) == extraction
    waiting(kind="pose_extract", engine_key="motion")
    settings.AFFINITY_PATIENCE_SECONDS = 10
    assert take(loaded=("motion",)) == head


def test_the_next_one_is_taken_when_another_worker_was_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = waiting(60), waiting(30)
    real = claims.job_claim

    def raced(**given: Any) -> Job | None:
        Job.objects.filter(pk=first.pk, state=JobState.QUEUED).update(state=JobState.CANCELLED)
        return real(**given)

    monkeypatch.setattr(claims, "job_claim", raced)
    assert take() == second


def test_nothing_is_taken_while_the_disk_is_nearly_full(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    job = waiting()
    settings.MIN_FREE_DISK_MB = 500
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 499 * 2**20}))
    assert take() is None
    assert (Job.objects.get().state, Job.objects.get().attempt) == (JobState.QUEUED, 0)
    settings.MIN_FREE_DISK_MB = 400
    assert take() == job


@pytest.mark.parametrize(
    ("offer", "serves"),
    [
        (WorkerOffer(1000, 8000, lambda _key: True), True),
        (WorkerOffer(999, 8000, lambda _key: True), False),
        (WorkerOffer(1000, 7999, lambda _key: True), False),
        (WorkerOffer(1000, 8000, lambda key: key != "pose"), False),
        (WorkerOffer(1000, 8000, lambda _key: True, frozenset({"other"})), False),
        (WorkerOffer(1000, 8000, lambda _key: True, frozenset({"wan"})), True),
    ],
)
def test_what_a_worker_serves(offer: WorkerOffer, serves: bool) -> None:
    needs = EngineNeeds(memory_mb=1000, gpu_memory_mb=8000, weights=("pose",))
    assert offer.serves("wan", needs) is serves
