"""The implicit AI label of GB 45438-2025 and IPTC's source type, written and read back. Pure Python.

Carriers as in the practice guides TC260-PG-20257A (video: key AIGC in the MP4's metadata) and TC260-PG-20259A
(pictures: XMP element TC260:AIGC); exactly one copy a file (section 6.1 c of the standard). The source type
stands in XMP, too: beside the mark in pictures, in a box of its own in MP4.
"""

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.picture_files.jpeg import walk_jpeg
from moderation.picture_files.png import PNG_SIGNATURE, walk_png
from moderation.picture_files.structure import PictureFile, StructureFault
from moderation.picture_files.webp import is_animated_webp, walk_animated_webp, walk_webp
from moderation.provenance.containers import packets_of
from moderation.provenance.mp4 import Mp4Fault, mdta_values, moov_stands_first
from moderation.provenance.source_types import DigitalSourceType
from moderation.provenance.xmp import AIGC_NAMESPACE, XmpFault, xmp_facts, xmp_packet

KEY = "AIGC"
XMP_NAMESPACE = AIGC_NAMESPACE
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP specification part 3
_VALUE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")
_WEBP_HAS_XMP, _WEBP_HAS_ALPHA = 0x04, 0x10
MAX_VALUE = 1024
_LABELS = {"1": "is AI-generated", "2": "may be", "3": "is suspected to be"}


class MarkInvalid(ValueError):
    """A value that the standard does not allow."""


class MarkFault(Exception):
    """A file does not carry exactly the mark it should. `code` is stable."""

    code = "label_metadata_missing"


