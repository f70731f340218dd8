from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="error_details",
            field=models.JSONField(default=dict, editable=False, verbose_name="error details"),
        ),
    ]
