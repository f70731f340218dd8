"""The import contracts of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path


def test_every_import_contract_is_kept(project_root: Path) -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=project_root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
