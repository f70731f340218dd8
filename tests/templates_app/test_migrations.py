"""The catalogue's migration: it fills in search texts, and does without an index where it gets none."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection

from templates_app.models import DanceTemplate, SearchEntry
from tests.factories.templates import TagFactory, TemplateFactory

pytestmark = pytest.mark.django_db
MIGRATION = import_module("templates_app.migrations.0004_catalogue_search")
ENTRIES = import_module("templates_app.migrations.0005_search_entries")
ANEW = import_module("templates_app.migrations.0008_search_words_anew")


class RecordingEditor:
    """Takes statements for PostgreSQL, and refuses those that begin with `refused`."""

    connection = SimpleNamespace(vendor="postgresql", alias="default")

    def __init__(self, refused: str = "-") -> None:
        self.refused, self.statements = refused, list[str]()

    def execute(self, statement: str) -> None:
        if statement.startswith(self.refused):
            raise ProgrammingError("permission denied")
        self.statements.append(statement)


def test_templates_from_before_are_found_as_new_ones_are() -> None:
    template = TemplateFactory(name_zh="科目三")
    template.tags.add(TagFactory(name_zh="爆款"))
    TemplateFactory()
    DanceTemplate.objects.update(search_text="")
    MIGRATION.fill_in(apps, SimpleNamespace(connection=connection))
    template.refresh_from_db()
    assert "|kms|" in template.search_text
    assert ";baokuan;" in template.search_text


def test_names_from_before_are_entered_for_searches() -> None:
    TemplateFactory(slug="kemusan", name_zh="科目三", popularity=7)
    SearchEntry.objects.all().delete()
    ENTRIES.fill_in(apps, SimpleNamespace(connection=connection))
    entry = SearchEntry.objects.get()
    assert (entry.slug, entry.popularity, "|kms|" in entry.names) == ("kemusan", 7, True)


def test_names_from_before_are_found_by_digits_and_traditional_characters() -> None:
    template = TemplateFactory(name_zh="科目三", slug="kemusan")
    DanceTemplate.objects.update(search_text="old")
    ANEW.work_out(apps, SimpleNamespace(connection=connection))
    template.refresh_from_db()
    assert "|km3|" in template.search_text
    assert "|km3|" in SearchEntry.objects.get().names


def test_postgresql_gets_an_index_for_parts_of_words() -> None:
    editor = RecordingEditor()
    MIGRATION.make_index(apps, editor)
    assert [statement.split()[1] for statement in editor.statements] == ["EXTENSION", "INDEX"]


@pytest.mark.parametrize("refused", ["CREATE EXTENSION", "CREATE INDEX"])
def test_a_server_that_refuses_stops_nothing(refused: str, caplog: Any) -> None:
    MIGRATION.make_index(apps, RecordingEditor(refused))
    assert "no index for searching templates: permission denied" in caplog.text
