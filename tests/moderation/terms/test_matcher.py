"""The matcher itself: every string is taken, offsets lie inside of it, and what is said of terms holds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.terms.entries import BLOCKING_VIEWS, View
from moderation.terms.folding import CONFUSABLES, NFKC, SIMPLIFIED, SKELETON
from moderation.terms.matcher import PLACES_KEPT, TermMatcher
from tests.moderation.terms.words import entry, found, matcher

SOME = matcher(
    "赌博网站",
    "赌博",
    "casino",
    "online casino",
    "sex",
    "ill",
    "t.me/",
    "嫖",
    "海洛因",
    "ß",
    "Ночь",
    "C++",
    "a",
    "11",
)
HOSTILE = st.text(
    st.sampled_from(
        "赌博网站賭堵嫖贝者cCaАсіinNo0148@$!|&#;<>. \n"
        "\u200b\u202e\u202c\u0336\ufe0f\U0001f1e8😀\ud800ßİǅﷺ𝐜①㋿"
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=80) | HOSTILE | st.text(st.characters(), max_size=40))
def test_any_string_is_taken_and_every_place_lies_inside_of_it(text: str) -> None:
    for hit in SOME.find(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert hit.may_block is (hit.view in BLOCKING_VIEWS)


@settings(max_examples=200, deadline=None)
@given(HOSTILE, HOSTILE)
def test_a_word_as_it_stands_is_found_whatever_is_around_it(before: str, after: str) -> None:
    """Nothing in the text can hide a plainly written Chinese word."""
    text = f"{before}赌博网站{after}"
    hits = [hit for hit in SOME.find(text) if hit.term_id == "赌博网站"]
    assert (len(before), len(before) + 4) in [(hit.start, hit.end) for hit in hits]
    assert any(hit.may_block for hit in hits)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_any_word_that_can_be_listed_is_found_as_it_stands(word: str) -> None:
    words = TermMatcher([entry(word, term_id="it")])
    if not "".join(map(NFKC.__getitem__, word)):
        assert words.find(word) == []
    else:
        hits = [hit for hit in words.find(word) if hit.term_id == "it"]
        assert hits
        assert hits[0].view in BLOCKING_VIEWS


@given(st.text(max_size=30))
def test_a_plainer_reading_is_contained_in_the_freer_one(text: str) -> None:
    """The one automaton over skeletons rests on this."""
    simplified = "".join(map(SIMPLIFIED.__getitem__, text))
    for table, source in ((SIMPLIFIED, "".join(map(NFKC.__getitem__, text))), (SIMPLIFIED, simplified)):
        assert "".join(map(table.__getitem__, source)) == simplified
    skeleton = "".join(map(SKELETON.__getitem__, text))
    assert skeleton == "".join(one for one in "".join(map(CONFUSABLES.__getitem__, text)) if one.isalnum())


def test_a_place_is_told_once_in_its_plainest_reading() -> None:
    assert found(SOME, "赌博网站") == [
        ("赌博", View.RAW, "赌博"),
        ("赌博网站", View.RAW, "赌博网站"),
    ]


def test_words_that_are_mostly_signs_are_found_as_they_stand() -> None:
    assert found(matcher("t.me/", "C++", "$$$"), "see t.me/abc, C++ and $$$") == [
        ("t.me/", View.RAW, "t.me/"),
        ("C++", View.RAW, "C++"),
        ("$$$", View.RAW, "$$$"),
    ]


def test_letters_whose_cases_look_different_are_found_in_both() -> None:
    assert [view for _word, view, _place in found(matcher("ночь"), "НОЧЬ ночь")] == [View.NFKC, View.RAW]


def test_a_term_says_which_readings_it_is_looked_for_in() -> None:
    plain = TermMatcher([entry("赌博网站", views={View.RAW})])
    assert found(plain, "赌 博 网 站 賭博網站 堵博网站 赌博网站") == [("赌博网站", View.RAW, "赌博网站")]
    heard = TermMatcher([entry("赌博", views={View.PINYIN})])
    assert found(heard, "我想读博") == [("赌博", View.PINYIN, "读博")]


def test_the_same_word_of_two_lists_is_found_for_both() -> None:
    words = TermMatcher([entry("赌博", term_id="one"), entry("赌博", term_id="two")])
    assert [hit.term_id for hit in words.find("赌博")] == ["one", "two"]


def test_a_flood_of_disguised_words_does_not_hide_a_plain_one() -> None:
    text = "c4s1n0 " * (PLACES_KEPT + 30) + "casino"
    hits = matcher("casino").find(text)
    assert len(hits) == PLACES_KEPT + 1
    assert hits[-1].may_block
    assert text[hits[-1].start :] == "casino"


def test_no_words_find_nothing() -> None:
    assert TermMatcher([]).find("赌博") == []
    assert matcher("\u200b").find("a\u200bb") == []


@pytest.mark.slow
def test_long_hostile_texts_are_read_in_time_that_grows_with_their_length() -> None:
    """Counted in places, not seconds: nothing multiplies."""
    generator = random.Random(5)
    text = "".join(generator.choice("赌博网站casino14!|. 😀") for _ in range(10_000))
    assert all(
        len([h for h in SOME.find(text) if h.term_id == word]) <= PLACES_KEPT + 1 for word in ("赌博", "a")
    )
