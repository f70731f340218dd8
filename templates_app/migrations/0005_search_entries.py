"""The names of templates in a table of their own for searches, and an index for the newest ones."""

import django.db.models.deletion
from django.db import migrations, models

from templates_app.search_words import names_in

BATCH = 500


def fill_in(apps, schema_editor):
    alias = schema_editor.connection.alias
    templates = apps.get_model("templates_app", "DanceTemplate").objects.using(alias)
    entries = apps.get_model("templates_app", "SearchEntry")
    made = (
        entries(
            template=template,
            names=names_in(template.search_text),
            popularity=template.popularity,
            slug=template.slug,
        )
        for template in templates.only("search_text", "popularity", "slug").iterator(chunk_size=BATCH)
    )
    entries.objects.using(alias).bulk_create(made, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("templates_app", "0004_catalogue_search")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "template",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="templates_app.dancetemplate",
                        verbose_name="template",
                    ),
                ),
                ("names", models.TextField(verbose_name="names")),
                ("popularity", models.PositiveIntegerField(default=0, verbose_name="videos in four weeks")),
                ("slug", models.SlugField(db_index=False, max_length=60, verbose_name="slug")),
            ],
            options={"verbose_name": "search entry", "verbose_name_plural": "search entries"},
        ),
        migrations.AddIndex(
            model_name="templateversion",
            index=models.Index(fields=["-published_at"], name="version_newest_first"),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
