"""Walks HEIC files: ISO/IEC 14496-12 and 23008-12. Pure Python."""

import struct
from collections.abc import Iterator

from moderation.picture_files.structure import (
    MAX_PARTS,
    PictureFile,
    SourceFormat,
    StructureFault,
    broken,
    truncated,
)

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
HEIC_SEQUENCE_BRANDS = frozenset({b"hevc", b"hevx", b"msf1"})
MAX_DEPTH = 8  # of containers in containers; the format itself needs two
_HEIC_BOXES = frozenset({b"ftyp", b"meta", b"mdat", b"free", b"skip", b"uuid", b"idat"})
_HEIC_CONTAINERS = frozenset({b"iprp", b"ipco"})


def walk_heic(data: bytes) -> PictureFile:
    """Raises StructureFault. The boxes are kept as they are: their offsets point into the whole file."""
    sides: list[tuple[int, int]] = []
    kinds = []
    has_alpha = False
    for kind, start, end in _boxes(data, 0, len(data)):
        kinds.append(kind)
        if kind == b"moov":
            raise StructureFault("upload_animated", "the file is a sequence of pictures")
        if kind not in _HEIC_BOXES:
            raise StructureFault("upload_polyglot", f"a foreign box {kind!r}")
        if kind == b"meta":
            _refuse_overlays(data, start + 4, end)
            sides += _heic_sides(data, start + 4, end)
            has_alpha = b"auxid:1" in data[start:end] or b"auxiliary:alpha" in data[start:end]
    if b"meta" not in kinds or (b"mdat" not in kinds and b"idat" not in data):
        raise truncated("the file ends before its picture data")
    if not sides:
        raise broken("the file does not say how large its picture is")
    width, height = max(sides, key=lambda side: side[0] * side[1])
    if not width or not height:
        raise broken("a side of zero pixels")
    return PictureFile(SourceFormat.HEIC, width, height, data, (), has_alpha)


def _refuse_overlays(data: bytes, start: int, end: int) -> None:
    """An overlay's canvas has a size of its own, which the decoder allocates before it looks at ispe boxes.

    No camera writes one. Grids, which cameras do write, are compared with their ispe box by the decoder.
    """
    for kind, inner, inner_end in _boxes(data, start, end):
        if kind != b"iinf":
            continue
        count_bytes = 2 if data[inner : inner + 1] == b"\x00" else 4
        for entry, body, body_end in _boxes(data, inner + 4 + count_bytes, inner_end):
            type_at = body + (8 if data[body : body + 1] == b"\x02" else 10)
            if entry == b"infe" and data[type_at : min(type_at + 4, body_end)] == b"iovl":
                raise broken("an overlay of pictures, which is not decoded here")


def _heic_sides(data: bytes, start: int, end: int, depth: int = 0) -> list[tuple[int, int]]:
    """Width and height of every item that the file describes (ispe boxes), tiles and thumbnails too."""
    if depth > MAX_DEPTH:
        raise broken(f"boxes lie more than {MAX_DEPTH} deep in each other")
    sides = []
    for kind, inner, inner_end in _boxes(data, start, end):
        if kind in _HEIC_CONTAINERS:
            sides += _heic_sides(data, inner, inner_end, depth + 1)
        elif kind == b"ispe":
            if inner_end - inner < 12:
                raise broken("a size box is too short")
            sides.append(struct.unpack(">II", data[inner + 4 : inner + 12]))
    return sides


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start and end of the body of each box between two offsets; they must fill the space."""
    position = start
    for _ in range(MAX_PARTS):
        if position == end:
            return
        if position + 8 > end:
            raise truncated("the file ends inside a box header")
        length, kind, body = (
            int.from_bytes(data[position : position + 4], "big"),
            data[position + 4 : position + 8],
            8,
        )
        if length == 1:
            length, body = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif length == 0:
            length = end - position
        if length < body:
            raise broken("a box is shorter than its header")
        if position + length > end:
            raise truncated("the file ends inside a box")
        yield kind, position + body, position + length
        position += length
    raise broken(f"more than {MAX_PARTS} boxes")
