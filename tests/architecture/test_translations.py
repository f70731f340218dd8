"""Every text for people has its Chinese translation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

LEFT_OUT = shutil.ignore_patterns(
    ".venv", "var", ".git", "build", "tests", "__pycache__", "*.egg-info", ".*_cache"
)


def test_every_text_has_a_chinese_translation(project_root: Path, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed (package gettext).")
    copy = tmp_path / "project"
    shutil.copytree(project_root, copy, ignore=LEFT_OUT)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "--no-location", "--no-obsolete"],
        cwd=copy, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with (copy / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    texts = [message for message in catalogue if message.id]
    missing = [message.id for message in texts if not all(_strings(message.string)) or message.fuzzy]
    assert len(texts) > 100
    assert missing == []


def _strings(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)
