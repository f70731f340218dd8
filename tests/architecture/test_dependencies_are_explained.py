"""docs/dependencies.md has a line for every dependency, and for nothing else."""

import re
import tomllib
from pathlib import Path


def test_every_dependency_has_its_line(project_root: Path) -> None:
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for group in groups for line in group}
    document = (project_root / "docs" / "dependencies.md").read_text()
    explained = {name.lower() for name in re.findall(r"^\| `([A-Za-z0-9._-]+)`", document, re.MULTILINE)}
    assert declared - explained == set(), "not explained"
    assert explained - declared == set(), "explained, but no dependency"
