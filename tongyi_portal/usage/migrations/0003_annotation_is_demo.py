"""Notes of a made-up history, which leave with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_annotations_and_schedules")]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="is_demo",
            field=models.BooleanField(default=False, editable=False, verbose_name="demo data"),
        ),
    ]
