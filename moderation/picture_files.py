"""Walks the structure of JPEG, PNG, WebP and HEIC files without decoding a pixel. Pure Python.

Each walker proves that the file is complete, is one still picture, and ends where its own structure ends;
it reads the dimensions from the headers and gives back a minimal copy with nothing in it but what decoding
needs. So no decoder ever meets comments, thumbnails, foreign metadata, second pictures or data after the
end.

Sources: ITU-T T.81 annex B (JPEG), PNG third edition section 5, RFC 9649 (WebP), ISO/IEC 14496-12 and
23008-12 (HEIC).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

JPEG_MAX_SCANS = 100  # an ordinary progressive file has about ten; each costs a pass over all coefficients
MAX_PARTS = 100_000  # chunks, segments or boxes
MAX_ICC_BYTES = 4 * 1024 * 1024
_PADDING = b"\x00\t\n\r "


class SourceFormat(StrEnum):
    """Formats that may come in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"


class StructureFault(Exception):
    """The file's structure is refused; `code` is one of the upload_* codes of moderation.intake."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


@dataclass(frozen=True)
class PictureFile:
    """What the structure says.

    minimal: the bytes to decode. metadata: parts that are not picture data, for the search for hidden
    scripts. has_alpha and is_lossless speak of the source; width and height are before orientation.
    """

    source_format: SourceFormat
    width: int
    height: int
    minimal: bytes
    metadata: tuple[bytes, ...] = ()
    has_alpha: bool = False
    is_lossless: bool = False


def truncated(why: str) -> StructureFault:
    return StructureFault("upload_truncated", why)


def broken(why: str) -> StructureFault:
    return StructureFault("upload_undecodable", why)


# ---- JPEG
# ---------------------------------------------------------------------------------------------------

_SOI, _EOI, _SOS, _DQT, _DHT, _DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what libjpeg decodes, 8 bits
_OTHER_FRAMES = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})


def walk_jpeg(data: bytes) -> PictureFile:
    """Raises StructureFault."""
    walk = _JpegWalk(data)
    end = walk.run(0)
    metadata = list(walk.metadata)
    while data[end : end + 3] == b"\xff\xd8\xff":  # further complete pictures: gain maps, previews, depth
        if not walk.announces_more:
            raise StructureFault(
                "upload_polyglot", "a second picture follows that the first does not announce"
            )
        further = _JpegWalk(data)
        end = further.run(end)
        metadata += further.metadata
        while data[end : end + 1] == b"\x00":
            end += 1
    if data[end:].strip(_PADDING):
        raise StructureFault("upload_polyglot", f"{len(data) - end} bytes follow the end of the picture")
    width, height = walk.size
    return PictureFile(SourceFormat.JPEG, width, height, b"".join(walk.kept), tuple(metadata))


class _JpegWalk:
    """One JPEG stream, from SOI to EOI."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = (0, 0)
        self.kept: list[bytes] = [b"\xff\xd8"]
        self.metadata: list[bytes] = []
        self.announces_more = False
        self._scans = 0

    def run(self, start: int) -> int:
        """Walk from the SOI at `start`; the offset after EOI."""
        position = start + 2
        for _ in range(MAX_PARTS):
            position, marker = self._marker(position)
            if marker == _EOI:
                return self._finish(position)
            body_end = self._segment_end(position)
            self._take(marker, position, body_end)
            position = body_end
            if marker == _SOS:
                position = self._entropy_coded(position)
        raise broken(f"more than {MAX_PARTS} segments")

    def _marker(self, position: int) -> tuple[int, int]:
        if position >= len(self.data):
            raise truncated("the file ends before its end marker")
        if self.data[position] != 0xFF:
            raise broken(f"no marker at byte {position}")
        while position < len(self.data) and self.data[position] == 0xFF:
            position += 1
        if position >= len(self.data):
            raise truncated("the file ends inside a marker")
        return position + 1, self.data[position]

    def _segment_end(self, position: int) -> int:
        if position + 2 > len(self.data):
            raise truncated("the file ends inside a segment")
        length = int.from_bytes(self.data[position : position + 2], "big")
        if length < 2:
            raise broken("a segment is shorter than its own length field")
        if position + length > len(self.data):
            raise truncated("the file ends inside a segment")
        return position + length

    def _take(self, marker: int, position: int, end: int) -> None:
        """Keep what decoding needs, remember the rest as metadata, refuse what cannot be decoded."""
        body = self.data[position + 2 : end]
        if marker in _OTHER_FRAMES or marker == _SOI:
            raise broken(f"a marker 0x{marker:02x}, which is not decoded here")
        if marker in _FRAMES:
            self._frame(body)
        if marker == _SOS:
            self._scans += 1
            if self._scans > JPEG_MAX_SCANS:
                raise broken(f"more than {JPEG_MAX_SCANS} scans")
            if self.size == (0, 0):
                raise broken("picture data come before the frame header")
        if marker == _APP2 and body.startswith(b"MPF\x00"):
            self.announces_more = True
        if marker == _APP1 and b"hdrgm:" in body:
            self.announces_more = True
        if self._is_needed(marker, body):
            self.kept.append(b"\xff" + bytes([marker]) + self.data[position:end])
        if marker >= _APP0:
            self.metadata.append(body)

    def _is_needed(self, marker: int, body: bytes) -> bool:
        if _APP0 <= marker <= _APP15:
            return (
                (marker == _APP0 and body.startswith(b"JFIF\x00"))
                or (marker == _APP1 and body.startswith(b"Exif\x00"))
                or (marker == _APP2 and body.startswith(b"ICC_PROFILE\x00"))
                or (marker == _APP14 and body.startswith(b"Adobe"))
            )
        return marker in _FRAMES or marker in {_SOS, _DQT, _DHT, _DRI}

    def _frame(self, body: bytes) -> None:
        if self.size != (0, 0):
            raise broken("two frame headers")
        if len(body) < 6:
            raise broken("the frame header is too short")
        precision, height, width, components = struct.unpack(">BHHB", body[:6])
        if precision != 8 or components not in (1, 3, 4):
            raise broken(f"{precision} bits and {components} components are not decoded here")
        if not width or not height:
            raise broken("a side of zero pixels")
        self.size = (width, height)

    def _entropy_coded(self, position: int) -> int:
        """Copy picture data up to the next marker (0xFF00 is a data byte, 0xFFD0 to 0xFFD7 restart it)."""
        start = position
        while True:
            position = self.data.find(b"\xff", position)
            if position < 0 or position + 1 >= len(self.data):
                raise truncated("the file ends inside the picture data")
            following = self.data[position + 1]
            if following == 0xFF:
                position += 1
            elif following == 0 or 0xD0 <= following <= 0xD7:
                position += 2
            else:
                self.kept.append(self.data[start:position])
                return position

    def _finish(self, position: int) -> int:
        if not self._scans:
            raise broken("the file holds no picture data")
        self.kept.append(b"\xff\xd9")
        return position


# ---- PNG
# ----------------------------------------------------------------------------------------------------

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
            if data[position:].strip(_PADDING):
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


# ---- WebP
# ---------------------------------------------------------------------------------------------------

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
    if data[size:].strip(_PADDING):
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


# ---- HEIC
# ---------------------------------------------------------------------------------------------------

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
HEIC_SEQUENCE_BRANDS = frozenset({b"hevc", b"hevx", b"msf1"})
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


def _heic_sides(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Width and height of every item that the file describes (ispe boxes), tiles and thumbnails too."""
    sides = []
    for kind, inner, inner_end in _boxes(data, start, end):
        if kind in _HEIC_CONTAINERS:
            sides += _heic_sides(data, inner, inner_end)
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
