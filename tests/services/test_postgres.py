"""The tests of claims, decisions and accounts pass on PostgreSQL as they do on SQLite."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.slow
SERVER = "postgres://postgres@127.0.0.1/test"
FOLDERS = [
    "tests/generation/services",
    "tests/moderation/services",
    "tests/templates_app/services",
    "tests/templates_app/test_version_locks.py",
    "tests/tongyi_portal/accounts",
    "tests/tongyi_portal/common/test_row_locks.py",
    "tests/tongyi_portal/usage",
    "tests/services/test_claim_race.py",
]


@pytest.fixture
def environment() -> dict[str, str]:
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=2).close()
        psycopg.connect(SERVER, connect_timeout=5).close()
    except (OSError, psycopg.Error) as error:
        pytest.skip(f"No PostgreSQL at {SERVER}: {error}")
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")} | {
        "DATABASE_URL": SERVER
    }


def test_services_work_on_postgresql(environment: dict[str, str], project_root: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *FOLDERS]
    done = subprocess.run(
        command, cwd=project_root, env=environment, capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
