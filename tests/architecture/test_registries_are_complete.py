"""Whoever writes a scanner, an engine, a kind, a dance or a character also lists it."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from generation.engines import ENGINES
from generation.kinds import KINDS
from moderation.scanners import SCANNERS
from templates_app.characters import CHARACTERS
from templates_app.choreography import CHOREOGRAPHIES
from tongyi_portal.common.registry import LazyRegistry

Sources = dict[str, ast.Module]


def _modules_with_class(sources: Sources, folder: str, *, methods: Iterable[str]) -> set[str]:
    """Modules below `folder` that hold a class, no protocol, with a `key` and all of `methods`."""
    wanted = set(methods)
    return {
        name.removesuffix(".py").replace("/", ".")
        for name, tree in sources.items()
        if name.startswith(f"{folder}/")
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and "Protocol" not in [ast.unparse(base).split("[")[0] for base in node.bases]
        and wanted <= {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
        and "key" in _fields(node)
    }


def _fields(node: ast.ClassDef) -> set[str]:
    names: set[str] = set()
    for inner in node.body:
        if (
            isinstance(inner, ast.AnnAssign)
            and isinstance(inner.target, ast.Name)
            and inner.value is not None
        ):
            names.add(inner.target.id)
        if isinstance(inner, ast.Assign):
            targets = [t.elts if isinstance(t, ast.Tuple) else [t] for t in inner.targets]
            names |= {t.id for group in targets for t in group if isinstance(t, ast.Name)}
    return names


def _listed(table: LazyRegistry[type]) -> set[str]:
    return {table.get(key).__module__ for key in table}


@pytest.mark.parametrize(
    ("table", "folder", "methods"),
    [
        (SCANNERS, "moderation/scanners", ["scan"]),
        (ENGINES, "generation/engines", ["load", "run"]),
        (KINDS, "generation/kinds", ["plan", "run"]),
    ],
    ids=["scanners", "engines", "kinds"],
)
def test_every_class_is_listed_under_its_own_key(
    product_sources: Sources, table: LazyRegistry[type], folder: str, methods: list[str]
) -> None:
    assert _modules_with_class(product_sources, folder, methods=methods) == _listed(table)
    assert [key for key in table if table.get(key).key != key] == []


def test_every_dance_is_listed(project_root: Path) -> None:
    folder = project_root / "templates_app" / "choreography" / "dances"
    written = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert written == set(CHOREOGRAPHIES)


def test_every_listed_character_has_its_module(project_root: Path) -> None:
    folder = project_root / "templates_app" / "characters"
    modules = {character.target.partition(":")[0].rpartition(".")[2] for character in CHARACTERS.values()}
    assert {name for name in modules if not (folder / f"{name}.py").exists()} == set()
