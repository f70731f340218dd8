"""One queue, two and eight moderators, on PostgreSQL: no item is decided twice, none is lost.

`QUEUE_RACE_ITEMS=1000 pytest tests/services/test_postgres_queue.py` is the whole claim; CI does a part of it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.test_postgres import environment

pytestmark = pytest.mark.slow
__all__ = ["environment"]
RACE = "tests/moderation/services/test_queue_race.py"
ITEMS = os.environ.get("QUEUE_RACE_ITEMS", "80")


def test_moderators_empty_one_queue_on_postgresql(
    environment: dict[str, str],  # the fixture imported above
    project_root: Path,
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", RACE]
    done = subprocess.run(
        command,
        cwd=project_root,
        env=environment | {"QUEUE_RACE_ITEMS": ITEMS},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
