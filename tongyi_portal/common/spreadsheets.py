"""Text in the cells of CSV files that people open in a spreadsheet. Pure Python."""

import re

# What makes a spreadsheet compute a cell (OWASP: CSV injection), with quotes that already stand before it.
_COMPUTED = re.compile(r"'*[ ]*[=+\-@\t\r\n＝＋－＠]")


def cell_written(text: str) -> str:
    """The text with a quote before it where a spreadsheet would else compute it instead of showing it."""
    return f"'{text}" if _COMPUTED.match(text) else text


def cell_read(text: str) -> str:
    """What `cell_written` was given; text that never needed a quote comes back as it is."""
    return text[1:] if text.startswith("'") and _COMPUTED.match(text[1:]) else text
