"""The same value always gives the same bytes."""

import pytest

from moderation.canonical import canonical_json, digest_of


def test_order_of_keys_does_not_matter() -> None:
    assert canonical_json({"b": [1, None, True], "a": "中"}) == '{"a":"中","b":[1,null,true]}'.encode()
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})


def test_what_comes_before_changes_the_digest() -> None:
    assert digest_of({}, after="x") != digest_of({})


@pytest.mark.parametrize("value", [1.0, {"a": [0.5]}, {1: "a"}, {"a": b"bytes"}, object()])
def test_what_has_no_single_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
