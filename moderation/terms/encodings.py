"""Words in percent encoding, in escapes of programs and in Base64, as what they stand for. Pure Python."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

# Begins only where a run of such letters begins, so that a text is gone through once.
_PERCENT = re.compile(r"(?<![A-Za-z0-9_.~+-])[A-Za-z0-9_.~+-]*+(?:%[0-9A-Fa-f]{2}[A-Za-z0-9_.~+-]*+)+")
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\u\{[0-9A-Fa-f]{1,6}\})+")
_ONE_ESCAPE = re.compile(r"\\[ux]\{?([0-9A-Fa-f]+)\}?")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{6,4096}={0,2}(?![A-Za-z0-9+/_=-])")
_TURNS = 2  # percent signs are encoded themselves where an address stands inside of another
_TOKENS = 50  # of Base64 in one text


def decoded_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """What is encoded in `text`: start, end, and what it says; by kind of encoding."""
    if "%" in text:
        yield from _spans(_PERCENT, text, _unquoted)
    if "\\" in text:
        yield from _spans(_ESCAPE, text, _unescaped)


def base64_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """The same for Base64, also with the letters of addresses. Words that only look like it say nothing."""
    for number, match in enumerate(_BASE64.finditer(text)):
        said = _from_base64(match.group()) if number < _TOKENS else None
        if said is not None:
            yield *match.span(), said


def _spans(
    pattern: re.Pattern[str], text: str, decode: Callable[[str], str | None]
) -> Iterator[tuple[int, int, str]]:
    for match in pattern.finditer(text):
        said = decode(match.group())
        if said is not None and said != match.group():
            yield *match.span(), said


def _unquoted(written: str) -> str | None:
    for _turn in range(_TURNS):
        data = unquote_to_bytes(written)
        said = _characters(data)
        if said is None:
            return None
        if "%" not in said:
            return said
        written = said
    return written


def _unescaped(written: str) -> str | None:
    codes = [int(found.group(1), 16) for found in _ONE_ESCAPE.finditer(written)]
    is_known = all(code < 0x110000 and not 0xD800 <= code <= 0xDFFF for code in codes)
    return "".join(map(chr, codes)) if is_known else None


def _characters(data: bytes) -> str | None:
    """The text in UTF-8, else in the encoding of mainland China; None when it is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _from_base64(written: str) -> str | None:
    bare = written.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 == 1:
        return None
    try:
        said = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return said if said.isprintable() or said.replace("\n", "").isprintable() else None
