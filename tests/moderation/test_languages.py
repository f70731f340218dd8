"""Which language a text is in, for routing."""

import pytest

from moderation.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今天天气很好", "zh"),
        ("加我 WeChat 看更多精彩内容", "zh"),
        ("Buy now, limited offer", "en"),
        ("See the film Hero 英雄 in cinemas", "en"),
        ("12345 !!!", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language
