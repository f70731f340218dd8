"""The implicit AI label of GB 45438-2025, written into MP4 and JPEG, and read back. Pure Python.

Carriers as in the practice guides TC260-PG-20257A (video: key AIGC in the MP4's metadata) and TC260-PG-20259A
(pictures: XMP element TC260:AIGC); exactly one copy a file (section 6.1 c of the standard).
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # documents with declarations are refused before parsing
from xml.sax.saxutils import escape

from moderation.picture_files.jpeg import walk_jpeg
from moderation.picture_files.png import PNG_SIGNATURE, walk_png
from moderation.picture_files.structure import StructureFault
from moderation.picture_files.webp import walk_webp
from moderation.provenance.mp4 import Mp4Fault, mdta_values, moov_stands_first

KEY = "AIGC"
XMP_NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
_VALUE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")
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


def write_video(source: Path, target: Path, mark: AigcMark) -> None:
    """Copy the streams of `source` into the MP4 `target`, with the mark and with its index first (faststart).

    No frame is decoded or encoded. All other metadata of the source are dropped. Raises av.error.FFmpegError.
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


def write_jpeg(source: Path | bytes, mark: AigcMark) -> bytes:
    """The JPEG with the mark as XMP; its picture data stay as they are.

    Raises MarkInvalid when it already carries XMP (two copies are a fault), StructureFault when it is no
    JPEG.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    if any(part.startswith(_XMP_HEADER) for part in walk_jpeg(data).metadata):
        raise MarkInvalid("the picture already carries XMP")
    body = _XMP_HEADER + _xmp(mark)
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    at = 2
    if data[2:4] == b"\xff\xe0":  # JFIF wants to stand directly behind the start marker
        at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + segment + data[at:]


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
        return walk_webp(data).metadata
    raise StructureFault("upload_format_refused", "not a JPEG, PNG or WebP")


def _xmp(mark: AigcMark) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:TC260="{XMP_NAMESPACE}">'
        f"<TC260:AIGC>{escape(mark.as_json())}</TC260:AIGC>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    ).encode()


def _from_xmp(part: bytes) -> list[str]:
    """Texts of TC260:AIGC, as an element or as an attribute."""
    start, end = part.find(b"<x:xmpmeta"), part.rfind(b"</x:xmpmeta>")
    document = part[start : end + len(b"</x:xmpmeta>")] if 0 <= start < end else b""
    if not document or b"<!" in document:
        raise MarkInvalid("the XMP packet is damaged or declares entities")
    try:
        root = ElementTree.fromstring(document)  # noqa: S314  # has no declarations
    except ElementTree.ParseError as error:
        raise MarkInvalid(f"the XMP packet is damaged: {error}") from error
    name = f"{{{XMP_NAMESPACE}}}{KEY}"
    elements = [element.text or "" for element in root.iter(name)]
    return elements + [element.attrib[name] for element in root.iter() if name in element.attrib]
