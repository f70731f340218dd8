"""What a JSON body may be."""

from io import BytesIO
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from tongyi_portal.common.parsers import BodyTooLarge, StrictJSONParser


def parse(body: bytes) -> Any:
    return StrictJSONParser().parse(BytesIO(body))


def test_json_in_utf8_is_read() -> None:
    assert parse('{"name": "科目三", "parts": [1, 2.5, null]}'.encode()) == {
        "name": "科目三",
        "parts": [1, 2.5, None],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"\\uD800": 1}',
        b"\xff\xfe{\x00",
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b'{"p": {"a": 1, "a": 1}}'])
def test_a_key_that_occurs_twice_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(ParseError, match="“a”"):
        parse(body)


def test_a_body_beyond_the_limit_is_not_read_to_its_end(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    stream = BytesIO(b'"' + b"x" * 10_000 + b'"')
    with pytest.raises(BodyTooLarge):
        StrictJSONParser().parse(stream)
    assert stream.tell() == 1001


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(b'{"a": "\\ud83d\\udc83"}') == {"a": "\N{DANCER}"}
