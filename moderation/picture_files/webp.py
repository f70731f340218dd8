"""Walks WebP files: RFC 9649. Pure Python."""

import struct
from collections.abc import Iterator

from moderation.picture_files.structure import (
    MAX_PARTS,
    PADDING,
    PictureFile,
    SourceFormat,
    StructureFault,
    broken,
    truncated,
)

_WEBP_ANIMATION, _WEBP_ALPHA = 0x02, 0x10
_WEBP_NEEDED = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"EXIF"})
_WEBP_KEPT_FLAGS = 0x20 | 0x10 | 0x08  # profile, alpha, EXIF


def walk_webp(data: bytes) -> PictureFile:
    """Raises StructureFault."""
    if len(data) < 12:
        raise truncated("the file ends inside its header")
    size = int.from_bytes(data[4:8], "little") + 8
    if size > len(data):
        raise truncated("the file is shorter than its header says")
    if data[size:].strip(PADDING):
        raise StructureFault("upload_polyglot", f"{len(data) - size} bytes follow the end of the picture")
    chunks = list(_webp_chunks(data[:size]))
    kinds = [kind for kind, _body in chunks]
    if b"ANIM" in kinds or b"ANMF" in kinds:
        raise StructureFault("upload_animated", "the file is animated")
    pictures = [(kind, body) for kind, body in chunks if kind in (b"VP8 ", b"VP8L")]
    if len(pictures) != 1:
        raise broken(f"{len(pictures)} pictures in one file")
    width, height, has_alpha = _webp_size(*pictures[0])
    if kinds[0] == b"VP8X":
        flags, canvas = _webp_extended(chunks[0][1])
        if flags & _WEBP_ANIMATION:
            raise StructureFault("upload_animated", "the file is animated")
        if canvas != (width, height):
            raise broken("canvas and picture differ in size")
        has_alpha = has_alpha or bool(flags & _WEBP_ALPHA)
    elif len(chunks) > 1:
        raise broken("a simple file holds one chunk")
    return PictureFile(
        SourceFormat.WEBP,
        width,
        height,
        _webp_minimal(chunks),
        tuple(body for kind, body in chunks if kind not in _WEBP_NEEDED),
        has_alpha,
        is_lossless=pictures[0][0] == b"VP8L",
    )


def is_animated_webp(data: bytes) -> bool:
    """By its extended header alone."""
    return data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & _WEBP_ANIMATION)


def walk_animated_webp(data: bytes) -> PictureFile:
    """A moving picture, which intake never lets in: for reading the labels of what was made here.

    `minimal` is the file itself. Raises StructureFault.
    """
    size = int.from_bytes(data[4:8], "little") + 8
    if size != len(data):
        raise truncated("the file is not as long as its header says")
    chunks = list(_webp_chunks(data))
    kinds = [kind for kind, _body in chunks]
    if kinds[:1] != [b"VP8X"] or kinds.count(b"ANIM") != 1 or b"ANMF" not in kinds:
        raise broken("no animation")
    flags, (width, height) = _webp_extended(chunks[0][1])
    metadata = tuple(body for kind, body in chunks if kind not in {*_WEBP_NEEDED, b"ANIM", b"ANMF"})
    return PictureFile(SourceFormat.WEBP, width, height, data, metadata, has_alpha=bool(flags & _WEBP_ALPHA))


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    for _ in range(MAX_PARTS):
        if position == len(data):
            return
        if position + 8 > len(data):
            raise truncated("the file ends inside a chunk header")
        kind, length = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 : position + 8], "little"),
        )
        end = position + 8 + length
        if end + (length & 1) > len(data):
            raise truncated("the file ends inside a chunk")
        yield kind, data[position + 8 : end]
        position = end + (length & 1)
    raise broken(f"more than {MAX_PARTS} chunks")


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int, bool]:
    """Width, height, alpha of the one picture; RFC 9649 sections 2.5 and 2.6."""
    if kind == b"VP8L":
        if len(body) < 5 or body[0] != 0x2F:
            raise broken("the lossless header is damaged")
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1, bool(bits >> 28 & 1)
    if len(body) < 10 or body[3:6] != b"\x9d\x01\x2a" or body[0] & 1:
        raise broken("the lossy header is damaged")
    width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if not width or not height:
        raise broken("a side of zero pixels")
    return width, height, False


def _webp_extended(body: bytes) -> tuple[int, tuple[int, int]]:
    if len(body) != 10:
        raise broken("the extended header has a wrong length")
    sides = (int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1)
    return body[0], sides


def _webp_minimal(chunks: list[tuple[bytes, bytes]]) -> bytes:
    parts = []
    for kind, original in chunks:
        if kind not in _WEBP_NEEDED:
            continue
        body = bytes([original[0] & _WEBP_KEPT_FLAGS]) + original[1:] if kind == b"VP8X" else original
        parts.append(kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) & 1))
    joined = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(joined)) + joined
