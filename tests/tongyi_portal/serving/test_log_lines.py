"""Log lines for people, and following a file that grows and is rotated."""

from pathlib import Path

from tongyi_portal.serving.log_lines import LogFollower, readable


def test_a_json_event_reads_as_one_line() -> None:
    line = (
        '{"time": "2026-01-02T03:04:05.000+00:00", "level": "INFO", "logger": "a.b", "message": "done",'
        ' "job": 7}'
    )
    shown = readable(line)
    assert shown.endswith(":04:05 INFO a.b: done job=7")


def test_an_exception_follows_its_event() -> None:
    line = (
        '{"time": "2026-01-02T03:04:05.000+00:00", "level": "ERROR", "logger": "a", "message": "no",'
        ' "exception": "Traceback\\nValueError"}'
    )
    assert readable(line).splitlines()[1:] == ["Traceback", "ValueError"]


def test_what_is_no_event_is_left_alone() -> None:
    for line in ("plain text", "{not json", '{"some": "json"}', ""):
        assert readable(line) == line


def test_only_whole_new_lines_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("old\n")
    follower = LogFollower(log)
    assert list(follower.new_lines()) == []
    with log.open("a") as file:
        file.write("first\nsec")
    assert list(follower.new_lines()) == ["first"]
    with log.open("a") as file:
        file.write("ond\n")
    assert list(follower.new_lines()) == ["second"]


def test_a_rotated_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("one\n")
    follower = LogFollower(log)
    log.rename(tmp_path / "web.log.1")
    log.write_text("two, a longer line than the one before\n")
    assert list(follower.new_lines()) == ["two, a longer line than the one before"]


def test_a_file_that_appears_later_is_followed(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path / "late.log")
    assert list(follower.new_lines()) == []
    (tmp_path / "late.log").write_text("here\n")
    assert list(follower.new_lines()) == ["here"]
