"""Production settings refuse to start with unsafe values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tongyi_portal.settings.production import SAFE

CHECK = ("check", "--deploy", "--fail-level", "WARNING")
PROBES = """
from django.test import Client
for path in ("/healthz", "/readyz", "/metrics", "/"):
    for host in ("dance.example.org", "10.0.0.7"):
        print(path, host, Client().get(path, headers={"host": host}).status_code)
"""


def start_with(root: Path, folder: Path, changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    unset = {*SAFE, "DJANGO_ALLOW_ASYNC_UNSAFE"}  # the browser tests set that one for their process
    clean = {name: value for name, value in os.environ.items() if name not in unset}
    return run(root, {**clean, **SAFE, **changes, "VAR_DIR": str(folder)}, *CHECK)


def run(root: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_safe_values_start_without_a_warning(project_root: Path, tmp_path: Path) -> None:
    done = start_with(project_root, tmp_path, {})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be a random text"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be a random text"),
        ({"DATA_KEY_SECRET": "short"}, "Each DATA_KEY_SECRET"),
        ({"DATA_KEY_SECRET": SAFE["SECRET_KEY"]}, "DATA_KEY_SECRET must be another text"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must be set"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"BEHIND_TLS_PROXY": "maybe"}, "BEHIND_TLS_PROXY must be 1 or 0"),
        ({"BEHIND_TLS_PROXY": "1"}, "BEHIND_TLS_PROXY=1 needs TRUSTED_PROXIES=1"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be a whole number"),
    ],
)
def test_unsafe_values_are_refused(
    project_root: Path, tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    done = start_with(project_root, tmp_path, changes)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_probes_are_answered_without_https_under_any_name(project_root: Path, tmp_path: Path) -> None:
    environment = {**os.environ, **SAFE, "VAR_DIR": str(tmp_path), "DATABASE_URL": "sqlite://:memory:"}
    done = run(project_root, environment, "shell", "--no-imports", "-c", PROBES)
    assert done.returncode == 0, done.stderr
    statuses = {tuple(line.split()[:2]): int(line.split()[2]) for line in done.stdout.splitlines()}
    assert {statuses["/healthz", host] for host in ("dance.example.org", "10.0.0.7")} == {200}
    assert {statuses["/readyz", host] for host in ("dance.example.org", "10.0.0.7")} <= {200, 503}
    assert {statuses["/metrics", host] for host in ("dance.example.org", "10.0.0.7")} == {403}
    assert (statuses["/", "dance.example.org"], statuses["/", "10.0.0.7"]) == (301, 400)
