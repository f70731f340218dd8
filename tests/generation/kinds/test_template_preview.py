"""template_preview: a draft is shown on every standard character that fits, labelled, or is a draft again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import TestCase

from generation import preview_rendering, runner
from generation.engines.base import DanceRequest, EngineContext, EngineError, VideoResult
from generation.models import Artifact, Job
from generation.services.cover_moments import cover_from_moment
from generation.services.jobs import job_cancel, job_retry
from generation.services.previews import preview_render, previews_render_missing
from generation.states import JobState
from moderation.provenance.metadata import read_image, read_video
from templates_app.curation_selectors import version_history
from templates_app.models import Preview, PreviewKind, TemplateVersion
from templates_app.motion_errors import CoverUnknown, VersionNotEditable, VersionNotPreparable
from templates_app.services.bundles import template_export, template_import
from templates_app.services.editing import version_draft, version_edit
from templates_app.services.gates import previews_missing
from templates_app.services.preparing import version_choose_cover, version_prepare
from templates_app.services.versions import PreviewsFixed
from templates_app.states import VersionState
from templates_app.work import work_on
from tests.factories.accounts import UserFactory
from tests.factories.engines import PlainEngine
from tests.factories.generation import run_job
from tests.factories.motions import take_of
from tests.factories.takes import draft_of_pair, pair_poses
from tests.factories.templates import superuser, version_of
from tongyi_portal.common import storage
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    """The characters are not drawn here; tests of their own do that."""
    monkeypatch.setattr(
        preview_rendering, "draw_dancer", lambda _key, _height, folder: np.zeros((8, 6, 3), np.uint8)
    )


@pytest.fixture
def casts(engine: PlainEngine, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Who dances together, one after the other."""
    seen: list[tuple[str, ...]] = []
    render = engine.run

    def run(request: DanceRequest, context: EngineContext) -> VideoResult:
        seen.append(tuple(photo.stem for photo in request.photos))
        return render(request, context)

    monkeypatch.setattr(engine, "run", run)
    return seen


def draft(**fields: Any) -> TemplateVersion:
    take = take_of()
    version = version_draft(template=take.template, take=take, by=superuser())
    TemplateVersion.objects.filter(pk=version.pk).update(**fields) if fields else None
    version.refresh_from_db()
    return version


def prepare(version: TemplateVersion) -> Job:
    version_prepare(version=version, by=superuser())
    return Job.objects.get(kind="template_preview", state=JobState.QUEUED)


def run(job: Job) -> Job:
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_job(job.pk)
    job.refresh_from_db()
    return job


def cancel_at(number: int, job: Job) -> None:
    if number == 3:
        job_cancel(job=job, by=job.owner)


def stored(version: TemplateVersion, job: Job) -> set[str]:
    return set(storage.keys_below(storage.PREVIEWS, storage.preview_folder(version.pk, job.pk)))


def kinds_of(version: TemplateVersion) -> set[tuple[str, str]]:
    return set(version.previews.values_list("kind", "character"))


def test_every_character_that_fits_dances_and_each_file_carries_its_label(
    engine: PlainEngine, tmp_path: Any
) -> None:
    version = draft()
    job = prepare(version)
    version.refresh_from_db()
    assert version.state == VersionState.PROCESSING
    run(job)
    version.refresh_from_db()
    assert (job.state, version.state, version.preview_error) == (JobState.SUCCEEDED, VersionState.READY, "")
    assert kinds_of(version) == {
        ("loop", "tall"), ("cover", "tall"), ("loop", "short"), ("cover", "short"),
        ("loop", "average"), ("cover", "average"), ("skeleton", ""), ("thumb", "tall"),
    }  # fmt: skip
    assert version.cover == version.previews.get(kind=PreviewKind.COVER, character="tall")
    assert stored(version, job) == set(version.previews.values_list("key", flat=True))
    for preview in version.previews.all():
        path = storage.fetch_to(storage.PREVIEWS, preview.key, tmp_path / "file")
        marks = read_video(path) if preview.mime == "video/mp4" else read_image(path.read_bytes())
        assert [mark.produce_id for mark in marks] == [job.pk.hex]
        assert preview.sha256 == storage.file_sha256(path)
    assert not Artifact.objects.exists()


