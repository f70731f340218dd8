"""Cells that a spreadsheet shows and that come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongyi_portal.common.spreadsheets import cell_read, cell_written


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\t=1", "＝1", " =1", "\r=1"])
def test_text_that_a_spreadsheet_would_compute_is_quoted(text: str) -> None:
    assert cell_written(text) == f"'{text}"


@pytest.mark.parametrize("text", ["pear - green", "赌博", "it's", "'quoted'", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell_written(text) == cell_read(text) == text


@given(st.text(alphabet="'=+- ab\t") | st.text())
def test_whatever_is_written_is_read_again(text: str) -> None:
    assert cell_read(cell_written(text)) == text
