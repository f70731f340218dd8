"""Walks PNG files: PNG third edition, section 5. Pure Python."""

import struct
import zlib
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

MAX_ICC_BYTES = 4 * 1024 * 1024
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"iCCP", b"sRGB", b"gAMA", b"eXIf"})
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PNG_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


def walk_png(data: bytes) -> PictureFile:
    """Raises StructureFault."""
    kept, metadata = [PNG_SIGNATURE], []
    header, has_alpha, data_seen = b"", False, False
    for kind, body, whole in _png_chunks(data):
        if not header and kind != b"IHDR":
            raise broken("the first chunk is not the header")
        if kind in (b"acTL", b"fcTL", b"fdAT"):
            raise StructureFault("upload_animated", "the file is animated")
        if kind == b"IHDR":
            if header:
                raise broken("two headers")
            header = body
        has_alpha = has_alpha or kind == b"tRNS"
        data_seen = data_seen or kind == b"IDAT"
        if kind in _PNG_NEEDED:
            kept.append(_png_whole(kind, body) if kind == b"iCCP" else whole)
        elif kind[0] & 0x20:  # ancillary: may be left out
            metadata.append(body)
        else:
            raise broken(f"an unknown critical chunk {kind!r}")
    if not data_seen:
        raise broken("the file holds no picture data")
    width, height, colour = _png_header(header)
    return PictureFile(
        SourceFormat.PNG, width, height, b"".join(kept), tuple(metadata), has_alpha or colour in (4, 6), True
    )


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield type, body and whole bytes of each chunk; ends after IEND."""
    position = len(PNG_SIGNATURE)
    for _ in range(MAX_PARTS):
        if position + 12 > len(data):
            raise truncated("the file ends before its end chunk")
        length = int.from_bytes(data[position : position + 4], "big")
        kind, end = data[position + 4 : position + 8], position + 12 + length
        if end > len(data):
            raise truncated("the file ends inside a chunk")
        body = data[position + 8 : end - 4]
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(data[end - 4 : end], "big"):
            raise broken(f"the chunk {kind!r} is damaged")
        yield kind, body, data[position:end]
        position = end
        if kind == b"IEND":
            if data[position:].strip(PADDING):
                raise StructureFault("upload_polyglot", f"{len(data) - position} bytes follow the end chunk")
            return
    raise broken(f"more than {MAX_PARTS} chunks")


def _png_header(body: bytes) -> tuple[int, int, int]:
    if len(body) != 13:
        raise broken("the header has a wrong length")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if not width or not height:
        raise broken("a side of zero pixels")
    if depth not in _PNG_DEPTHS.get(colour, set()) or compression or filtering or interlace > 1:
        raise broken("the header holds values that PNG does not have")
    return width, height, colour


def _png_whole(kind: bytes, body: bytes) -> bytes:
    """A chunk written anew. A colour profile is unpacked within bounds first: it may be a bomb of its own."""
    name, separator, packed = body.partition(b"\x00")
    if not separator or len(packed) < 2:
        raise broken("the colour profile is damaged")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], MAX_ICC_BYTES)
    except zlib.error as error:
        raise broken("the colour profile is damaged") from error
    if unpacker.unconsumed_tail:
        raise broken("the colour profile is too large")
    body = name + b"\x00\x00" + zlib.compress(profile, 1)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
