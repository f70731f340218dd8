"""Every test looks at an outcome."""

import ast

_CHECKS = ("assert", "raises", "fail", "expect", "warns", "does_not_raise")


def test_every_test_asserts_something(test_sources: dict[str, ast.Module]) -> None:
    idle = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in test_sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not _is_fixture(node)
        and not any(_checks(inner) for inner in ast.walk(node))
    ]
    assert idle == []


def _is_fixture(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def _checks(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called.lstrip("_").lower().startswith(_CHECKS)
