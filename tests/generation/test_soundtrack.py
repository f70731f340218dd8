"""A template's music is in the finished file: as long as the pictures, labelled, and still readable."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from generation.kinds import dance_video
from generation.kinds.base import OutputFile
from generation.labelling import check_label, mark_for, source_type_of
from generation.models import ArtifactRole, Job
from generation.states import JobState
from moderation.provenance.metadata import read_video
from templates_app.music import MusicUse, version_music
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, run_job
from tests.factories.sounds import tone, write_m4a
from tests.factories.templates import version_of
from tongyi_portal.common import storage
from tongyi_portal.vision.audio import read_mono

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]
PARAMS = {"duration_seconds": 2, "size": "432x768", "fps": 24, "template": "x", "photo": ""}


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MusicUse:
    """A low tone of half a second, then a high one of half a second; the round starts at the low one."""
    sound = np.concatenate([np.zeros(4410, np.float32), tone(220, 0.5), tone(880, 0.5)])
    path = write_m4a(tmp_path / "music.m4a", sound)
    key = storage.store_bytes(storage.UPLOADS, "music/test.m4a", path.read_bytes())
    use = MusicUse(key, start_seconds=0.1, seconds=1.0)
    monkeypatch.setattr(dance_video, "version_music", lambda _version: use)
    return use


def finished(folder: Path, **params: Any) -> tuple[Job, Path]:
    job = JobFactory(params=PARAMS | params)
    run_job(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.error_code) == (JobState.SUCCEEDED, "")
    key = job.artifacts.get(role="video").key
    return job, storage.fetch_to(storage.OUTPUTS, key, folder / "result.mp4")


def test_the_result_has_pictures_and_aac_of_the_same_length(
    engine: PlainEngine, music: MusicUse, tmp_path: Path
) -> None:
    _job, path = finished(tmp_path, with_music=True)
    with av.open(str(path)) as file:
        [video], [audio] = file.streams.video, file.streams.audio
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert video.frames == 48
        lengths = [float(stream.duration * stream.time_base) for stream in (video, audio)]
    assert lengths[0] == pytest.approx(2.0, abs=1 / 24)
    assert lengths[1] == pytest.approx(lengths[0], abs=1 / 24)


def test_the_music_is_repeated_from_where_the_round_starts(
    engine: PlainEngine, music: MusicUse, tmp_path: Path
) -> None:
    _job, path = finished(tmp_path, with_music=True)
    sound, rate = read_mono(path)
    for start, hertz in ((0.1, 220), (0.6, 880), (1.1, 220), (1.6, 880)):
        piece = sound[round(start * rate) : round((start + 0.3) * rate)]
        strongest = np.argmax(np.abs(np.fft.rfft(piece * np.hanning(len(piece))))) * rate / len(piece)
        assert strongest == pytest.approx(hertz, abs=6)


def test_the_labels_are_written_after_the_music_and_can_be_read_back(
    engine: PlainEngine, music: MusicUse, tmp_path: Path
) -> None:
    job, path = finished(tmp_path, with_music=True)
    [mark] = read_video(path)
    assert mark.produce_id == job.pk.hex
    file = OutputFile(ArtifactRole.VIDEO, path, "video/mp4", 432, 768, 2.0)
    check_label(file, mark_for(job.pk), source_type=source_type_of(job.kind))


def test_who_wants_no_music_gets_none(engine: PlainEngine, music: MusicUse, tmp_path: Path) -> None:
    _job, path = finished(tmp_path, with_music=False)
    with av.open(str(path)) as file:
        assert not file.streams.audio


def test_music_that_is_gone_ends_the_job_with_its_code(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = MusicUse("music/lost.m4a", 0.0, 1.0)
    monkeypatch.setattr(dance_video, "version_music", lambda _version: lost)
    job = JobFactory(params=PARAMS | {"with_music": True})
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "file_missing")


def test_music_that_cannot_be_read_ends_the_job_with_its_code(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = storage.store_bytes(storage.UPLOADS, "music/broken.m4a", b"no sound at all")
    monkeypatch.setattr(dance_video, "version_music", lambda _version: MusicUse(key, 0.0, 1.0))
    job = JobFactory(params=PARAMS | {"with_music": True})
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "music_unreadable")


def test_a_version_without_music_is_silent(engine: PlainEngine, tmp_path: Path) -> None:
    assert version_music(version_of()) is None
    _job, path = finished(tmp_path, with_music=True)
    with av.open(str(path)) as file:
        assert not file.streams.audio
