"""The product's own source files, parsed once."""

import ast
from pathlib import Path

import pytest

PACKAGES = ("tongyi_portal", "templates_app", "moderation", "generation")


@pytest.fixture(scope="session")
def product_sources(project_root: Path) -> dict[str, ast.Module]:
    """Syntax trees of all modules except migrations, by path relative to the project's folder."""
    paths = [path for package in PACKAGES for path in sorted((project_root / package).rglob("*.py"))]
    return {
        str(path.relative_to(project_root)): ast.parse(path.read_text())
        for path in paths
        if "migrations" not in path.parts
    }


@pytest.fixture(scope="session")
def test_sources(project_root: Path) -> dict[str, ast.Module]:
    """Syntax trees of all test modules, by path relative to the project's folder."""
    paths = sorted((project_root / "tests").rglob("test_*.py"))
    return {str(path.relative_to(project_root)): ast.parse(path.read_text()) for path in paths}
