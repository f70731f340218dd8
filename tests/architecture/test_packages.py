"""Package __init__ files stay empty, and only one module reads the environment."""

import ast
from pathlib import Path

# Re-exports of models, imports of sibling pages, tasks and reports, and the tables of what can be added.
MAY_HOLD_CODE = {
    "admin",
    "models",
    "tasks",
    "reports",
    "scanners",
    "engines",
    "kinds",
    "choreography",
    "characters",
}
MAY_READ_ENVIRONMENT = {
    "tongyi_portal/settings/env.py",
    # The entry points name the default settings module.
    "tongyi_portal/asgi.py",
    "tongyi_portal/celery.py",
    "tongyi_portal/wsgi.py",
}


def test_package_init_files_are_empty(product_sources: dict[str, ast.Module]) -> None:
    filled = [
        name
        for name, tree in product_sources.items()
        if Path(name).name == "__init__.py" and tree.body and Path(name).parent.name not in MAY_HOLD_CODE
    ]
    assert filled == []


def test_only_env_reads_the_environment(product_sources: dict[str, ast.Module]) -> None:
    readers = {
        name
        for name, tree in product_sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers - MAY_READ_ENVIRONMENT == set()
