"""Static files as production serves them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tongyi_portal.settings.production import SAFE

pytestmark = pytest.mark.slow
IMPORT = re.compile(r"""from\s*["'](\./[^"']+)["']""")


@pytest.fixture(scope="module")
def collected(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `collectstatic` fills with production's settings."""
    folder = tmp_path_factory.mktemp("portal")
    environment = {**os.environ, **SAFE, "VAR_DIR": str(folder)}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    done = subprocess.run(
        command, cwd=project_root, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "static"


def test_hashed_scripts_import_hashed_scripts(collected: Path) -> None:
    folder = collected / "studio" / "js"
    waiting = [path for path in folder.glob("app.*.js") if re.fullmatch(r"app\.[0-9a-f]{12}\.js", path.name)]
    assert len(waiting) == 1
    seen: set[str] = set()
    while waiting:
        script = waiting.pop()
        for address in IMPORT.findall(script.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.js$", address), f"{script.name} imports {address}"
            assert (folder / address).is_file(), f"{script.name} imports {address}"
            if address not in seen:
                seen.add(address)
                waiting.append(folder / address)
    assert {address.split(".")[1].strip("/") for address in seen} >= {"api", "config", "dom", "job", "make"}
