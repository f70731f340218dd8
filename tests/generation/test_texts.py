"""What people read instead of generation's codes."""

import re
from pathlib import Path

from generation.kinds import KINDS
from generation.photo_check import MESSAGES
from generation.texts import PHOTO_FAULTS, STAGES, kind_text, stage_text


def test_every_stage_that_the_engines_report_has_words(project_root: Path) -> None:
    engines = (project_root / "generation" / "engines").rglob("*.py")
    reported = {stage for path in engines for stage in re.findall(r'Progress\("(\w+)"', path.read_text())}
    assert {"read", "render"} <= reported
    assert reported <= set(STAGES)


def test_every_kind_of_job_has_a_name() -> None:
    assert all(kind_text(kind) != kind for kind in KINDS)


def test_codes_without_words_stand_for_themselves() -> None:
    assert stage_text("polish") == "polish"
    assert kind_text("opera") == "opera"


def test_every_fault_of_a_photo_has_a_sentence() -> None:
    assert set(MESSAGES) == set(PHOTO_FAULTS)
