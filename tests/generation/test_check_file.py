"""The public check of a file, and the labels that every file of a job bears."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from generation import labelling
from generation.models import Artifact, Job, Upload
from generation.services import file_checks
from generation.services.previews import preview_render
from generation.states import JobState
from moderation.provenance.metadata import AigcMark, check_image, check_video, write_jpeg
from moderation.provenance.reading import read_provenance
from moderation.provenance.source_types import DigitalSourceType
from tests.factories import pictures
from tests.factories.accounts import app_client
from tests.factories.certificates import SignerFiles, signer_files
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, grey_jpeg, run_job
from tests.factories.moderation import plain_picture
from tests.factories.templates import superuser, version_of
from tests.factories.videos import write_mp4
from tongyi_portal.common import storage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]
ADDRESS = "/api/v1/check-file"
TYPE = DigitalSourceType.COMPOSITE_WITH_TRAINED


@pytest.fixture
def signer(tmp_path: Path, settings: Any) -> SignerFiles:
    """A certificate is configured."""
    files = signer_files(tmp_path)
    settings.C2PA_CERTIFICATE, settings.C2PA_PRIVATE_KEY = str(files.certificate), str(files.private_key)
    labelling._loaded.cache_clear()
    return files


def check(data: bytes, name: str = "a.jpg") -> Any:
    return APIClient().post(ADDRESS, {"file": SimpleUploadedFile(name, data)}, format="multipart")


def finished_job(**fields: Any) -> Job:
    job = JobFactory(**fields)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED, job.error_message
    return job


def files_of(job: Job) -> dict[str, bytes]:
    rows = Artifact.objects.filter(job=job)
    return {row.role: storage.read_bytes(storage.OUTPUTS, row.key) for row in rows}


# Every file of a job


def test_every_file_of_a_job_bears_every_label_it_should(engine: PlainEngine, tmp_path: Path) -> None:
    job = finished_job()

    made = files_of(job)
    assert set(made) == {"video", "cover"}
    for data in made.values():
        found = read_provenance(data)
        assert {label.standard for label in found.labels} == {"aigc", "iptc"}
        assert len(found.labels) == 2
    mark = labelling.mark_for(job.pk)
    check_image(made["cover"], mark)
    (tmp_path / "video.mp4").write_bytes(made["video"])
    check_video(tmp_path / "video.mp4", mark)


def test_what_is_served_is_labelled_byte_for_byte(engine: PlainEngine) -> None:
    client, user = app_client()
    job = finished_job(owner=user)

    shown = client.get(f"/api/v1/jobs/{job.pk}").data["artifacts"]

    assert len(shown) == 2
    for artifact in shown:
        for name in ("url", "download_url"):
            answer = Client().get(artifact[name].removeprefix("http://testserver"))
            data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
            assert {label.standard for label in read_provenance(data).labels} == {"aigc", "iptc"}


def test_template_previews_are_served_with_every_label(engine: PlainEngine) -> None:
    version = version_of()

    previews = preview_render(version=version, character_key="person", by=superuser())

    assert {preview.kind for preview in previews} == {"loop", "cover"}
    for preview in previews:
        data = storage.read_bytes(storage.PREVIEWS, preview.key)
        found = read_provenance(data)
        assert {label.standard for label in found.labels} == {"aigc", "iptc"}
        assert labelling.mark_for(version.pk).as_json() in {label.value for label in found.labels}
        assert check(data).data["made_here_by"] == "file"


def test_with_a_certificate_every_file_is_signed_and_names_its_photo(
    engine: PlainEngine, signer: SignerFiles
) -> None:
    job = finished_job()
    upload = job.inputs.get().upload

    for data in files_of(job).values():
        report = read_provenance(data, trust_anchors=signer.authority).c2pa
        assert report is not None
        assert (report.state, report.source_types, report.ingredients) == ("trusted", (TYPE.value,), 1)
        assert upload.sha256.encode() in data
        assert storage.read_bytes(storage.UPLOADS, upload.key)[-300:-200] not in data


def test_a_certificate_that_cannot_be_read_stops_the_job_and_nothing_is_stored(
    engine: PlainEngine, signer: SignerFiles
) -> None:
    signer.private_key.write_text("damaged")
    job = JobFactory()

    run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "label_missing")
    assert set(storage.keys_below(storage.OUTPUTS, storage.output_folder(job.pk))) == set()


def test_a_file_without_its_signature_does_not_pass_the_gate(
    engine: PlainEngine, tmp_path: Path, settings: Any
) -> None:
    """Labelled before the certificate was configured: the gate wants what is configured now."""
    from generation.kinds.base import OutputFile
    from generation.models import ArtifactRole
    from tongyi_portal.vision.media import write_jpeg as write_pixels

    frame = pictures.gradient(320, 480)
    labelling.visible_label(320, 480)(frame, 0.0)
    write_pixels(tmp_path / "cover.jpg", frame)
    file = OutputFile(ArtifactRole.COVER, tmp_path / "cover.jpg", "image/jpeg", 320, 480)
    mark = labelling.mark_for("x")
    unsigned = labelling.label_file(file, mark, tmp_path / "labelled")
    labelling.check_label(unsigned, mark)

    files = signer_files(tmp_path)
    settings.C2PA_CERTIFICATE, settings.C2PA_PRIVATE_KEY = str(files.certificate), str(files.private_key)
    labelling._loaded.cache_clear()

    with pytest.raises(labelling.LabelMissing, match="manifest"):
        labelling.check_label(unsigned, mark)
    labelling.check_label(labelling.label_file(file, mark, tmp_path / "signed"), mark)


def test_a_file_with_another_source_type_does_not_pass_the_gate(tmp_path: Path) -> None:
    from generation.kinds.base import OutputFile
    from generation.models import ArtifactRole
    from tongyi_portal.vision.media import write_jpeg as write_pixels

    frame = pictures.gradient(320, 480)
    labelling.visible_label(320, 480)(frame, 0.0)
    write_pixels(tmp_path / "cover.jpg", frame)
    file = OutputFile(ArtifactRole.COVER, tmp_path / "cover.jpg", "image/jpeg", 320, 480)
    mark = labelling.mark_for("x")
    labelled = labelling.label_file(file, mark, tmp_path / "l", source_type=DigitalSourceType.TRAINED)

    with pytest.raises(labelling.LabelMissing, match="source type"):
        labelling.check_label(labelled, mark)


# Marks in uploads


def _uploaded(data: bytes) -> Upload:
    client, _user = app_client()
    answer = client.post("/api/v1/uploads", {"file": SimpleUploadedFile("a.jpg", data)}, format="multipart")
    return Upload.objects.get(pk=answer.data["id"])


def test_a_mark_in_an_upload_is_kept_though_the_stored_picture_is_clean() -> None:
    import cv2

    plain = bytes(cv2.imencode(".jpg", plain_picture())[1].tobytes())
    marked = write_jpeg(plain, AigcMark("another-service", "77"), DigitalSourceType.TRAINED)

    upload = _uploaded(marked)

    assert upload.provenance["answer"] == "yes"
    assert [one["standard"] for one in upload.provenance["labels"]] == ["aigc", "iptc"]
    assert upload.provenance["labels"][0]["producer"] == "another-service"
    assert read_provenance(storage.read_bytes(storage.UPLOADS, upload.key)).labels == ()


def test_an_upload_that_says_nothing_has_nothing_stored() -> None:
    import cv2

    assert _uploaded(bytes(cv2.imencode(".jpg", plain_picture())[1].tobytes())).provenance == {}


def test_a_mark_in_the_photo_is_named_in_the_manifest_of_the_video(
    engine: PlainEngine, signer: SignerFiles
) -> None:
    job = JobFactory()
    marked = read_provenance(write_jpeg(grey_jpeg(), AigcMark("another-service", "77")))
    Upload.objects.filter(job_inputs__job=job).update(provenance=marked.as_json())

    run_job(job.pk)

    assert all(b"aigc:ai" in data for data in files_of(job).values())


# The public check


def test_anybody_learns_that_a_file_was_made_here(engine: PlainEngine) -> None:
    job = finished_job()

    for role, name in (("cover", "a.jpg"), ("video", "a.mp4")):
        answer = check(files_of(job)[role], name)
        assert answer.status_code == 200
        assert (answer.data["ai_generated"], answer.data["made_here"]) == ("yes", True)
        assert answer.data["made_here_by"] == "file"
        assert answer.data["visible_label_found"] is True
        assert [one["standard"] for one in answer.data["labels"]].count("aigc") == 1


def test_a_signed_file_that_was_changed_is_told_from_one_that_was_not(
    engine: PlainEngine, signer: SignerFiles
) -> None:
    job = finished_job()
    data = files_of(job)["cover"]
    Artifact.objects.update(sha256="0" * 64)  # as if the row were gone

    assert check(data).data["made_here_by"] == "signature"
    changed = bytearray(data)
    changed[-500] ^= 1
    found = check(bytes(changed)).data
    assert found["made_here_by"] == "mark"
    assert (found["c2pa"]["state"], found["c2pa"]["is_trusted"]) == ("invalid", False)


def test_a_forger_with_a_certificate_of_the_same_name_is_not_us(
    engine: PlainEngine, signer: SignerFiles, tmp_path: Path, settings: Any
) -> None:
    data = files_of(finished_job())["cover"]
    Artifact.objects.update(sha256="0" * 64)
    (tmp_path / "own").mkdir()
    ours = signer_files(tmp_path / "own")
    settings.C2PA_CERTIFICATE, settings.C2PA_PRIVATE_KEY = str(ours.certificate), str(ours.private_key)
    labelling._loaded.cache_clear()

    found = check(data).data

    assert found["made_here_by"] == "mark"
    assert (found["c2pa"]["state"], found["c2pa"]["is_trusted"]) == ("valid", False)


def test_a_mark_that_names_nothing_of_ours_does_not_make_it_ours() -> None:
    ours_by_name = write_jpeg(pictures.jpeg(), AigcMark("tongyi-portal", "ab" * 16))

    found = check(ours_by_name).data

    assert (found["ai_generated"], found["made_here"]) == ("yes", False)


def test_a_picture_with_our_visible_label_alone_is_suspected() -> None:
    frame = pictures.gradient(320, 480)
    labelling.visible_label(320, 480)(frame, 0.0)

    found = check(pictures.jpeg(frame)).data

    assert (found["ai_generated"], found["visible_label_found"], found["labels"]) == ("suspected", True, [])


def test_an_ordinary_picture_and_video_are_unknown(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "a.mp4", [pictures.gradient()] * 5).read_bytes()

    for data in (pictures.jpeg(), pictures.png(), clip):
        found = check(data).data
        assert (found["ai_generated"], found["made_here"], found["c2pa"]) == ("unknown", False, None)
        assert "does not prove" in found["message"]


@pytest.mark.parametrize("data", [b"junk", b"\x00" * 100, b"%PDF-1.7"])
def test_what_is_neither_picture_nor_video_is_refused(data: bytes) -> None:
    answer = check(data)

    assert (answer.status_code, answer.data["code"]) == (415, "unknown_file_format")


@pytest.mark.parametrize("length", [4, 20, 300, 900])
def test_a_damaged_file_gets_an_answer(length: int, engine: PlainEngine) -> None:
    for data in files_of(finished_job()).values():
        assert check(data[:length]).status_code in {200, 415}


def test_a_file_that_is_too_large_is_refused(settings: Any) -> None:
    settings.CHECK_FILE_MAX_BYTES = 2000

    answer = check(pictures.png(pictures.gradient(200, 200)) + bytes(70_000))

    assert (answer.status_code, answer.data["code"]) == (413, "body_too_large")


def test_who_comes_while_another_file_is_checked_is_asked_to_come_back() -> None:
    with file_checks._SLOTS:
        answer = check(pictures.jpeg())

    assert (answer.status_code, answer.data["code"]) == (503, "checks_busy")
    assert answer["Retry-After"] == "5"
    assert check(pictures.jpeg()).status_code == 200


def test_a_video_of_countless_frames_is_looked_at_for_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_checks, "MAX_FRAMES", 5)
    labelled = pictures.gradient(128, 128)
    labelling.visible_label(128, 128)(labelled, 0.0)
    clip = write_mp4(tmp_path / "a.mp4", [labelled] * 5 + [pictures.gradient(128, 128)] * 60)

    assert check(clip.read_bytes(), "a.mp4").data["visible_label_found"] is True


def test_nothing_is_kept() -> None:
    check(pictures.jpeg())

    assert not Upload.objects.exists()


def test_the_sentences_are_those_of_the_readers_language() -> None:
    answer = APIClient().post(
        ADDRESS,
        {"file": io.BytesIO(pictures.jpeg())},
        format="multipart",
        headers={"accept-language": "zh-hans"},
    )

    assert "不" in answer.data["message"]
