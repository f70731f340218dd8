"""Files and functions stay of a size that one can hold in mind."""

import ast
import re
from pathlib import Path

MODULE_LINES, ENGINE_LINES = 400, 900
FUNCTION_LINES, LONG_FUNCTION_LINES = 60, 120
NUMBERED_STEP = re.compile(r"^\s*# [2-9]\. ")
VAGUE_NAMES = {"utils.py", "helpers.py", "misc.py", "common.py", "util.py"}


def test_modules_stay_below_their_limit(project_root: Path, product_sources: dict[str, ast.Module]) -> None:
    too_long = {}
    for name in product_sources:
        lines = len((project_root / name).read_text().splitlines())
        if lines >= (ENGINE_LINES if name.startswith("generation/engines/") else MODULE_LINES):
            too_long[name] = lines
    assert not too_long, f"split these by noun: {too_long}"


def test_functions_stay_below_their_limit(project_root: Path, product_sources: dict[str, ast.Module]) -> None:
    too_long = {}
    for name, tree in product_sources.items():
        source = (project_root / name).read_text().splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                limit = LONG_FUNCTION_LINES if _may_be_long(node, source) else FUNCTION_LINES
                if _lines(node) > limit:
                    too_long[f"{name}:{node.lineno} {node.name}"] = _lines(node)
    assert not too_long


def test_no_module_has_a_name_that_says_nothing(product_sources: dict[str, ast.Module]) -> None:
    assert [name for name in product_sources if Path(name).name in VAGUE_NAMES] == []


def test_every_module_says_in_its_first_line_what_it_is_for(product_sources: dict[str, ast.Module]) -> None:
    silent = [name for name, tree in product_sources.items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def _may_be_long(function: ast.FunctionDef | ast.AsyncFunctionDef, source: list[str]) -> bool:
    """True for pipelines in numbered steps, and for numba kernels: their loop nest is one thing."""
    body = source[function.lineno : function.end_lineno]
    is_kernel = any("jit" in ast.unparse(decorator) for decorator in function.decorator_list)
    return is_kernel or any(NUMBERED_STEP.match(line) for line in body)


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring: documenting arguments is not length."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
