"""Codes that are written where they are raised stand on the page of problems."""

import ast

from tongyi_portal.api import problems

FAULTS = {"AuthenticationFailed", "PermissionDenied", "NotFound", "APIException"}


def test_codes_that_are_written_where_they_are_raised_stand_there(
    product_sources: dict[str, ast.Module],
) -> None:
    """A code that no AppError has is a keyword of a fault of REST framework, or the default of one."""
    known = {problem.code for problem in problems.problems()}
    written = set[str]()
    for tree in product_sources.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in FAULTS:
                written |= {
                    str(word.value.value)
                    for word in node.keywords
                    if word.arg == "code" and isinstance(word.value, ast.Constant)
                }
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_code":
                written.add(ast.literal_eval(node.value))
    assert {"scope_missing", "token_expired", "body_too_large"} <= written
    assert written - known == set()
