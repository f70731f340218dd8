"""A real, small dance video: the real engine, scanners, label and storage, from photo to released file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from generation import resident_engines
from generation.kinds.dance_video import DanceVideo
from generation.models import Job
from generation.services.jobs import job_submit
from generation.services.previews import preview_render, previews_render_missing
from generation.services.uploads import upload_accept
from generation.states import JobState
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import PreviewKind
from templates_app.services.handing_in import version_check, version_submit
from templates_app.services.publishing import version_publish
from templates_app.states import VersionState
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, grey_jpeg, run_job, sample_photo
from tests.factories.templates import give_rights, live_template, superuser, version_of
from tongyi_portal.common import storage
from tongyi_portal.vision.media import iter_frames, probe_video
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def models(settings: Any, model_files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MODELS_ROOT = model_files.root
    monkeypatch.setattr(resident_engines, "_engines", {})


def made_with(photo: bytes) -> Job:
    owner = UserFactory()
    upload = upload_accept(by=owner, data=photo, surface="photo")
    params = {
        "photo": upload.pk,
        "template": live_template(CHOREOGRAPHIES["kemusan"].build()).slug,
        "duration_seconds": 2,
        "size": "432x768",
        "fps": 24,
        "with_music": True,
    }
    job = job_submit(by=owner, kind_key="dance_video", params=params).job
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def test_a_photo_dances(tmp_path: Path) -> None:
    job = made_with(sample_photo())
    assert (job.state, job.error_code, job.engine_version != "") == (JobState.SUCCEEDED, "", True)
    assert job.stage_seconds["render"] > 0
    path = storage.fetch_to(storage.OUTPUTS, job.artifacts.get(role="video").key, tmp_path / "video.mp4")
    info = probe_video(path)
    assert (info.codec, info.width, info.height, info.fps, info.frames) == ("h264", 432, 768, 24.0, 48)
    frames = [frame for _seconds, frame in iter_frames(path, times=[0.0, 0.9])]
    moved = np.abs(frames[0].astype(int) - frames[1]).mean(axis=2) > 40
    assert 0.005 < moved.mean() < 0.5


def test_a_photo_without_a_person_fails_with_its_own_code() -> None:
    job = made_with(grey_jpeg())
    assert (job.state, job.error_code) == (JobState.FAILED, "photo_no_person")


def test_two_photos_dance_together(tmp_path: Path) -> None:
    owner = UserFactory()
    photos = [upload_accept(by=owner, data=sample_photo(), surface="photo") for _ in range(2)]
    params = {
        "photos": [photo.pk for photo in photos],
        "template": live_template(CHOREOGRAPHIES["pair_mirror"].build()).slug,
        "duration_seconds": 2,
        "size": "432x768",
        "fps": 24,
        "with_music": True,
    }
    job = job_submit(by=owner, kind_key="dance_video", params=params).job
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.SUCCEEDED, "")
    path = storage.fetch_to(storage.OUTPUTS, job.artifacts.get(role="video").key, tmp_path / "video.mp4")
    [(_at, frame)] = iter_frames(path, times=[1.0])
    assert people_in(frame) == 2


def people_in(picture: Any) -> int:
    """How many people are found in a picture, enlarged to what the detector likes."""
    estimator = resident_engines.resident_engine("animation").estimator
    scale = 960 / picture.shape[0]
    return len(estimator.detect(np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), np.uint8)))


@pytest.mark.parametrize(("slug", "people"), [("pair_mirror", 2), ("hand_dance", 1)])
def test_previews_of_groups_and_half_bodies_show_as_many_characters(slug: str, people: int) -> None:
    dance = CHOREOGRAPHIES[slug]
    style = "full" if dance.is_full_body else "half"
    version = version_of(poses=dance.build().resampled(15, 30), body_style=style)
    previews = preview_render(version=version, character_key="person", by=superuser())
    cover = next(preview for preview in previews if preview.kind == PreviewKind.COVER)
    data = np.frombuffer(storage.read_bytes(storage.PREVIEWS, cover.key), np.uint8)
    assert people_in(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]) == people


@pytest.mark.parametrize("slug", ["idle_sway", "hand_dance", "pair_mirror"])
def test_previews_are_rendered_labelled_and_good_enough_to_publish(slug: str) -> None:
    dance = CHOREOGRAPHIES[slug]
    style = "half" if slug == "hand_dance" else "full"
    by, version = superuser(), version_of(poses=dance.build().resampled(12, 12), body_style=style)
    previews_render_missing(version=version, by=by, cover="average")
    shapes = {
        (preview.kind, preview.mime, preview.width, preview.height) for preview in version.previews.all()
    }
    assert shapes == {
        (PreviewKind.LOOP, "video/mp4", 288, 512),
        (PreviewKind.COVER, "image/jpeg", 288, 512),
        (PreviewKind.SKELETON, "video/mp4", 288, 512),
        (PreviewKind.THUMB, "image/webp", 144, 256),
    }
    give_rights(version)
    version_check(version=version_submit(version=version, by=by))
    assert version_publish(version=version, by=superuser()).state == VersionState.PUBLISHED


@pytest.mark.parametrize("is_loop", [False, True])
def test_a_video_longer_than_its_template_never_freezes(tmp_path: Path, is_loop: bool) -> None:
    whole = CHOREOGRAPHIES["kemusan"].build().resampled(24, 72)
    version = version_of(poses=replace(whole, is_loop=is_loop))
    params = {"duration_seconds": 10, "size": "432x768", "fps": 24, "template": "x", "photo": ""}
    job = JobFactory(params=params, template_version=version)
    work = DanceVideo().prepare(job, {"photo": tmp_path / "photo"})
    poses = work.request.poses
    assert poses.frame_count == 240
    change = np.linalg.norm(np.diff(poses.points[:, 0], axis=0), axis=-1).mean(axis=1)
    seconds = np.convolve(change, np.ones(24) / 24, "valid")
    assert seconds.min() > 0.3 * np.median(seconds)
    if is_loop:
        np.testing.assert_array_equal(poses.points, np.tile(whole.points, (4, 1, 1, 1))[:240])
