"""search_texts_refresh, shelf_search_texts_refresh: what templates are found by follows their words."""

from django.db.models import QuerySet

from templates_app.models import Category, DanceTemplate, Tag
from templates_app.search_words import search_text_of
from templates_app.services.revision import catalogue_changed

BATCH = 500


def search_text(template: DanceTemplate) -> str:
    """What it is to be found by, from its own words and those of its category and tags."""
    shelf: list[Category | Tag] = [template.category, *template.tags.all()]
    return search_text_of(
        names=[template.name_zh, template.name_en, template.slug],
        shelf=[word for one in shelf for word in (one.name_zh, one.name_en, one.slug)],
        descriptions=[template.description_zh, template.description_en],
    )


def search_texts_refresh(templates: QuerySet[DanceTemplate]) -> int:
    """Call it in the transaction that changed their words; returns how many are found by others now.

    Reads and writes in batches: the number of queries does not grow with each template.
    """
    changed: list[DanceTemplate] = []
    count = 0
    whole = templates.select_related("category").prefetch_related("tags").order_by("pk")
    for template in whole.iterator(chunk_size=BATCH):
        text = search_text(template)
        if text == template.search_text:
            continue
        template.search_text = text
        changed.append(template)
        count += 1
        if len(changed) == BATCH:
            DanceTemplate.objects.bulk_update(changed, ["search_text"])
            changed.clear()
    DanceTemplate.objects.bulk_update(changed, ["search_text"])
    if count:
        catalogue_changed()
    return count


def shelf_search_texts_refresh(shelf: Category | Tag) -> int:
    """The same for all that stand on a category or carry a tag, when it was renamed."""
    return search_texts_refresh(DanceTemplate.objects.filter(pk__in=shelf.templates.values("pk")))
