"""Fills in what templates are found by; on PostgreSQL, an index for parts of words where the server lets us."""

import logging

from django.db import DatabaseError, migrations, transaction

from templates_app.search_words import search_text_of

logger = logging.getLogger(__name__)
INDEX = "template_search_trgm"


def fill_in(apps, schema_editor):
    templates = apps.get_model("templates_app", "DanceTemplate").objects.using(schema_editor.connection.alias)
    for template in templates.select_related("category").prefetch_related("tags").iterator(chunk_size=500):
        shelf = [template.category, *template.tags.all()]
        text = search_text_of(
            names=[template.name_zh, template.name_en, template.slug],
            shelf=[word for one in shelf for word in (one.name_zh, one.name_en, one.slug)],
            descriptions=[template.description_zh, template.description_en],
        )
        templates.filter(pk=template.pk).update(search_text=text)


def make_index(apps, schema_editor):
    """Without the extension search reads every row: slower, the same answers."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(
                f"CREATE INDEX IF NOT EXISTS {INDEX} ON templates_app_dancetemplate "
                "USING gin (search_text gin_trgm_ops)"
            )
    except DatabaseError as error:
        logger.warning("no index for searching templates: %s", error)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("templates_app", "0003_lifecycle_rights_without_performers")]

    operations = [
        migrations.RunPython(fill_in, migrations.RunPython.noop),
        migrations.RunPython(make_index, drop_index),
    ]
