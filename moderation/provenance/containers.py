"""packets_of: the metadata of any picture or video file, whatever state it is in. Pure Python.

Unlike moderation.picture_files, which refuses whatever is odd, this reads what it can and says that it had to
stop: whoever asks what is in a file wants an answer for damaged files, too. No pixel is decoded. Sources:
ITU-T T.81 annex B, PNG third edition, RFC 9649, GIF89a, TIFF 6.0, ISO/IEC 14496-12.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from moderation.picture_files.png import PNG_SIGNATURE
from moderation.provenance.mp4 import Mp4Fault, file_boxes, mdta_pairs
from moderation.provenance.webm import webm_tags

MAX_PACKETS = 16
MAX_PACKET = 1024 * 1024
MAX_TEXT = 256 * 1024
_MAX_STEPS = 20_000  # chunks or segments looked at
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP specification part 3
_HEIF_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc")


@dataclass
class Packets:
    """What a file carries besides its picture.

    format: jpeg, png, webp, gif, tiff, heif, mp4, webm, or empty for anything else. texts: names and values
    of text chunks, of MP4 keys, of WebM tags. is_whole: False when the file is damaged or holds more than is
    looked at.
    """

    format: str = ""
    xmp: list[bytes] = field(default_factory=list)
    exif: list[bytes] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    is_whole: bool = True

    def add(self, kept: list[bytes], packet: bytes) -> None:
        if len(kept) >= MAX_PACKETS or len(packet) > MAX_PACKET:
            self.is_whole = False
        else:
            kept.append(packet)

    def add_text(self, name: str, value: str) -> None:
        if len(self.texts) >= 4 * MAX_PACKETS:
            self.is_whole = False
        else:
            self.texts.append((name[:80], value[:MAX_TEXT]))


def packets_of(data: bytes) -> Packets:
    """Never raises for anything that `data` holds."""
    found = Packets(_format_of(data))
    match found.format:
        case "jpeg":
            _jpeg(data, found)
        case "png":
            _png(data, found)
        case "webp":
            _webp(data, found)
        case "gif" | "heif":
            _search(data, found)
        case "tiff":
            _search(data, found)
            found.add(found.exif, data[:MAX_PACKET])
        case "mp4":
            _mp4(data, found)
        case "webm":
            tags, is_whole = webm_tags(data)
            found.is_whole = found.is_whole and is_whole
            for name, value in tags:
                found.add_text(name, value)
    return found


def _format_of(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(PNG_SIGNATURE):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return "tiff"
    if data[4:8] == b"ftyp":
        return "heif" if data[8:12] in _HEIF_BRANDS else "mp4"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm"
    return ""


def _jpeg(data: bytes, found: Packets) -> None:
    position = 2
    for _step in range(_MAX_STEPS):
        while data[position : position + 2] == b"\xff\xff":
            position += 1
        marker, length = data[position + 1 : position + 2], int.from_bytes(data[position + 2 : position + 4])
        if data[position : position + 1] != b"\xff" or not marker or length < 2:
            found.is_whole = marker == b"\xd9" and found.is_whole
            return
        body = data[position + 4 : position + 2 + length]
        if marker == b"\xda":
            return  # the picture itself; whoever writes labels puts them before it
        if marker == b"\xe1" and body.startswith(_XMP_HEADER):
            found.add(found.xmp, body[len(_XMP_HEADER) :])
        elif marker == b"\xe1" and body.startswith(b"Exif\x00"):
            found.add(found.exif, body[6:])
        elif marker == b"\xfe":
            found.add_text("Comment", body.decode("utf-8", "replace"))
        position += 2 + length
    found.is_whole = False


def _chunks(data: bytes, start: int, size_first: bool) -> Iterator[tuple[bytes, bytes, bool]]:
    """Type, body and whether it is whole, of PNG chunks (size first) or RIFF chunks."""
    position = start
    for _step in range(_MAX_STEPS):
        if position + 8 > len(data):
            return
        if size_first:
            length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
            step = 12 + length
        else:
            kind = data[position : position + 4]
            length = int.from_bytes(data[position + 4 : position + 8], "little")
            step = 8 + length + (length & 1)
        end = position + 8 + length
        yield kind, data[position + 8 : end], end <= len(data)
        position += step


def _png(data: bytes, found: Packets) -> None:
    for kind, body, is_whole in _chunks(data, len(PNG_SIGNATURE), size_first=True):
        found.is_whole = found.is_whole and is_whole
        if kind == b"eXIf":
            found.add(found.exif, body)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            name, _separator, rest = body.partition(b"\x00")
            value = _png_text(kind, rest)
            if name == b"XML:com.adobe.xmp":
                found.add(found.xmp, value)
            else:
                found.add_text(
                    name.decode("latin-1"), value.decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")
                )


def _png_text(kind: bytes, rest: bytes) -> bytes:
    """The text of a chunk, unpacked within bounds; empty when it cannot be."""
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _unpacked(rest[1:])
    is_packed, rest = rest[:1] == b"\x01", rest[2:]
    _language, _separator, rest = rest.partition(b"\x00")
    _translated, _separator, rest = rest.partition(b"\x00")
    return _unpacked(rest) if is_packed else rest


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MAX_PACKET)
    except zlib.error:
        return b""


def _webp(data: bytes, found: Packets) -> None:
    for kind, body, is_whole in _chunks(data, 12, size_first=False):
        found.is_whole = found.is_whole and is_whole
        if kind == b"XMP ":
            found.add(found.xmp, body)
        elif kind == b"EXIF":
            found.add(found.exif, body.removeprefix(b"Exif\x00\x00"))


def _search(data: bytes, found: Packets) -> None:
    """XMP and EXIF by their beginnings, for formats that keep them at addresses of their own."""
    position = 0
    while (start := data.find(b"<x:xmpmeta", position)) >= 0 and len(found.xmp) < MAX_PACKETS:
        end = data.find(b"</x:xmpmeta>", start, start + MAX_PACKET)
        if end < 0:
            found.is_whole = False
            break
        position = end + 12
        found.add(found.xmp, data[start:position])
    for start_word in (b"Exif\x00\x00II*\x00", b"Exif\x00\x00MM\x00*"):
        at = data.find(start_word)
        if at >= 0:
            found.add(found.exif, data[at + 6 : at + 6 + 64 * 1024])


def _mp4(data: bytes, found: Packets) -> None:
    try:
        for kind, start, end in file_boxes(data):
            if kind == b"uuid" and data[start : start + 16] == _XMP_BOX:
                found.add(found.xmp, data[start + 16 : min(end, start + 17 + MAX_PACKET)])
        for name, value in mdta_pairs(data):
            found.add_text(name, value)
    except Mp4Fault:
        found.is_whole = False
