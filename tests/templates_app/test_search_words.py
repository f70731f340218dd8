"""How names are written so that they are found."""

import pytest

from templates_app.search_words import EDGE, NAMES_END, SHELF_END, aliases, folded, search_text_of, words_of


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ＫｅＭｕＳａｎ", "kemusan"),
        ("  K-Pop！ 2024 ", "k pop 2024"),
        ("舞蹈跳躍", "舞蹈跳跃"),
        ("科目三（完整版）", "科目三 完整版"),
        ("a|b\nc\td", "a b c d"),
        ("🔥!?", ""),
    ],
)
def test_case_width_script_and_punctuation_make_no_difference(text: str, plain: str) -> None:
    assert folded(text) == plain


@pytest.mark.parametrize("part", ["跳", "躍", "跳躍", "樂", "快樂", "乾坤", "乾", "裡面", "面"])
def test_a_part_of_a_traditional_name_stays_a_part_of_it(part: str) -> None:
    whole = folded("跳躍快樂乾坤裡面")
    assert folded(part) in whole


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("科目三", ["科目三", "kemusan", "ke mu san", "kms", "科目3", "kemu3", "ke mu 3", "km3"]),
        ("Subject Three", ["subject three", "subjectthree", "subject 3", "subject3"]),
        ("Take 10", ["take 10", "take10", "take ten", "taketen"]),
        ("第2", ["第2", "di2", "di 2", "d2", "第二", "dier", "di er", "de"]),
        ("十三", ["十三", "shisan", "shi san", "ss"]),
        ("2024", ["2024"]),
        ("音乐", ["音乐", "yinyue", "yin yue", "yy"]),
        ("快乐", ["快乐", "kuaile", "kuai le", "kl"]),
        ("女孩", ["女孩", "nvhai", "nv hai", "nh", "nuhai", "nu hai"]),
        ("!!!", []),
    ],
)
def test_a_name_is_written_in_every_way_that_people_type_it(name: str, written: list[str]) -> None:
    assert aliases(name) == written


def test_the_parts_of_a_search_text_can_be_told_apart() -> None:
    text = search_text_of(names=["科目三"], shelf=["爆款"], descriptions=["小腿|\n交叉"])
    names, rest = text.split(NAMES_END)
    shelf, descriptions = rest.split(SHELF_END)
    assert f"{EDGE}ke mu san{EDGE}" in names
    assert "baokuan" in shelf
    assert EDGE not in shelf  # a tag of that name is not the template's own name
    assert descriptions == "小腿 交叉"


def test_every_word_of_a_query_counts_once() -> None:
    assert words_of("Ke  MU ke，san") == ["ke", "mu", "san"]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Kē Mù Sān", "ke mu san"),
        ("lǜ", "lu"),
        ("Café", "cafe"),
        ("ke\u0304mu\u0300", "kemu"),
        ("が", "が"),
        ("한글", "한글"),
        ("ที่", "ที่"),
    ],
)
def test_latin_letters_lose_their_marks_and_other_scripts_keep_theirs(typed: str, plain: str) -> None:
    assert folded(typed) == plain
