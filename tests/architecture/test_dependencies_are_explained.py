"""What is imported is declared, and docs/dependencies.md explains every dependency and nothing else."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

OURS = {"tongyi-portal", "tongyi_portal", "templates_app", "moderation", "generation", "tests", "conftest"}


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in lines}


def declared_for(project_root: Path) -> tuple[set[str], dict[str, set[str]]]:
    """What is declared to run, and for each extra."""
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    extras = {name: names(lines) for name, lines in project["optional-dependencies"].items()}
    return names(project["dependencies"]), extras


def imported_by(sources: dict[str, ast.Module]) -> set[frozenset[str]]:
    """Of each imported module, without ours and the standard library, the distributions that may bring it."""
    nodes = [node for tree in sources.values() for node in ast.walk(tree)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {module.partition(".")[0] for module in modules} - OURS - set(sys.stdlib_module_names)
    owners = packages_distributions()
    return {frozenset(owner.lower().replace("_", "-") for owner in owners.get(top, [top])) for top in tops}


def undeclared(sources: dict[str, ast.Module], declared: set[str]) -> set[frozenset[str]]:
    return {owners for owners in imported_by(sources) if not owners & declared}


def test_what_is_imported_is_declared(
    project_root: Path, product_sources: dict[str, ast.Module], test_sources: dict[str, ast.Module]
) -> None:
    to_run, extras = declared_for(project_root)
    to_run |= extras["traces"] | extras["sentry"]
    assert undeclared(product_sources, to_run) == set(), "imported, but only others bring it"
    assert undeclared(test_sources, to_run | extras["test"]) == set(), "imported by tests, not declared"


def test_every_dependency_has_its_line(project_root: Path) -> None:
    to_run, extras = declared_for(project_root)
    declared = to_run.union(*extras.values()) - OURS
    document = (project_root / "docs" / "dependencies.md").read_text()
    explained = {name.lower() for name in re.findall(r"^\| `([A-Za-z0-9._-]+)`", document, re.MULTILINE)}
    assert declared - explained == set(), "not explained"
    assert explained - declared == set(), "explained, but no dependency"


def test_extras_are_imported_only_where_they_are_used(
    project_root: Path, product_sources: dict[str, ast.Module]
) -> None:
    _to_run, extras = declared_for(project_root)
    tops = {
        name: ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        for name, tree in product_sources.items()
    }
    optional = extras["traces"] | extras["sentry"] | extras["gpu"]
    assert {owners for owners in imported_by(tops) if owners & optional} == set()
