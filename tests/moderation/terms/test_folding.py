"""Traditional characters become simplified ones, each of them."""

import opencc
import pytest

from moderation.terms.folding import SIMPLIFIED, simple_characters

HAN = [chr(code) for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)) for code in range(first, last + 1)]


def test_every_character_that_opencc_simplifies_is_simplified_as_there() -> None:
    """The one exception: OpenCC stops half way, at a character that it simplifies further."""
    convert = opencc.OpenCC("t2s").convert
    changed = {one: convert(one) for one in HAN if convert(one) != one}
    assert len(changed) > 3000
    other = {one: simple for one, simple in changed.items() if simple_characters().get(one) != simple}
    assert other == {"薴": "苧"}
    assert simple_characters()["薴"] == convert("苧")


def test_what_is_simplified_stays_as_it_is() -> None:
    table = simple_characters()
    assert {one for one, simple in table.items() if simple == one or simple in table} == set()


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ("國學會體雙來點萬數當黨醫聲壯與區將寶號黃", "国学会体双来点万数当党医声壮与区将宝号黄"),
        ("博彩平臺", "博彩平台"),
        ("吃饭 喫飯", "吃饭 吃饭"),
        ("沪上 滬上", "沪上 沪上"),
        ("図書館", "图书馆"),
    ],
)
def test_words_are_read_in_their_simplified_form(written: str, simple: str) -> None:
    assert "".join(map(SIMPLIFIED.__getitem__, written)) == simple
