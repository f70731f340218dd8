"""What is imported is declared, and docs/dependencies.md explains every dependency and nothing else."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

OURS = {"tongyi_portal", "templates_app", "moderation", "generation", "tests", "conftest"}


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in lines}


def declared_for(project_root: Path) -> tuple[set[str], dict[str, set[str]]]:
    """What is declared to run, and for each extra."""
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    extras = {name: names(lines) for name, lines in project["optional-dependencies"].items()}
    return names(project["dependencies"]), extras


def imported_by(sources: dict[str, ast.Module]) -> set[str]:
    """Distributions of the modules that are imported, without ours and the standard library."""
    nodes = [node for tree in sources.values() for node in ast.walk(tree)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {module.partition(".")[0] for module in modules} - OURS - set(sys.stdlib_module_names)
    owners = packages_distributions()
    return {owner.lower().replace("_", "-") for top in tops for owner in owners.get(top, [top])}


def test_what_is_imported_is_declared(
    project_root: Path, product_sources: dict[str, ast.Module], test_sources: dict[str, ast.Module]
) -> None:
    to_run, extras = declared_for(project_root)
    assert imported_by(product_sources) - to_run == set(), "imported, but only others bring it"
    assert imported_by(test_sources) - to_run - extras["test"] == set(), "imported by tests, not declared"


def test_every_dependency_has_its_line(project_root: Path) -> None:
    to_run, extras = declared_for(project_root)
    declared = to_run.union(*extras.values())
    document = (project_root / "docs" / "dependencies.md").read_text()
    explained = {name.lower() for name in re.findall(r"^\| `([A-Za-z0-9._-]+)`", document, re.MULTILINE)}
    assert declared - explained == set(), "not explained"
    assert explained - declared == set(), "explained, but no dependency"
