"""Versions that were handed in are checked by a task: a state of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("templates_app", "0005_search_entries")]

    operations = [
        migrations.AlterField(
            model_name="templateversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("processing", "processing"),
                    ("ready", "ready"),
                    ("checking", "being checked"),
                    ("in_review", "in review"),
                    ("scheduled", "scheduled"),
                    ("published", "published"),
                    ("retired", "retired"),
                    ("rejected", "rejected"),
                ],
                db_index=True,
                default="draft",
                editable=False,
                max_length=12,
                verbose_name="state",
            ),
        ),
    ]
