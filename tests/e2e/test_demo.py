"""`manage.py demo --once`: an empty folder becomes a video, and everything ends."""

from pathlib import Path

import av
import psutil
import pytest

from tests.running_portal import RunningPortal

pytestmark = pytest.mark.slow


def test_the_demo_makes_a_video_and_leaves_nothing_running(project_root: Path, tmp_path: Path) -> None:
    portal = RunningPortal(project_root, tmp_path)
    done = portal.manage("demo", "--once", "--seconds", "2", "--port", str(portal.port))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["Studio", f"{portal.url}/"]
    (video,) = (tmp_path / "demo").glob("*.mp4")
    assert str(video) in done.stdout
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 576, 1024)
        assert stream.frames == 60
    assert not portal.answers()
    assert [one for one in psutil.process_iter(["environ"]) if _serves_from(one, tmp_path)] == []


def test_a_photo_that_is_not_there_is_told_in_words(project_root: Path, tmp_path: Path) -> None:
    portal = RunningPortal(project_root, tmp_path)
    done = portal.manage("demo", "--once", "--port", str(portal.port), "--photo", str(tmp_path / "none.jpg"))
    assert done.returncode != 0
    assert "There is no file" in done.stderr


def _serves_from(process: psutil.Process, folder: Path) -> bool:
    return (process.info["environ"] or {}).get("VAR_DIR") == str(folder)
