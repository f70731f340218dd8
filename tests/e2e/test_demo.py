"""`manage.py demo --once`: an empty folder becomes a video, and everything ends."""

import stat
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
    assert f"{portal.url}/console/" in done.stdout
    assert f"{portal.url}/api/docs" in done.stdout
    assert (tmp_path / "demo-logins.txt").read_text().split()[1] in done.stdout
    assert stat.S_IMODE((tmp_path / "portal.sqlite3").stat().st_mode) == 0o600
    (video,) = (tmp_path / "demo").glob("*.mp4")
    assert str(video) in done.stdout
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 576, 1024)
        assert stream.frames == 60
    assert not portal.answers()
    assert [one for one in psutil.process_iter(["environ"]) if _serves_from(one, tmp_path)] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--photo", "none.jpg"), "There is no file none.jpg."),
        (("--template", "waltz"), "There is no dance 'waltz'. Choose one of "),
    ],
)
def test_a_wrong_wish_is_told_in_one_line(
    project_root: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    portal = RunningPortal(project_root, tmp_path)
    done = portal.manage("demo", "--once", "--port", str(portal.port), *arguments)
    assert done.returncode != 0
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def _serves_from(process: psutil.Process, folder: Path) -> bool:
    return (process.info["environ"] or {}).get("VAR_DIR") == str(folder)
