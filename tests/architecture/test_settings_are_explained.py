"""Every environment variable that the settings read stands in .env.example and in docs/operations."""

import ast
import re
from pathlib import Path

READERS = {"text", "one_of", "required", "flag", "whole", "names", "folder"}
READ_ELSEWHERE = {"DJANGO_SETTINGS_MODULE"}  # by Django itself


def names_read(sources: dict[str, ast.Module]) -> set[str]:
    return {
        str(node.args[0].value)
        for tree in sources.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr in READERS) == ("env", True)
        and isinstance(node.args[0], ast.Constant)
    } | READ_ELSEWHERE


def test_every_variable_is_in_the_example_and_in_the_table(
    project_root: Path, product_sources: dict[str, ast.Module]
) -> None:
    read = names_read(product_sources)
    example = (project_root / ".env.example").read_text()
    document = (project_root / "docs" / "operations" / "settings.md").read_text()
    in_example = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    in_table = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", document, re.MULTILINE))
    assert len(read) > 30
    assert {"example": read - in_example, "table": read - in_table} == {"example": set(), "table": set()}
    assert {"example": in_example - read, "table": in_table - read} == {"example": set(), "table": set()}
