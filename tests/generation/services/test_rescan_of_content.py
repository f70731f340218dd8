"""Pictures, results and templates that are visible are scanned again, and taken down by a rescan."""

import uuid

import cv2
import numpy as np
import pytest
from django.utils import timezone

from generation.models import Artifact, Upload
from generation.states import ArtifactState, JobState, UploadState
from generation.subjects import ArtifactSubject, UploadSubject
from moderation.models import Rescan, ScanRun
from moderation.provenance.reading import FoundLabel, Provenance
from moderation.services.rescanning import content_scan
from moderation.services.rescans import rescan_apply, rescan_apply_request, rescan_request, rescan_run
from moderation.states import RescanState
from moderation.subject_registry import subject_type
from moderation.taxonomy import Surface
from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.states import VersionState
from templates_app.subjects import TemplateVersionSubject
from tests.factories.accounts import user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.scanners import BLOCKED, PASSED
from tests.factories.templates import attach_previews, plain_clip, version_of
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

pytestmark = pytest.mark.django_db


@pytest.fixture
def senior(db: None) -> User:
    return user_with(roles.SENIOR_MODERATOR, username="lin")


def painted(colour: tuple[int, int, int]) -> bytes:
    pixels = np.full((96, 64, 3), colour[::-1], np.uint8)
    return bytes(cv2.imencode(".jpg", pixels)[1].tobytes())


def released(colour: tuple[int, int, int]) -> Artifact:
    """A released video of one colour."""
    job = job_in(JobState.SUCCEEDED)
    key = storage.output_key(job.pk, "token", "video", "video/mp4")
    storage.store_bytes(storage.OUTPUTS, key, plain_clip(colour))
    made: Artifact = job.artifacts.create(
        role="video",
        state=ArtifactState.RELEASED,
        key=key,
        mime="video/mp4",
        sha256="a" * 64,
        byte_size=1,
        width=64,
        height=96,
        label={"Label": "1"},
    )
    return made


def published(colour: tuple[int, int, int]) -> TemplateVersion:
    """A live version whose clip has one colour."""
    version = version_of()
    attach_previews(version, plain_clip(colour))
    now = timezone.now()
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, cleared_at=now, published_at=now
    )
    DanceTemplate.objects.filter(pk=version.template_id).update(live_version=version)
    version.refresh_from_db()
    return version


def test_each_kind_opens_its_content_as_the_scanners_take_it() -> None:
    upload, artifact, version = UploadFactory(data=painted(PASSED)), released(PASSED), published(PASSED)
    with UploadSubject().content(upload.pk) as content:
        assert content is not None
        assert content.pixels is not None
        assert (content.surface, content.owner_id, content.pixels.shape) == (
            Surface.PHOTO,
            upload.owner_id,
            (96, 64, 3),
        )
    with ArtifactSubject().content(artifact.pk) as content:
        assert content is not None
        assert content.path is not None
        assert (content.medium, content.job_kind, content.path.is_file()) == ("video", "dance_video", True)
    assert not content.path.exists()  # only as long as it is open
    with TemplateVersionSubject().content(version.pk) as content:
        assert content is not None
        assert [part.medium for part in content.parts] == ["video"] * 4 + ["image"] * 2 + ["text"]


def test_what_is_gone_has_no_content_and_only_visible_things_stand() -> None:
    upload, artifact, version = UploadFactory(), released(PASSED), published(PASSED)
    UploadFactory(state=UploadState.IN_REVIEW)
    UploadFactory(state=UploadState.BLOCKED)
    for kind in (UploadSubject(), ArtifactSubject(), TemplateVersionSubject()):
        with kind.content(uuid.uuid4()) as content:
            assert content is None
    assert upload.pk in set(UploadSubject().standing_ids())
    assert set(UploadSubject().standing_ids()) == set(
        Upload.objects.filter(state=UploadState.ACCEPTED).values_list("pk", flat=True)
    )
    assert list(ArtifactSubject().standing_ids()) == [artifact.pk]
    assert version.pk in set(TemplateVersionSubject().standing_ids())
    for kind in (UploadSubject(), ArtifactSubject(), TemplateVersionSubject()):
        ids = list(kind.standing_ids())
        assert ids == sorted(ids)
        assert list(kind.standing_ids(after=ids[0])) == ids[1:]
        assert subject_type(kind.key).key == kind.key


@pytest.mark.usefixtures("colour_scanner")
def test_a_rescan_takes_down_what_scanners_find_now(senior: User) -> None:
    bad_upload, good_upload = UploadFactory(data=painted(BLOCKED)), UploadFactory(data=painted(PASSED))
    bad_artifact, good_artifact = released(BLOCKED), released(PASSED)
    bad_version = published(BLOCKED)
    rescan = rescan_request(by=senior, with_scanners=True, kinds=["upload", "artifact", "template_version"])
    rescan_run(rescan_id=rescan.pk)
    rescan = Rescan.objects.get()
    assert (rescan.state, rescan.faults) == (RescanState.READY, [])
    found = {change.subject_id for change in rescan.changes.filter(after="block")}
    assert found == {bad_upload.pk, bad_artifact.pk, bad_version.pk}
    assert set(ScanRun.objects.values_list("purpose", flat=True)) == {"rescan"}

    rescan_apply_request(rescan=rescan, by=senior)
    rescan_apply(rescan_id=rescan.pk)
    rescan.refresh_from_db()
    assert (rescan.state, set(rescan.changes.values_list("outcome", flat=True))) == (
        RescanState.APPLIED,
        {"blocked"},
    )
    for row in (bad_upload, good_upload, bad_artifact, good_artifact, bad_version):
        row.refresh_from_db()
    assert (bad_upload.state, good_upload.state) == (UploadState.BLOCKED, UploadState.ACCEPTED)
    assert (bad_artifact.state, good_artifact.state) == (ArtifactState.REFUSED, ArtifactState.RELEASED)
    assert bad_version.state == VersionState.REJECTED
    assert bad_version.template.live_version is None


def test_a_picture_is_scanned_again_with_the_marks_that_its_original_bore() -> None:
    mark = FoundLabel("iptc", "xmp", "ai", producer="somebody")
    upload = UploadFactory(data=painted(PASSED), provenance=Provenance("jpeg", (mark,)).as_json())
    (run,) = content_scan(subject_type="upload", subject_id=upload.pk)
    assert run.findings.get(scanner="provenance").evidence["standard"] == "iptc"
