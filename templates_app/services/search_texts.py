"""search_texts_refresh, shelf_search_texts_refresh, search_entries_store: what templates are found by."""

from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from templates_app.models import Category, DanceTemplate, SearchEntry, Tag
from templates_app.search_words import names_in, search_text_of
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
    count = 0
    keys = list(templates.order_by("pk").values_list("pk", flat=True))
    whole = DanceTemplate.objects.select_related("category").prefetch_related("tags")
    for start in range(0, len(keys), BATCH):
        count += _refresh(list(whole.filter(pk__in=keys[start : start + BATCH])))
    if count:
        catalogue_changed()
    return count


def _refresh(templates: Sequence[DanceTemplate]) -> int:
    keys = [template.pk for template in templates]
    entered = dict(SearchEntry.objects.filter(pk__in=keys).values_list("pk", "names"))
    changed: list[DanceTemplate] = []
    for template in templates:
        text = search_text(template)
        if text != template.search_text or names_in(text) != entered.get(template.pk):
            template.search_text = text
            changed.append(template)
    DanceTemplate.objects.bulk_update(changed, ["search_text"])
    search_entries_store(changed)
    return len(changed)


def search_entries_store(templates: Collection[DanceTemplate]) -> None:
    """Write the names, popularity and slug that these templates have by now into their entries."""
    entries = [
        SearchEntry(
            template=template,
            names=names_in(template.search_text),
            popularity=template.popularity,
            slug=template.slug,
        )
        for template in templates
    ]
    SearchEntry.objects.bulk_create(
        entries,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["template"],
        update_fields=["names", "popularity", "slug"],
    )


def shelf_search_texts_refresh(shelf: Category | Tag) -> int:
    """The same for all that stand on a category or carry a tag, when it was renamed."""
    return search_texts_refresh(DanceTemplate.objects.filter(pk__in=shelf.templates.values("pk")))
