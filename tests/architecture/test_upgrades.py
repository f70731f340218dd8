"""Migrations let the code before them go on: both serve for some minutes during an upgrade.

docs/operations/upgrade.md says how a change is spread over releases. A migration that closes one ("contract")
says so with a module constant: CONTRACT = "why no code in use needs it any more".
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import NOT_PROVIDED

OURS = ("tongyi_portal", "templates_app", "moderation", "generation")
# The last migration of each app from before the rule: installations of those are upgraded with a pause.
BEFORE_THE_RULE = {
    "accounts": "0001",
    "generation": "0004",
    "moderation": "0003",
    "templates_app": "0009",
    "usage": "0003",
    "webhooks": "0001",
}
BREAKS_OLD_CODE = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def faults_of(operation: Any, state: Any, app: str) -> Iterator[str]:
    """Why code from before this operation would fail after it. state: the models as they were before it."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from faults_of(inner, state, app)
    name = operation.describe()
    if isinstance(operation, BREAKS_OLD_CODE):
        yield f"{name}: code in use still reads or writes it"
    if isinstance(operation, migrations.AddField):
        field = operation.field
        is_column = not isinstance(field, models.ManyToManyField)
        if is_column and not field.null and field.db_default is NOT_PROVIDED:
            yield f"{name}: code in use inserts rows without it; give it db_default or null=True"
    if isinstance(operation, migrations.AlterField):
        earlier = state.models[app, operation.model_name.lower()].fields[operation.name]
        if earlier.null and not operation.field.null:
            yield f"{name}: code in use may still write null"
        if (earlier.max_length or 0) > (operation.field.max_length or 0) > 0:
            yield f"{name}: code in use may still write longer texts"


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None, ignore_no_migrations=True)


def is_checked(app: str, name: str) -> bool:
    ours = apps.get_app_config(app).name.startswith(OURS)
    return ours and name.partition("_")[0] > BEFORE_THE_RULE.get(app, "0000")


def is_contract(module: Any) -> bool:
    return len(getattr(module, "CONTRACT", "")) > 20


def test_new_migrations_leave_running_code_alone(loader: MigrationLoader) -> None:
    found: dict[str, list[str]] = {}
    for (app, name), migration in sorted((loader.disk_migrations or {}).items()):
        if not is_checked(app, name) or is_contract(sys.modules[type(migration).__module__]):
            continue
        state = loader.project_state((app, name), at_end=False)
        faults = []
        made = {one.name.lower() for one in migration.operations if isinstance(one, migrations.CreateModel)}
        for operation in migration.operations:
            if getattr(operation, "model_name", "").lower() not in made:  # no code in use knows it
                faults += faults_of(operation, state, app)
            operation.state_forwards(app, state)
        if faults:
            found[f"{app}.{name}"] = faults
    assert found == {}


def state_with(**fields: Any) -> Any:
    state = ProjectState()
    state.add_model(ModelState("app", "Thing", [("id", models.AutoField(primary_key=True)), *fields.items()]))
    return state


@pytest.mark.parametrize(
    ("operation", "is_refused"),
    [
        (migrations.AddField("thing", "more", models.TextField(default="")), True),
        (migrations.AddField("thing", "more", models.TextField(default="", db_default="")), False),
        (migrations.AddField("thing", "more", models.TextField(null=True)), False),
        (migrations.AddField("thing", "others", models.ManyToManyField("app.Thing")), False),
        (migrations.RemoveField("thing", "text"), True),
        (migrations.RenameField("thing", "text", "words"), True),
        (migrations.AlterField("thing", "text", models.CharField(max_length=20)), True),
        (migrations.AlterField("thing", "text", models.CharField(max_length=10, null=True)), True),
        (migrations.AlterField("thing", "text", models.CharField(max_length=30, null=True)), False),
        (migrations.DeleteModel("thing"), True),
        (migrations.AddIndex("thing", models.Index(fields=["text"], name="thing_text")), False),
        (migrations.SeparateDatabaseAndState([migrations.RemoveField("thing", "text")], []), True),
    ],
)
def test_the_rule_knows_what_breaks_running_code(operation: Any, is_refused: bool) -> None:
    state = state_with(text=models.CharField(max_length=20, null=True))
    assert bool(list(faults_of(operation, state, "app"))) == is_refused


def test_the_rule_begins_at_migrations_that_are_there(loader: MigrationLoader) -> None:
    present = {(app, name.partition("_")[0]) for app, name in loader.disk_migrations or ()}
    assert set(BEFORE_THE_RULE.items()) - present == set()
