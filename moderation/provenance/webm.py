"""Reads the SimpleTags of Matroska and WebM files. Pure Python.

Sources: RFC 8794 (EBML: sizes and identifiers), RFC 9559 sections 5.1.8 and 22.
"""

_SEGMENT, _TAGS, _TAG, _SIMPLE = 0x18538067, 0x1254C367, 0x7373, 0x67C8
_NAME, _STRING = 0x45A3, 0x4487
_MAX_STEPS, _MAX_DEPTH, _MAX_TAGS, _MAX_TEXT = 50_000, 5, 64, 256 * 1024
_PARENTS = frozenset({_SEGMENT, _TAGS, _TAG, _SIMPLE})


def webm_tags(data: bytes) -> tuple[list[tuple[str, str]], bool]:
    """Names and values of all tags, and whether the file could be walked to its end. Never raises."""
    tags: list[tuple[str, str]] = []
    steps, name = 0, ""
    open_ends: list[tuple[int, int]] = [(0, len(data))]  # position and end of each level that is open
    while open_ends:
        position, end = open_ends[-1]
        steps += 1
        if position >= end:
            open_ends.pop()
            continue
        element = _element(data, position, end)
        if element is None or steps > _MAX_STEPS or len(tags) >= _MAX_TAGS:
            return tags, False
        kind, start, after = element
        open_ends[-1] = (after, end)
        if kind in _PARENTS and len(open_ends) < _MAX_DEPTH:
            open_ends.append((start, after))
        elif kind == _NAME:
            name = data[start : min(after, start + 200)].decode("utf-8", "replace")
        elif kind == _STRING:
            tags.append((name, data[start : min(after, start + _MAX_TEXT)].decode("utf-8", "replace")))
    return tags, True


def _element(data: bytes, position: int, end: int) -> tuple[int, int, int] | None:
    """Identifier, start and end of the body of the element at `position`; None when it is damaged."""
    identifier_length = _width(data, position)
    if not 1 <= identifier_length <= 4:
        return None
    size_at = position + identifier_length
    size_length = _width(data, size_at)
    if not 1 <= size_length <= 8 or size_at + size_length > end:
        return None
    mask = (1 << (7 * size_length)) - 1
    size = int.from_bytes(data[size_at : size_at + size_length]) & mask
    start = size_at + size_length
    after = end if size == mask else start + size  # all ones: unknown, up to the end of its parent
    if after > end:
        return None
    return int.from_bytes(data[position:size_at]), start, after


def _width(data: bytes, position: int) -> int:
    """How many bytes the number at `position` has, by its leading zero bits; 0 or 9 when there is none."""
    first = data[position : position + 1]
    return 9 - int.from_bytes(first).bit_length() if first else 0
