"""Benchmarks are run by hand, so that nobody would hear of a name that the product has given up."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.relative_to(ROOT) for path in (ROOT / "benchmarks").rglob("*.py"))
OURS = {"benchmarks", "generation", "moderation", "templates_app", "tests", "tongyi_portal"}


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_a_benchmark_takes_only_names_that_exist(script: Path) -> None:
    """Also those that it takes inside its functions, once Django is set up."""
    tree = ast.parse((ROOT / script).read_text())
    taken = [
        (node.module, one.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in OURS
        for one in node.names
    ]
    assert [f"{module}.{name}" for module, name in taken if not _exists(module, name)] == []


def test_benchmarks_can_be_imported() -> None:
    """In a process of its own: they set how many threads libraries may use."""
    names = [".".join(script.with_suffix("").parts) for script in SCRIPTS]
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(names)}"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def _exists(module: str, name: str) -> bool:
    """A name of a module, or a module of a package."""
    try:
        return hasattr(importlib.import_module(module), name) or bool(
            importlib.import_module(f"{module}.{name}")
        )
    except ModuleNotFoundError:
        return False
