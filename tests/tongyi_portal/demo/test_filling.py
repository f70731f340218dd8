"""What is made before the first video, what after it, and a process that fails."""

from pathlib import Path

import psutil
import pytest

from templates_app.characters import CHARACTERS
from templates_app.choreography import CHOREOGRAPHIES
from tests.running_portal import wait_for
from tongyi_portal.demo.app import DemoFailed
from tongyi_portal.demo.filling import Filling, all_parts, first_parts
from tongyi_portal.demo.library import SAMPLE, demo_library_lacks


@pytest.mark.django_db
def test_a_fresh_installation_lacks_every_person_and_dance(tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path
    lacks = demo_library_lacks()
    assert set(lacks) == set(CHARACTERS)
    assert sorted(dance for dances in lacks.values() for dance in dances) == sorted(CHOREOGRAPHIES)


def test_the_first_video_waits_for_the_sample_and_one_dance_only() -> None:
    lacks = {SAMPLE: ["kemusan", "kpop_point"], "comic": ["wave"]}
    assert first_parts(lacks, sample=SAMPLE, dance="kemusan") == [
        ["--people", SAMPLE, "--dances"],
        ["--people", "--dances", "kemusan"],
    ]
    assert first_parts({"comic": ["wave"]}, sample=SAMPLE, dance="kemusan") == []


def test_the_rest_is_divided_in_two_by_people() -> None:
    lacks = {"one": ["a", "b"], "two": ["c"], "three": []}
    assert all_parts(lacks) == [
        ["--people", "one", "three", "--dances", "a", "b"],
        ["--people", "two", "--dances", "c"],
    ]
    assert all_parts({}) == []


def test_lines_are_passed_on_and_failures_told(tmp_path: Path) -> None:
    manage, said = tmp_path / "manage.py", list[str]()
    manage.write_text("import sys; print(*sys.argv[2:])")
    with Filling(manage=manage, log=tmp_path / "log", say=said.append) as filling:
        filling.start([["--people", "x"], ["--dances", "y"]])
        assert filling.is_under_way
        filling.wait()
        assert sorted(said) == ["--without-accounts --dances y", "--without-accounts --people x"]
        assert not filling.is_under_way
        manage.write_text("raise SystemExit('the disk is full')")
        filling.start([["--people", "x"]])
        with pytest.raises(DemoFailed, match="the disk is full"):
            filling.wait()


def test_what_is_under_way_ends_with_the_block(tmp_path: Path) -> None:
    manage, said = tmp_path / "manage.py", list[str]()
    manage.write_text("import os, time; print(os.getpid()); time.sleep(600)")
    with Filling(manage=manage, log=tmp_path / "log", say=said.append) as filling:
        filling.start([["--people", "x"]])
        wait_for(lambda: bool(said), "the process to say its number")
    assert not psutil.pid_exists(int(said[0]))
