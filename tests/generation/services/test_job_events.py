"""Events of usage equal the tables they come from, on every path that a job can take."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from generation.engines.base import EngineError, JobCancelled
from generation.errors import ResultNotReady
from generation.models import Artifact, Job, Upload
from generation.services import leases
from generation.services.erasing import job_erase, upload_take_down
from generation.services.jobs import job_cancel, job_retry, job_submit
from generation.services.leases import Lease, job_claim, jobs_requeue_lost
from generation.services.photo_checks import photos_check
from generation.services.result_uses import ResultUse, result_use
from generation.services.uploads import upload_accept, upload_decide, upload_erase
from generation.states import JobState
from moderation.models import Decision
from moderation.services.reviews import review_claim_next, review_resolve
from templates_app.models import TemplateVersion
from tests.factories.accounts import token_for, user_with
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, UploadFactory, run_job
from tests.factories.scanners import BLOCKED, DOUBTFUL, PASSED
from tests.factories.templates import live_template
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.usage.models import EventCorrection, LateHour, UsageEvent, UsageKind
from tongyi_portal.usage.services import reconciling
from tongyi_portal.usage.services.reconciling import usage_reconcile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


def minute_of(moment: Any) -> Any:
    return moment.replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare up to now: nothing of a test is committed later."""
    monkeypatch.setattr(reconciling, "UNSETTLED", timedelta(seconds=-1))


@pytest.fixture
def owner() -> User:
    return user_with(roles.APP, username="ming-ling")


@pytest.fixture
def template() -> Any:
    return live_template()


def differences() -> list[str]:
    return [str(found) for found in usage_reconcile(since=timezone.now() - timedelta(hours=1))]


def photo(owner: User, colour: tuple[int, int, int] = PASSED, **fields: Any) -> Upload:
    """An uploaded picture of one colour, by which the scanner judges it."""
    pixels = np.full((320, 256, 3), colour, np.uint8)
    data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    return upload_accept(by=owner, data=data, surface="photo", **fields)


def submit(owner: User, template: Any, picture: Upload, **fields: Any) -> Job:
    params = {
        "photo": picture.pk,
        "template": template.slug,
        "duration_seconds": 2,
        "size": "432x768",
        "fps": 24,
        "with_music": True,
    }
    return job_submit(by=owner, kind_key="dance_video", params=params, **fields).job


def kinds_of(job: Job) -> list[str]:
    """What was recorded since the job was submitted, in order, without moderation."""
    events = UsageEvent.objects.exclude(kind__in=[UsageKind.MODERATED, UsageKind.UPLOAD]).order_by("id")
    return [str(kind) for kind in events.filter(job_kind=job.kind).values_list("kind", flat=True)]