def test_an_imported_template_is_shown_only_once_its_previews_were_made_here(
    engine: PlainEngine, tmp_path: Path
) -> None:
    version, path = draft(), tmp_path / "dance.zip"
    run(prepare(version))
    version.refresh_from_db()
    with template_export(version=version, by=superuser()) as file:
        path.write_bytes(file.read())
    imported = template_import(path=path, by=superuser(), slug="elsewhere").version
    assert (imported.state, kinds_of(imported)) == (VersionState.DRAFT, set())
    run(prepare(imported))
    imported.refresh_from_db()
    assert (imported.state, kinds_of(imported)) == (VersionState.READY, kinds_of(version))


def test_a_half_body_movement_is_also_shown_on_the_half_character(engine: PlainEngine) -> None:
    version = draft(body_style="half")
    run(prepare(version))
    assert ("loop", "half") in kinds_of(version)


def test_a_pair_is_danced_by_two_different_people_in_the_job_and_when_the_library_is_filled(
    casts: list[tuple[str, ...]],
) -> None:
    version = draft_of_pair()
    run(prepare(version))
    pairs = [("tall", "short"), ("short", "average"), ("average", "tall")]
    assert casts == pairs
    casts.clear()
    filled = version_of(poses=pair_poses())
    previews_render_missing(version=filled, by=superuser(), cover="average")
    preview_render(version=filled, character_key="comic", by=superuser())
    assert casts == [pairs[2], *pairs[:2], ("comic", "short")]
    assert kinds_of(filled) - kinds_of(version) == {
        ("loop", "comic"),
        ("cover", "comic"),
        ("thumb", "average"),
    }


def test_filling_the_library_goes_on_where_it_stopped(casts: list[tuple[str, ...]]) -> None:
    version = version_of()
    preview_render(version=version, character_key="tall", by=superuser())
    previews_render_missing(version=version, by=superuser())
    previews_render_missing(version=version, by=superuser())
    assert casts == [("tall",), ("short",), ("average",)]
    assert previews_missing(version) == []


def test_new_previews_take_the_place_of_the_old_ones_and_the_chosen_character_stays(
    engine: PlainEngine,
) -> None:
    version = draft()
    first = run(prepare(version))
    chosen = version.previews.get(kind=PreviewKind.COVER, character="short")
    version_choose_cover(version=version, preview_id=chosen.pk, by=superuser())
    second = run(prepare(version))
    version.refresh_from_db()
    assert version.state == VersionState.READY
    assert (version.previews.count(), stored(version, first)) == (8, set())
    assert len(stored(version, second)) == 8
    assert version.cover is not None
    assert (version.cover.character, version.cover.pk == chosen.pk) == ("short", False)


def test_a_fault_makes_the_version_a_draft_again_that_says_why_and_can_be_prepared_anew(
    engine: PlainEngine,
) -> None:
    def fail(_number: int) -> None:
        raise EngineError("engine_failed", "It broke.")

    version, engine.before_frame = draft(), fail
    job = run(prepare(version))
    version.refresh_from_db()
    assert (job.state, version.state, version.preview_error) == (
        JobState.FAILED,
        VersionState.DRAFT,
        "engine_failed",
    )
    engine.before_frame = lambda _number: None
    again = job_retry(job=job, by=superuser())
    version.refresh_from_db()
    assert (version.state, version.preview_error) == (VersionState.PROCESSING, "")
    run(again)
    version.refresh_from_db()
    assert version.state == VersionState.READY


