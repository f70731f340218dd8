"""Production settings refuse to start with unsafe values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAFE = {
    "SECRET_KEY": "k9Zr1v-TqW2x_bYc3nMd4sLf5gHj6aPo7iUu8eRw0yXz-QtBvN1m",
    "ALLOWED_HOSTS": "dance.example.org",
    "PUBLIC_BASE_URL": "https://dance.example.org",
}


def start_with(root: Path, folder: Path, changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in SAFE}
    environment = {
        **clean,
        **SAFE,
        **changes,
        "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.prod",
        "VAR_DIR": str(folder),
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_safe_values_start(project_root: Path, tmp_path: Path) -> None:
    done = start_with(project_root, tmp_path, {})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be a random text"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be a random text"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must be set"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"PUBLIC_BASE_URL": ""}, "PUBLIC_BASE_URL must be set"),
        ({"PUBLIC_BASE_URL": "http://dance.example.org"}, "PUBLIC_BASE_URL must begin with https://"),
        ({"BEHIND_TLS_PROXY": "maybe"}, "BEHIND_TLS_PROXY must be 1 or 0"),
    ],
)
def test_unsafe_values_are_refused(
    project_root: Path, tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    done = start_with(project_root, tmp_path, changes)
    assert done.returncode != 0
    assert complaint in done.stderr
