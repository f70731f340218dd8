"""What templates are found by is worked out anew: more traditional characters are read, and digits."""

from django.db import migrations

from templates_app.search_words import names_in, search_text_of

BATCH = 500


def work_out(apps, schema_editor):
    alias = schema_editor.connection.alias
    templates = apps.get_model("templates_app", "DanceTemplate").objects.using(alias)
    entries = apps.get_model("templates_app", "SearchEntry").objects.using(alias)
    whole = templates.select_related("category").prefetch_related("tags")
    for template in whole.iterator(chunk_size=BATCH):
        shelf = [template.category, *template.tags.all()]
        text = search_text_of(
            names=[template.name_zh, template.name_en, template.slug],
            shelf=[word for one in shelf for word in (one.name_zh, one.name_en, one.slug)],
            descriptions=[template.description_zh, template.description_en],
        )
        if text != template.search_text:
            templates.filter(pk=template.pk).update(search_text=text)
            entries.filter(pk=template.pk).update(names=names_in(text))


class Migration(migrations.Migration):
    dependencies = [("templates_app", "0007_motion_state_wording")]

    operations = [migrations.RunPython(work_out, migrations.RunPython.noop)]
