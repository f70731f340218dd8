"""Reads the box structure of MP4 files: where the index stands, and its key-value metadata. Pure Python.

Sources: ISO/IEC 14496-12 section 4.2 (boxes), Apple's QuickTime File Format, "Metadata" (keys and ilst of
hdlr mdta).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_INDEX_BYTES = 64 * 1024 * 1024
_CONTAINERS = frozenset({b"moov", b"udta", b"trak", b"mdia"})
_MAX_DEPTH = 8


class Mp4Fault(Exception):
    """The file is no MP4, or its boxes do not fit into one another."""


def moov_stands_first(path: Path) -> bool:
    """Whether the index comes before the picture data, so that playing starts before all is loaded."""
    with path.open("rb") as file:
        kinds = [kind for kind, _start, _end in _file_boxes(file)]
    if b"moov" not in kinds or b"mdat" not in kinds:
        raise Mp4Fault(f"no moov or no mdat among {kinds}")
    return kinds.index(b"moov") < kinds.index(b"mdat")


def mdta_values(path: Path, key: str) -> list[str]:
    """Every value stored under `key` anywhere in the index, each copy for itself. Raises Mp4Fault."""
    values: list[str] = []
    with path.open("rb") as file:
        for kind, start, end in list(_file_boxes(file)):
            if kind in (b"moov", b"meta"):
                if end - start > MAX_INDEX_BYTES:
                    raise Mp4Fault(f"an index of {end - start} bytes")
                file.seek(start)
                body = file.read(end - start)
                pairs = _pairs(body) if kind == b"moov" else _meta_pairs(body)
                values += [value for name, value in pairs if name == key]
    return values


def file_boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the body of each box at the top of `data`. Raises Mp4Fault."""
    position = 0
    while position < len(data):
        start, after = _extent(data[position : position + 16], position, len(data))
        yield data[position + 4 : position + 8], start, after
        position = after


def mdta_pairs(data: bytes) -> list[tuple[str, str]]:
    """Every name and value in the index of an MP4 given as bytes. Raises Mp4Fault."""
    pairs: list[tuple[str, str]] = []
    for kind, start, end in file_boxes(data):
        if kind in (b"moov", b"meta"):
            if end - start > MAX_INDEX_BYTES:
                raise Mp4Fault(f"an index of {end - start} bytes")
            body = data[start:end]
            pairs += _pairs(body) if kind == b"moov" else _meta_pairs(body)
    return pairs


def _file_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The same of a file that is not read as a whole."""
    end = file.seek(0, 2)
    position = 0
    while position < end:
        file.seek(position)
        header = file.read(16)
        start, after = _extent(header, position, end)
        yield header[4:8], start, after
        position = after


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and body of each box in `data`. A closing zero word, as QuickTime writes it, ends the list."""
    position = 0
    while position < len(data):
        if len(data) - position < 8 and not data[position:].strip(b"\x00"):
            return
        start, after = _extent(data[position : position + 16], position, len(data))
        yield data[position + 4 : position + 8], data[start:after]
        position = after


def _extent(header: bytes, position: int, end: int) -> tuple[int, int]:
    if len(header) < 8:
        raise Mp4Fault("the file ends inside a box header")
    length, start = int.from_bytes(header[:4], "big"), position + 8
    if length == 1:
        length, start = int.from_bytes(header[8:16], "big"), position + 16
    elif length == 0:
        length = end - position
    if length < start - position or position + length > end:
        raise Mp4Fault(f"a box of {length} bytes at {position} of {end}")
    return start, position + length


def _pairs(data: bytes, depth: int = 0) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for kind, body in _boxes(data):
        if kind in _CONTAINERS and depth < _MAX_DEPTH:
            pairs += _pairs(body, depth + 1)
        elif kind == b"meta":
            pairs += _meta_pairs(body)
    return pairs


def _meta_pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values of one meta box; in MP4 it begins with version and flags, in QuickTime it does not."""
    inner = body if body[4:8] == b"hdlr" else body[4:]
    parts = list(_boxes(inner))
    names = [name for kind, part in parts if kind == b"keys" for name in _key_names(part)]
    pairs: list[tuple[str, str]] = []
    for kind, part in parts:
        for number, item in _boxes(part) if kind == b"ilst" else ():
            index = int.from_bytes(number, "big") - 1
            name = names[index] if 0 <= index < len(names) else number.decode("latin-1")
            # A data box: type and locale, 4 bytes each, then the value.
            pairs += [
                (name, data[8:].decode("utf-8", "replace")) for one, data in _boxes(item) if one == b"data"
            ]
    return pairs


def _key_names(part: bytes) -> list[str]:
    """Names in a keys box: version and flags, a count, then boxes of namespace and name."""
    return [name.decode("utf-8", "replace") for _namespace, name in _boxes(part[8:])]