@dataclass(frozen=True)
class AigcMark:
    """The seven values of Annex E.

    label: "1" the content is AI-generated, "2" it may be, "3" it is suspected. content_producer,
    produce_id: codes of the service and of this piece of content; content_propagator, propagate_id: of
    whoever spreads it. reserved_code1, reserved_code2: integrity values (hash, signature) of producer and
    propagator. All are printable ASCII without space, quotation mark and backslash. Raises MarkInvalid.
    """

    content_producer: str
    produce_id: str
    label: str = "1"
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""

    def __post_init__(self) -> None:
        if self.label not in _LABELS:
            raise MarkInvalid(f"label must be one of {sorted(_LABELS)}, got {self.label!r}")
        if not self.content_producer or not self.produce_id:
            raise MarkInvalid("content_producer and produce_id must not be empty")
        for name, value in self.as_dict().items():
            if not _VALUE.fullmatch(value) or len(value) > MAX_VALUE:
                raise MarkInvalid(f"{name} holds characters that GB 45438-2025 does not allow: {value!r}")

    def as_dict(self) -> dict[str, str]:
        """The standard's names, in its order."""
        return {
            "Label": self.label,
            "ContentProducer": self.content_producer,
            "ProduceID": self.produce_id,
            "ReservedCode1": self.reserved_code1,
            "ContentPropagator": self.content_propagator,
            "PropagateID": self.propagate_id,
            "ReservedCode2": self.reserved_code2,
        }

    def as_json(self) -> str:
        """What stands behind the key AIGC."""
        return json.dumps(self.as_dict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "AigcMark":
        """Read the value, with or without the outer key AIGC. Raises MarkInvalid."""
        try:
            values: Any = json.loads(text)
        except ValueError as error:
            raise MarkInvalid(f"not JSON: {text[:80]!r}") from error
        if isinstance(values, dict) and set(values) == {KEY}:
            values = values[KEY]
        names = {"Label", "ContentProducer", "ProduceID"}
        if not isinstance(values, dict) or not names <= set(values):
            raise MarkInvalid(f"{sorted(names)} are needed, got {text[:80]!r}")
        if not all(isinstance(value, str) for value in values.values()):
            raise MarkInvalid(f"values must be text, got {text[:80]!r}")
        return cls(
            label=values["Label"],
            content_producer=values["ContentProducer"],
            produce_id=values["ProduceID"],
            reserved_code1=values.get("ReservedCode1", ""),
            content_propagator=values.get("ContentPropagator", ""),
            propagate_id=values.get("PropagateID", ""),
            reserved_code2=values.get("ReservedCode2", ""),
        )


# Video


def write_video(
    source: Path, target: Path, mark: AigcMark, source_type: DigitalSourceType | None = None
) -> None:
    """Copy the streams of `source` into the MP4 `target`, with the mark and with its index first (faststart).

    source_type: written as XMP into a box behind the picture data. No frame is decoded or encoded. All other
    metadata of the source are dropped. Raises av.error.FFmpegError.
    """
    import av

    options = {"movflags": "use_metadata_tags+faststart"}
    with av.open(str(source)) as given, av.open(str(target), "w", format="mp4", options=options) as made:
        made.metadata[KEY] = mark.as_json()
        copies = {
            stream.index: made.add_stream_from_template(stream)
            for stream in given.streams
            if stream.type in ("video", "audio")
        }
        for packet in given.demux():
            if packet.dts is None or packet.stream.index not in copies:
                continue  # the empty packet that ends a stream
            packet.stream = copies[packet.stream.index]
            made.mux(packet)
    if source_type is not None:
        body = _XMP_BOX + xmp_packet(source_type=source_type.value)
        with target.open("ab") as file:
            file.write((len(body) + 8).to_bytes(4, "big") + b"uuid" + body)


def read_video(path: Path) -> list[AigcMark]:
    """Every copy of the mark in an MP4, in file order. Raises MarkInvalid, Mp4Fault."""
    return [AigcMark.from_json(text) for text in mdta_values(path, KEY)]


def check_video(path: Path, mark: AigcMark) -> None:
    """Raise MarkFault unless the MP4 carries exactly this mark, once, and has its index first."""
    try:
        found, is_streamable = read_video(path), moov_stands_first(path)
    except (MarkInvalid, Mp4Fault) as error:
        raise MarkFault(str(error)) from error
    if found != [mark]:
        raise MarkFault(f"expected one copy of the mark, found {len(found)}")
    if not is_streamable:
        raise MarkFault("the index stands behind the picture data")


# Pictures


def write_jpeg(source: Path | bytes, mark: AigcMark, source_type: DigitalSourceType | None = None) -> bytes:
    """The JPEG with the mark as XMP; its picture data stay as they are.

    Raises MarkInvalid when it already carries XMP (two copies are a fault), StructureFault when it is no
    JPEG.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    if any(part.startswith(_XMP_HEADER) for part in walk_jpeg(data).metadata):
        raise MarkInvalid("the picture already carries XMP")
    body = _XMP_HEADER + _xmp(mark, source_type)
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    at = 2
    if data[2:4] == b"\xff\xe0":  # JFIF wants to stand directly behind the start marker
        at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + segment + data[at:]


def write_png(source: Path | bytes, mark: AigcMark, source_type: DigitalSourceType | None = None) -> bytes:
    """The PNG with the mark as XMP behind its header. Raises like `write_jpeg`."""
    data = source.read_bytes() if isinstance(source, Path) else source
    walk_png(data)
    if packets_of(data).xmp:
        raise MarkInvalid("the picture already carries XMP")
    body = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + _xmp(mark, source_type)
    chunk = b"iTXt" + body
    at = len(PNG_SIGNATURE) + 25  # the header: length, type, 13 bytes, checksum
    return data[:at] + len(body).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + data[at:]


def write_webp(source: Path | bytes, mark: AigcMark, source_type: DigitalSourceType | None = None) -> bytes:
    """The WebP, also a moving one, with the mark as XMP at its end, in the extended form.

    Raises like `write_jpeg`.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    picture = _walk_any_webp(data)
    if packets_of(data).xmp:
        raise MarkInvalid("the picture already carries XMP")
    chunks = data[12 : int.from_bytes(data[4:8], "little") + 8]
    if chunks[:4] == b"VP8X":
        chunks = chunks[:8] + bytes([chunks[8] | _WEBP_HAS_XMP]) + chunks[9:]
    else:
        sides = (picture.width - 1).to_bytes(3, "little") + (picture.height - 1).to_bytes(3, "little")
        flags = _WEBP_HAS_XMP | (_WEBP_HAS_ALPHA if picture.has_alpha else 0)
        chunks = _riff(b"VP8X", bytes([flags, 0, 0, 0]) + sides) + chunks
    return _riff(b"RIFF", b"WEBP" + chunks + _riff(b"XMP ", _xmp(mark, source_type)))


def _walk_any_webp(data: bytes) -> PictureFile:
    return walk_animated_webp(data) if is_animated_webp(data) else walk_webp(data)


def _riff(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\x00" * (len(body) & 1)


def read_image(data: bytes) -> list[AigcMark]:
    """Every copy of the mark in a JPEG, PNG or WebP. Raises MarkInvalid for one that breaks the standard.

    Raises StructureFault for a file that is none of these, or damaged.
    """
    marks: list[AigcMark] = []
    for part in _parts(data):
        if part.startswith(b"AIGC\x00"):  # PNG tEXt
            marks.append(AigcMark.from_json(part[5:].decode("latin-1")))
        elif XMP_NAMESPACE.encode() in part:
            marks += [AigcMark.from_json(text) for text in _from_xmp(part)]
    return marks


def check_image(data: bytes, mark: AigcMark) -> None:
    """Raise MarkFault unless the picture carries exactly this mark, once."""
    try:
        found = read_image(data)
    except (MarkInvalid, StructureFault) as error:
        raise MarkFault(str(error)) from error
    if found != [mark]:
        raise MarkFault(f"expected one copy of the mark, found {len(found)}")


def _parts(data: bytes) -> tuple[bytes, ...]:
    if data.startswith(b"\xff\xd8\xff"):
        return walk_jpeg(data).metadata
    if data.startswith(PNG_SIGNATURE):
        return walk_png(data).metadata
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _walk_any_webp(data).metadata
    raise StructureFault("upload_format_refused", "not a JPEG, PNG or WebP")


def _xmp(mark: AigcMark, source_type: DigitalSourceType | None) -> bytes:
    return xmp_packet(aigc=mark.as_json(), source_type=source_type.value if source_type else "")


def _from_xmp(part: bytes) -> list[str]:
    """Texts of TC260:AIGC, as an element or as an attribute."""
    try:
        return xmp_facts(part).aigc
    except XmpFault as error:
        raise MarkInvalid(str(error)) from error


# Source types


def read_source_types(data: bytes) -> list[str]:
    """Every DigitalSourceType in the XMP of a picture or an MP4; those of a damaged packet are left out."""
    found: list[str] = []
    for packet in packets_of(data).xmp:
        try:
            found += xmp_facts(packet).source_types
        except XmpFault:
            continue
    return found


def check_source_type(data: bytes, source_type: DigitalSourceType) -> None:
    """Raise MarkFault unless the file names exactly this source type, once."""
    found = read_source_types(data)
    if found != [source_type.value]:
        raise MarkFault(f"expected the source type {source_type.name}, found {found[:4]}")
