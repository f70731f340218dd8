"""No picture that anybody can make crashes intake, hangs it or takes the machine's memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moderation.intake import MESSAGES
from tests.factories.hostile_pictures import GROUPS, cases, giants

GUARD_SECONDS = 240  # for a whole group; the slowest takes a tenth of that
BOUND_KILOBYTES = 1_000_000
SMALL_KILOBYTES = 400_000
TOLD_APART = {  # what these must end as, so that no case passes by being refused for a wrong reason
    "jpeg claims (65535, 65535)": "upload_too_many_pixels",
    "png claims (2147483647, 2147483647), colour 2": "upload_too_many_pixels",
    "png damaged by CRLF": "upload_not_an_image",
    "nothing": "upload_empty",
    "png I;16": "picture",
    "cmyk jpeg, Adobe transform 0": "picture",
    "cmyk jpeg, Adobe transform 2": "picture",
    "MPO ['append_images', 'save_all']": "picture",
    "TIFF ['append_images', 'save_all']": "upload_format_refused",
    "GIF ['append_images', 'save_all']": "upload_format_refused",
    "WEBP ['append_images', 'save_all']": "upload_animated",
    "PNG ['append_images', 'save_all']": "upload_animated",
    "png b'zTXt' bomb": "picture",  # the bomb is left out unopened
    "png b'iCCP' bomb": "upload_undecodable",
    "jpeg of 5000 more scans": "upload_undecodable",
    "jpeg with thousands of further pictures": "upload_polyglot",
    "heic grid as it should be": "picture",
    "heic canvas of 20000 that says 64": "upload_undecodable",
    "heic boxes 200000 deep": "upload_undecodable",
    "jpeg and zip behind it": "upload_polyglot",
    "gif and html": "upload_format_refused",
    "svg": "upload_format_refused",
    "pdf": "upload_not_an_image",
}


def run_in_a_child(group: str, project_root: Path) -> list[dict[str, object]]:
    """What came of each case; fails when the process died or stood still, and names the case."""
    command = [sys.executable, "-m", "tests.moderation.intake_in_a_child", group]
    child = subprocess.Popen(
        command, cwd=project_root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        out, errors = child.communicate(timeout=GUARD_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        out, errors = child.communicate()
        pytest.fail(f"stood still after {out.splitlines()[-1:]}")
    rows = [json.loads(line) for line in out.splitlines()]
    assert child.returncode == 0, f"died after {rows[-1:]}: {errors[-2000:]}"
    return rows


def faults(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in rows if row["result"] not in MESSAGES and row["result"] != "picture"]


@pytest.mark.slow
@pytest.mark.parametrize("group", sorted(GROUPS.keys() - {"cut_short", "giants"}))
def test_hostile_pictures_are_taken_or_refused_and_nothing_else(group: str, project_root: Path) -> None:
    rows = run_in_a_child(group, project_root)
    assert faults(rows) == []
    assert max(int(str(row["peak_kilobytes"])) for row in rows) < SMALL_KILOBYTES
    seen = {str(row["case"]): row["result"] for row in rows}
    assert len(rows) >= 40
    assert {name: seen[name] for name in TOLD_APART if name in seen} == {
        name: code for name, code in TOLD_APART.items() if name in seen
    }


def test_every_case_that_is_told_apart_exists() -> None:
    groups = ("unusual", "headers", "bombs", "polyglots")
    assert TOLD_APART.keys() <= {name for group in groups for name, _data in cases(group)}


def test_no_beginning_of_a_file_is_taken_for_a_picture(project_root: Path) -> None:
    rows = run_in_a_child("cut_short", project_root)
    assert len(rows) > 4000
    assert {row["result"] for row in rows} <= {"upload_empty", "upload_not_an_image", "upload_truncated"}


@pytest.mark.slow
def test_the_largest_pictures_of_every_kind_stay_within_memory(tmp_path: Path, project_root: Path) -> None:
    for name, data in giants():  # made here, so that their making does not count
        (tmp_path / name).write_bytes(data)
    rows = run_in_a_child(str(tmp_path), project_root)
    assert faults(rows) == []
    assert {row["result"] for row in rows} == {"picture"}
    assert max(int(str(row["peak_kilobytes"])) for row in rows) < BOUND_KILOBYTES
