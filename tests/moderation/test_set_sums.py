"""Sums over sets: the order does not matter, everything else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.set_sums import SetSum

ROWS = st.lists(
    st.tuples(st.integers(), st.text(max_size=8)).map(list), unique_by=lambda row: row[0], max_size=8
)


@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[list[object]], chance: object) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert SetSum.of(shuffled) == SetSum.of(rows)


@given(ROWS, ROWS)
def test_what_was_added_can_be_taken_away(rows: list[list[object]], more: list[list[object]]) -> None:
    assert SetSum.of(rows) + SetSum.of(more) - SetSum.of(more) == SetSum.of(rows)


@pytest.mark.parametrize("other", [[[1, "a"]], [[1, "a"], [2, "c"]], [[1, "a"], [2, "b"], [3, "c"]], []])
def test_another_set_has_another_sum(other: list[list[object]]) -> None:
    assert SetSum.of(other) != SetSum.of([[1, "a"], [2, "b"]])


@given(ROWS)
def test_a_sum_survives_json(rows: list[list[object]]) -> None:
    assert SetSum.from_json(SetSum.of(rows).as_json()) == SetSum.of(rows)
