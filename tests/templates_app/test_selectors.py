"""Search and order in the catalogue."""

from typing import Any

import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import DanceTemplate
from templates_app.selectors import BEST_MATCH, templates_search
from tests.factories.templates import CategoryFactory, TagFactory, TemplateFactory, found_by_its_words

pytestmark = pytest.mark.django_db


def found(asked: str) -> list[str]:
    return list(
        templates_search(DanceTemplate.objects.all(), asked)
        .order_by(*BEST_MATCH)
        .values_list("slug", flat=True)
    )


@pytest.fixture
def library() -> None:
    viral = TagFactory(slug="viral", name_zh="爆款", name_en="Viral")
    pop = CategoryFactory(slug="pop", name_zh="流行", name_en="Pop")
    kemusan = TemplateFactory(
        slug="kemusan",
        name_zh="科目三",
        name_en="Subject Three",
        description_zh="小腿交叉勾踢",
        description_en="Flick one shank across the other",
        category=CategoryFactory(slug="internet", name_zh="網絡熱舞", name_en="Internet hits"),
    )
    kemusan.tags.add(viral)
    found_by_its_words(kemusan)
    TemplateFactory(slug="wave", name_zh="电臀", name_en="Body Wave", category=pop)
    TemplateFactory(slug="happy", name_zh="快樂音乐", name_en="Happy Tune", category=pop)


@pytest.mark.parametrize(
    "asked",
    [
        "科目三",
        "科目",
        "目三",
        "kemusan",
        "KeMuSan",
        "KEMUSAN",
        "ke mu san",
        "Ke Mu San",
        "kemu",
        "kms",
        "KMS",
        "subject three",
        "Subject Three",
        "subjectthree",
        "three subject",
        "ＫｅＭｕＳａｎ",
        "ｋｅｍｕｓａｎ",
        "科目三！",
        "「科目三」",
        " 科目三　爆款 ",
        "科目三 viral",
        "爆款",
        "baokuan",
        "网络热舞",
        "網絡熱舞",
        "internet",
        "wangluorewu",
        "勾踢",
        "shank across",
    ],
)
@pytest.mark.usefixtures("library")
def test_kemusan_is_found_however_it_is_typed(asked: str) -> None:
    assert found(asked) == ["kemusan"]


@pytest.mark.parametrize(
    ("asked", "slugs"),
    [
        ("快乐", ["happy"]),
        ("快樂", ["happy"]),
        ("kuaile", ["happy"]),
        ("kuaile yinyue", ["happy"]),
        ("liuxing", ["happy", "wave"]),
        ("科目四", []),
        ("kemusi", []),
        ("kemusan wave", []),
        ("!!!", []),
        ("   ", []),
        ("%", []),
        ("_", []),
        ("|", []),
        ("\\", []),
    ],
)
@pytest.mark.usefixtures("library")
def test_only_what_fits_is_found(asked: str, slugs: list[str]) -> None:
    assert found(asked) == slugs


def test_the_better_a_name_fits_the_earlier_it_stands() -> None:
    fire = TagFactory(slug="huo", name_zh="火", name_en="Fire")
    described = TemplateFactory(slug="a-described", name_zh="慢舞", name_en="Slow", description_zh="像火一样")
    tagged = TemplateFactory(slug="b-tagged", name_zh="快舞", name_en="Fast")
    tagged.tags.add(fire)
    TemplateFactory(slug="c-contains", name_zh="大火舞", name_en="Big")
    TemplateFactory(slug="d-begins", name_zh="火舞", name_en="Dance")
    TemplateFactory(slug="e-exact", name_zh="火", name_en="Blaze")
    for template in (described, tagged):
        found_by_its_words(template)
    assert found("火") == ["e-exact", "d-begins", "c-contains", "b-tagged", "a-described"]


def test_of_several_words_the_one_that_fits_worst_counts() -> None:
    TemplateFactory(slug="a-half", name_zh="火", name_en="x", description_en="dance")
    TemplateFactory(slug="b-both", name_zh="大火舞", name_en="dance of y")
    assert found("火 dance") == ["b-both", "a-half"]


def test_among_equals_the_popular_one_stands_first() -> None:
    TemplateFactory(slug="a", name_zh="火舞", name_en="x", popularity=1)
    TemplateFactory(slug="b", name_zh="火歌", name_en="y", popularity=9)
    assert found("火") == ["b", "a"]


def test_search_takes_one_query(django_assert_num_queries: Any) -> None:
    TemplateFactory(slug="a", name_zh="火舞", name_en="x")
    with django_assert_num_queries(1):
        assert found("火 x a") == ["a"]


@pytest.mark.parametrize("asked", ["subject three", "subjectthree", "kemusan", "科目三", "kms"])
def test_the_dance_that_comes_with_the_product_is_found_by_all_its_names(asked: str) -> None:
    dance = CHOREOGRAPHIES["kemusan"]
    found_by_its_words(
        TemplateFactory(slug=dance.slug, name_zh=dance.name_zh, name_en=dance.name_en, description_en="")
    )
    assert found(asked) == ["kemusan"]
