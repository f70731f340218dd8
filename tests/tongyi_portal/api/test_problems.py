"""docs/api/problems.md tells every code there is, in both languages."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation import gettext

from generation.texts import ERROR_TEXTS
from tongyi_portal.api import problems


def test_the_page_is_current() -> None:
    assert problems.SNAPSHOT.read_text() == problems.page(), "run manage.py api_problems"


def test_every_sentence_stands_there_in_chinese() -> None:
    with translation.override("zh-hans"):
        english = [
            problem.code for problem in problems.problems() if gettext(problem.message) == problem.message
        ]
        english += [code for code, text in ERROR_TEXTS.items() if not re.search("[\u4e00-\u9fff]", str(text))]
    assert english == []


def test_the_command_writes_and_checks_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "SNAPSHOT", tmp_path / "problems.md")
    with pytest.raises(CommandError, match="not current"):
        call_command("api_problems", "--check")
    call_command("api_problems", verbosity=0)
    call_command("api_problems", "--check")


def test_each_code_says_what_status_it_has() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) ", problems.page(), re.MULTILINE))
    assert (rows["upload_too_large"], rows["upload_not_an_image"], rows["upload_empty"]) == (
        "413",
        "415",
        "422",
    )
    assert (rows["not_found"], rows["throttled"], rows["internal_error"]) == ("404", "429", "500")