def run(job: Job) -> Job:
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def lose_its_worker(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs_requeue_lost()


def test_a_video_is_told_of_from_its_photo_to_its_being_shared(
    engine: PlainEngine, owner: User, template: Any
) -> None:
    token, _secret = token_for(owner)
    picture = photo(owner, token=token)
    Upload.objects.filter(pk=picture.pk).update(subject_kind="comic")
    job = run(submit(owner, template, picture, token=token))
    for use in ResultUse:
        assert result_use(job=job, use=use)
        assert not result_use(job=job, use=use)
    job_erase(job_id=job.pk)
    assert kinds_of(job) == [
        *("submitted", "started", "finished", "watched", "downloaded", "shared", "deleted"),
    ]
    assert not differences()
    events = {event.kind: event for event in UsageEvent.objects.filter(job_kind="dance_video")}
    assert {event.template_id for event in events.values()} == {template.pk}
    assert {event.app_id for event in events.values()} == {token.pk}
    assert {event.engine for event in events.values()} == {"animation"}
    assert {event.subject_kind for event in events.values()} == {"comic"}
    started, finished = events["started"], events["finished"]
    assert started.wait_ms == round((job.started_at - job.queued_at).total_seconds() * 1000)
    assert finished.run_ms == round(job.work_seconds * 1000)
    assert finished.at == job.made_at
    video = Artifact.objects.get(job=job, role="video")
    assert (events["watched"].at, events["shared"].at) == (
        minute_of(video.watched_at),
        minute_of(video.shared_at),
    )
    moderated = UsageEvent.objects.filter(kind=UsageKind.MODERATED).order_by("id")
    assert list(moderated.values_list("surface", "code", "scanner", "app_id")) == [
        ("photo", "pass", "", token.pk),
        ("output", "pass", "", token.pk),
        ("output", "pass", "", token.pk),
    ]
    persons = set(UsageEvent.objects.exclude(person=None).values_list("kind", "person"))
    assert {kind for kind, _person in persons} == {"upload", "submitted", "watched", "downloaded", "shared"}
    assert len({person for _kind, person in persons}) == 1


def test_no_event_says_who_it_was_or_what_was_asked(engine: PlainEngine, owner: User, template: Any) -> None:
    picture = photo(owner)
    job = run(submit(owner, template, picture))
    result_use(job=job, use=ResultUse.WATCHED)
    told = " ".join(str(value) for row in UsageEvent.objects.values() for value in row.values())
    for secret in (owner.pk, picture.pk, job.pk, owner.username, picture.key, picture.sha256, template.slug):
        assert str(secret) not in told
    assert owner.pk.hex not in told.replace("-", "")


def test_a_failure_has_its_code_and_how_long_it_took(engine: PlainEngine, owner: User, template: Any) -> None:
    def fail(_number: int) -> None:
        raise EngineError("photo_no_person", "Nobody is there.", is_users_fault=True)

    engine.before_frame = fail
    job = run(submit(owner, template, photo(owner)))
    assert kinds_of(job) == ["submitted", "started", "failed"]
    failed = UsageEvent.objects.get(kind=UsageKind.FAILED)
    assert failed.code == "photo_no_person"
    assert failed.run_ms == round((job.finished_at - job.started_at).total_seconds() * 1000)
    assert not differences()


def test_a_lost_worker_makes_a_second_start_whose_wait_does_not_count(owner: User, template: Any) -> None:
    job = submit(owner, template, photo(owner))
    job_claim(job_id=job.pk)
    lose_its_worker(job)
    job_claim(job_id=job.pk)
    waits = UsageEvent.objects.filter(kind=UsageKind.STARTED).order_by("id").values_list("wait_ms", flat=True)
    assert [wait is None for wait in waits] == [False, True]
    assert not differences()


def test_a_job_that_loses_all_its_workers_fails_once(owner: User, template: Any, settings: Any) -> None:
    settings.JOB_MAX_ATTEMPTS = 2
    job = submit(owner, template, photo(owner))
    for _attempt in range(2):
        job_claim(job_id=job.pk)
        lose_its_worker(job)
    assert kinds_of(job) == ["submitted", "started", "started", "failed"]
    assert UsageEvent.objects.get(kind=UsageKind.FAILED).code == "attempts_exhausted"
    assert not differences()


def test_a_job_that_its_worker_gives_back_after_a_cancel_is_cancelled(owner: User, template: Any) -> None:
    job = submit(owner, template, photo(owner))
    claimed = job_claim(job_id=job.pk)
    assert claimed is not None
    job_cancel(job=job, by=owner)
    Lease(claimed).give_back("worker_stopped", "The worker was stopped.")
    assert kinds_of(job) == ["submitted", "started", "cancelled"]
    assert not differences()


@pytest.mark.parametrize("is_running", [False, True])
def test_a_cancelled_job_is_told_of_once_and_without_a_code(
    engine: PlainEngine, owner: User, template: Any, is_running: bool
) -> None:
    job = submit(owner, template, photo(owner))

    def cancel(number: int) -> None:
        if number == 1:
            job_cancel(job=Job.objects.get(pk=job.pk), by=owner)
            raise JobCancelled

    if is_running:
        engine.before_frame = cancel
        run(job)
    else:
        job_cancel(job=job, by=owner)
    job_cancel(job=Job.objects.get(pk=job.pk), by=owner)
    assert kinds_of(job) == ["submitted", *(["started"] if is_running else []), "cancelled"]
    assert UsageEvent.objects.get(kind=UsageKind.CANCELLED).code == ""
    assert not differences()


def test_a_job_whose_photo_is_refused_in_review_ends_with_the_reason(owner: User, template: Any) -> None:
    picture = photo(owner, DOUBTFUL)
    job = submit(owner, template, picture)
    moderator = user_with(roles.MODERATOR)
    review_resolve(review_claim_next(moderator), moderator, False, "gore", "")
    upload_decide(upload_id=picture.pk, approved=False, reason_codes=["gore"])
    assert kinds_of(job) == ["submitted", "cancelled"]
    assert UsageEvent.objects.get(kind=UsageKind.CANCELLED).code == "gore"
    verdicts = UsageEvent.objects.filter(kind=UsageKind.MODERATED).order_by("id")
    assert list(verdicts.values_list("surface", "code", "reason", "scanner")) == [
        ("photo", "review", "sexual_nudity", "colour"),
        ("photo", "block", "gore", ""),
    ]
    assert not differences()


def test_a_job_that_runs_while_its_photo_is_blocked_ends_with_the_reason(owner: User, template: Any) -> None:
    picture = photo(owner)
    job = submit(owner, template, picture)
    claimed = job_claim(job_id=job.pk)
    assert claimed is not None
    upload_decide(upload_id=picture.pk, approved=False, reason_codes=["gore"])
    Lease(claimed).cancelled()
    assert kinds_of(job) == ["submitted", "started", "cancelled"]
    assert UsageEvent.objects.get(kind=UsageKind.CANCELLED).code == "gore"
    assert not differences()


def test_a_refused_result_was_made_all_the_same(engine: PlainEngine, owner: User, template: Any) -> None:
    engine.colour = BLOCKED
    job = run(submit(owner, template, photo(owner)))
    assert job.state == JobState.REJECTED
    assert kinds_of(job) == ["submitted", "started", "finished"]
    assert set(
        UsageEvent.objects.filter(surface="output").values_list("code", "reason", "scanner", "job_kind")
    ) == {("block", "sexual_explicit", "colour", "dance_video")}
    assert not differences()


def test_a_result_that_waits_for_review_was_made_and_may_still_be_cancelled(
    engine: PlainEngine, owner: User, template: Any
) -> None:
    engine.colour = DOUBTFUL
    job = run(submit(owner, template, photo(owner)))
    assert (job.state, job.finished_at) == (JobState.IN_REVIEW, None)
    with pytest.raises(ResultNotReady):
        result_use(job=job, use=ResultUse.WATCHED)
    assert job.reason_codes
    job = job_cancel(job=job, by=owner)
    assert kinds_of(job) == ["submitted", "started", "finished", "cancelled"]
    assert (job.reason_codes, UsageEvent.objects.get(kind=UsageKind.CANCELLED).code) == ([], "")
    assert not differences()


def test_a_withdrawn_consent_cancels_what_waits_and_takes_the_photo(
    engine: PlainEngine, owner: User, template: Any
) -> None:
    picture = photo(owner)
    done, waiting = run(submit(owner, template, picture)), submit(owner, template, picture)
    upload_take_down(upload_id=picture.pk)
    counts = Counter(kinds_of(done))
    assert (counts["cancelled"], counts["finished"]) == (1, 1)
    assert UsageEvent.objects.get(kind=UsageKind.CANCELLED).code == "likeness_consent"
    assert UsageEvent.objects.get(kind=UsageKind.DELETED).surface == "photo"
    assert Job.objects.get(pk=waiting.pk).state == JobState.CANCELLED
    assert not differences()


def test_an_erased_photo_ends_the_jobs_that_need_it(owner: User, template: Any) -> None:
    picture = photo(owner)
    job = submit(owner, template, picture)
    upload_erase(upload=picture)
    upload_erase(upload=picture)
    assert kinds_of(job) == ["submitted", "cancelled"]
    assert UsageEvent.objects.filter(kind=UsageKind.DELETED).count() == 1
    assert not differences()


def test_a_retry_and_a_repeated_request_count_as_what_they_are(owner: User, template: Any) -> None:
    picture = photo(owner)
    job = submit(owner, template, picture, idempotency_key="k", body_sha256="b")
    submit(owner, template, picture, idempotency_key="k", body_sha256="b")
    job_cancel(job=job, by=owner)
    job_retry(job=Job.objects.get(pk=job.pk), by=owner)
    assert kinds_of(job) == ["submitted", "cancelled", "submitted"]
    assert not differences()


def test_counts_of_events_are_counts_of_rows(engine: PlainEngine, owner: User, template: Any) -> None:
    pictures = [photo(owner), photo(owner), photo(owner, BLOCKED), photo(owner, DOUBTFUL)]
    jobs = [submit(owner, template, pictures[number % 2]) for number in range(4)]
    run(jobs[0])
    result_use(job=jobs[0], use=ResultUse.SHARED)
    job_cancel(job=jobs[1], by=owner)
    job_claim(job_id=jobs[2].pk)
    upload_erase(upload=pictures[1])
    counts = Counter(UsageEvent.objects.values_list("kind", flat=True))
    assert counts == {
        UsageKind.UPLOAD: Upload.objects.count(),
        UsageKind.MODERATED: Decision.objects.count(),
        UsageKind.SUBMITTED: Job.objects.count(),
        UsageKind.STARTED: sum(Job.objects.values_list("attempt", flat=True)),
        UsageKind.FINISHED: Job.objects.filter(made_at__isnull=False).count(),
        UsageKind.CANCELLED: Job.objects.filter(state=JobState.CANCELLED).count(),
        UsageKind.SHARED: Artifact.objects.filter(shared_at__isnull=False).count(),
        UsageKind.DELETED: Upload.objects.filter(deleted_at__isnull=False).count(),
    }
    assert not differences()


def test_a_submission_that_is_rolled_back_leaves_no_event(owner: User, template: Any) -> None:
    picture = UploadFactory(owner=owner)
    with transaction.atomic():
        submit(owner, template, picture)
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not UsageEvent.objects.filter(kind=UsageKind.SUBMITTED).exists()


def test_an_event_that_cannot_be_written_takes_the_change_with_it(
    owner: User, template: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any, **_more: Any) -> None:
        raise RuntimeError("no space left")

    job = JobFactory(owner=owner)
    monkeypatch.setattr(leases, "job_record", broken)
    with pytest.raises(RuntimeError):
        job_claim(job_id=job.pk)
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED


def test_a_photo_that_cannot_dance_is_counted_with_its_first_fault(owner: User, template: Any) -> None:
    picture = UploadFactory(owner=owner)
    version = TemplateVersion.objects.get(pk=template.live_version_id)
    report = photos_check(uploads=[picture], version=version)
    [failed] = UsageEvent.objects.filter(kind=UsageKind.CHECK_FAILED)
    assert failed.code == report.photos[0].faults[0].code == "no_person"
    assert (failed.surface, failed.template_id) == ("photo", template.pk)
    assert (failed.subject_kind, Upload.objects.get().subject_kind) == ("unknown", "unknown")


def test_planted_differences_are_found_in_every_table_and_missing_events_are_written(
    engine: PlainEngine, owner: User, template: Any
) -> None:
    photo(owner)
    moment = timezone.now() - timedelta(minutes=5)
    job = JobFactory(
        owner=owner,
        state=JobState.FAILED,
        error_code="engine_error",
        made_at=moment,
        started_at=moment,
        finished_at=moment,
        erased_at=moment,
        attempt=1,
    )
    JobFactory(owner=owner, state=JobState.CANCELLED, finished_at=moment)
    upload = job.inputs.get().upload
    Upload.objects.filter(pk=upload.pk).update(deleted_at=moment)
    job.artifacts.create(
        role="video",
        mime="video/mp4",
        byte_size=1,
        width=2,
        height=2,
        watched_at=moment,
        downloaded_at=moment,
        shared_at=moment,
    )
    with transaction.atomic():
        UsageEvent.objects.create(kind=UsageKind.SHARED, at=moment, job_kind="no_such_kind")
    since = timezone.now() - timedelta(hours=1)
    found = usage_reconcile(since=since, is_repairing=True)
    missing = {(one.table, one.what.split("“")[1].split("”")[0], one.rows) for one in found if one.repaired}
    assert missing == {
        ("generation_upload", "upload", 2),
        ("generation_upload", "deleted", 1),
        ("generation_job", "submitted", 2),
        ("generation_job", "started", 1),
        ("generation_job", "finished", 1),
        ("generation_job", "failed", 1),
        ("generation_job", "cancelled", 1),
        ("generation_job", "deleted", 1),
        ("generation_artifact", "watched", 1),
        ("generation_artifact", "downloaded", 1),
        ("generation_artifact", "shared", 1),
    }
    [left] = usage_reconcile(since=since)
    assert (left.table, left.what, left.rows) == ("generation_artifact", "events “shared” have no row", 1)


def forget(event: UsageEvent) -> None:
    """Take an event away as if it had never been written: the database lets corrected ones go."""
    EventCorrection.objects.create(event=event.pk, at=event.at)
    UsageEvent.objects.filter(pk=event.pk, at=event.at).delete()
    EventCorrection.objects.all().delete()


@pytest.mark.parametrize(
    ("kind", "column", "wrong"),
    [
        (UsageKind.UPLOAD, "app_id", "another"),
        (UsageKind.MODERATED, "reason", "gore"),
        (UsageKind.MODERATED, "code", "review"),
        (UsageKind.SUBMITTED, "engine", "steam"),
        (UsageKind.SUBMITTED, "template_id", UUID(int=1)),
        (UsageKind.STARTED, "wait_ms", 86_400_000),
        (UsageKind.FINISHED, "run_ms", None),
        (UsageKind.FINISHED, "subject_kind", "statue"),
        (UsageKind.WATCHED, "engine", ""),
    ],
)
def test_an_event_that_tells_something_else_than_its_row_is_found_and_replaced(
    engine: PlainEngine, owner: User, template: Any, kind: UsageKind, column: str, wrong: Any
) -> None:
    app, _secret = token_for(owner)
    wrong = app.pk if column == "app_id" else wrong
    job = run(submit(owner, template, photo(owner)))
    result_use(job=job, use=ResultUse.WATCHED)
    assert not differences()
    right = UsageEvent.objects.filter(kind=kind).order_by("pk").first()
    assert right is not None
    facts = {field.attname: getattr(right, field.attname) for field in UsageEvent._meta.concrete_fields}
    forget(right)
    planted = UsageEvent.objects.create(**facts | {"id": None, column: wrong})
    [found] = differences()
    assert f"events “{kind}” tell something else than their rows ({column})" in found
    usage_reconcile(since=timezone.now() - timedelta(hours=1), is_repairing=True)
    assert not differences()
    mended = UsageEvent.objects.filter(kind=kind).order_by("pk").last()
    assert mended is not None
    assert {name: getattr(mended, name) for name in facts if name != "id"} == {
        name: value for name, value in facts.items() if name != "id"
    }
    assert EventCorrection.objects.get().event == planted.pk
    assert LateHour.objects.exists()
