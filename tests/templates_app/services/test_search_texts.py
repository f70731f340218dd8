"""What templates are found by follows their words."""

from typing import Any

import pytest
from django.core.management import call_command

from templates_app.models import DanceTemplate, SearchEntry
from templates_app.name_index import names_holding
from templates_app.selectors import templates_search
from templates_app.services.revision import catalogue_revision
from templates_app.services.search_texts import search_texts_refresh, shelf_search_texts_refresh
from templates_app.services.templates import shelf_save, template_create, template_update
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    found_by_its_words,
    superuser,
)

pytestmark = pytest.mark.django_db


def slugs_of(words: str) -> list[str]:
    return sorted(template.slug for template in templates_search(DanceTemplate.objects.all(), words))


def test_a_new_template_is_found_at_once() -> None:
    template_create(
        by=superuser(),
        slug="kemusan",
        name_zh="科目三",
        name_en="Subject Three",
        category=CategoryFactory(),
        tags=[TagFactory(slug="hot", name_zh="爆款", name_en="Hot")],
    )
    assert [slugs_of(words) for words in ("kms", "baokuan", "folk")] == [["kemusan"]] * 3


@pytest.mark.parametrize(
    "words", ["km3", "KM3", "km 3", "科目3", "kemu3", "ke mu 3", "subject 3", "subject3"]
)
def test_a_number_in_a_name_is_found_by_its_digit(words: str) -> None:
    TemplateFactory(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    TemplateFactory(slug="other", name_zh="科目四", name_en="Subject Four")
    assert slugs_of(words) == ["kemusan"]


@pytest.mark.parametrize("words", ["中國", "雙人", "體操", "中国", "zhongguo"])
def test_a_name_is_found_in_traditional_characters(words: str) -> None:
    TemplateFactory(slug="it", name_zh="中国双人体操", name_en="Pair gymnastics")
    assert slugs_of(words) == ["it"]


def test_a_changed_template_is_found_by_its_new_words_alone() -> None:
    template = TemplateFactory(slug="x", name_zh="老名字", name_en="Old")
    tag = TagFactory(slug="hot", name_zh="爆款", name_en="Hot")
    template_update(template=template, by=superuser(), name_zh="新名字", tags=[tag])
    assert [slugs_of(words) for words in ("xinmingzi", "爆款", "老名字")] == [["x"], ["x"], []]


@pytest.mark.parametrize("make_shelf", [CategoryFactory, TagFactory])
def test_a_renamed_shelf_renames_what_stands_on_it(make_shelf: Any) -> None:
    shelf = make_shelf(slug="s", name_zh="旧架", name_en="Shelf")
    on, off = TemplateFactory(slug="on"), TemplateFactory(slug="off")
    if make_shelf is TagFactory:
        on.tags.add(shelf)
        found_by_its_words(on)
    else:
        DanceTemplate.objects.filter(pk=on.pk).update(category=shelf)
        found_by_its_words(on)
    shelf.name_zh = "新架"
    shelf_save(shelf=shelf, by=superuser())
    assert (slugs_of("xinjia"), slugs_of("旧架"), off.slug in slugs_of("s")) == (["on"], [], False)


def test_a_shelf_of_many_takes_no_more_queries_than_one_of_few(django_assert_max_num_queries: Any) -> None:
    tag = TagFactory(name_zh="旧签")
    for _ in range(60):
        TemplateFactory().tags.add(tag)
    tag.name_zh = "新签"
    tag.save()
    with django_assert_max_num_queries(8):
        assert shelf_search_texts_refresh(tag) == 60
    assert len(slugs_of("xinqian")) == 60


def test_what_did_not_change_is_not_written(django_capture_on_commit_callbacks: Any) -> None:
    TemplateFactory()
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        assert search_texts_refresh(DanceTemplate.objects.all()) == 0
    assert (callbacks, catalogue_revision()) == ([], 0)


def test_rows_written_past_the_services_are_mended_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        TemplateFactory()
    DanceTemplate.objects.filter(pk=TemplateFactory(slug="lost", name_zh="科目三").pk).update(search_text="")
    assert slugs_of("kms") == []
    call_command("search_rebuild")
    assert capsys.readouterr().out == "1 of 4 templates were out of date.\n"
    assert slugs_of("kms") == ["lost"]


def test_names_that_are_not_entered_are_mended_too(capsys: pytest.CaptureFixture[str]) -> None:
    for slug in ("a", "b"):
        TemplateFactory(slug=slug, name_zh="科目三")
    SearchEntry.objects.filter(slug="b").delete()
    call_command("search_rebuild")
    assert capsys.readouterr().out == "1 of 2 templates were out of date.\n"
    assert [hit.slug for hit in names_holding("kms")] == ["a", "b"]