def test_the_history_tells_wanted_failed_and_made_previews_apart(engine: PlainEngine) -> None:
    def fail(_number: int) -> None:
        raise EngineError("engine_failed", "It broke.")

    version, maker, engine.before_frame = draft(), superuser(), fail
    version_prepare(version=version, by=maker)
    job = run(Job.objects.get(kind="template_preview"))
    engine.before_frame = lambda _number: None
    again = job_retry(job=job, by=superuser())
    waiting = [step.text for step in reversed(version_history(version))]
    assert waiting[1:] == ["previews wanted", "previews could not be made", "previews wanted"]
    run(again)
    told = [(step.text, step.by) for step in reversed(version_history(version))]
    assert told[1:] == [
        ("previews wanted", maker),
        ("previews could not be made", None),
        ("previews wanted", maker),
        ("previews made", None),
    ]


def test_a_preview_without_its_visible_label_is_not_stored(engine: PlainEngine) -> None:
    version, engine.is_labelling = draft(), False
    job = run(prepare(version))
    version.refresh_from_db()
    assert (job.error_code, version.preview_error) == ("label_missing", "label_missing")
    assert (version.previews.count(), stored(version, job)) == (0, set())


@pytest.mark.parametrize("when", ["queued", "running"])
def test_a_cancelled_job_makes_the_version_a_draft_again(
    when: str, engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.services.leases.PROGRESS_EVERY_SECONDS", 0.0)
    version = draft()
    job = prepare(version)
    if when == "queued":
        job_cancel(job=job, by=job.owner)
    else:
        engine.before_frame = lambda number: cancel_at(number, job)
        run(job)
    job.refresh_from_db()
    version.refresh_from_db()
    assert (job.state, version.state) == (JobState.CANCELLED, VersionState.DRAFT)
    assert version.preview_error == "job_cancelled"


def test_a_worker_that_lost_its_lease_changes_neither_version_nor_previews(engine: PlainEngine) -> None:
    version = draft()
    job = prepare(version)
    put = runner.library_files_put

    def lose(**given: Any) -> None:
        put(**given)
        Job.objects.filter(pk=job.pk).update(lease_token="of another worker")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runner, "library_files_put", lose)
        run(job)
    version.refresh_from_db()
    assert (job.lease_token, version.state) == ("of another worker", VersionState.PROCESSING)
    assert (version.previews.count(), stored(version, job)) == (0, set())


def test_a_version_is_edited_and_prepared_by_turns_only(engine: PlainEngine) -> None:
    version = draft()
    prepare(version)
    work = work_on("version", version.pk)
    assert work is not None
    assert work.state == "queued"
    with pytest.raises(VersionNotEditable):
        version_edit(version=version, by=superuser(), revision=0, edits=version.edits)
    TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.IN_REVIEW)
    with pytest.raises(VersionNotPreparable):
        version_prepare(version=version, by=superuser())
    with pytest.raises(PermissionRefused):
        version_prepare(version=version, by=UserFactory())


def test_a_moment_of_a_clip_becomes_the_cover_with_all_labels(engine: PlainEngine) -> None:
    version = draft()
    run(prepare(version))
    version.refresh_from_db()
    version = cover_from_moment(version=version, character="short", at_seconds=0.5, by=superuser())
    assert version.cover is not None
    assert (version.cover.character, version.previews.filter(kind=PreviewKind.COVER).count()) == ("short", 3)
    [mark] = read_image(storage.read_bytes(storage.PREVIEWS, version.cover.key))
    assert mark.produce_id == version.pk.hex
    with pytest.raises(CoverUnknown):
        cover_from_moment(version=version, character="nobody", at_seconds=0, by=superuser())
    TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.IN_REVIEW)
    version.refresh_from_db()
    with pytest.raises(PreviewsFixed):
        cover_from_moment(version=version, character="short", at_seconds=0, by=superuser())


def test_only_a_cover_of_the_version_itself_can_be_chosen(engine: PlainEngine) -> None:
    version, other = draft(), draft()
    for each in (version, other):
        run(prepare(each))
    foreign = Preview.objects.filter(version=other, kind=PreviewKind.COVER).first()
    assert foreign is not None
    for preview in (foreign, version.previews.get(kind=PreviewKind.SKELETON)):
        with pytest.raises(CoverUnknown):
            version_choose_cover(version=version, preview_id=preview.pk, by=superuser())
