"""XMP packets: written with what we say of a file's origin, and read for what others said. Pure Python.

Sources: TC260-PG-20259A (element TC260:AIGC), IPTC Photo Metadata 2025.1 (Iptc4xmpExt:DigitalSourceType),
ISO 16684-1 (XMP).
"""

from dataclasses import dataclass, field
from xml.etree import ElementTree  # documents with declarations are refused before parsing
from xml.sax.saxutils import escape

AIGC_NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
IPTC_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_XMP_NAMESPACE = "http://ns.adobe.com/xap/1.0/"
_PHOTOSHOP_NAMESPACE = "http://ns.adobe.com/photoshop/1.0/"
_RDF_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_AIGC = f"{{{AIGC_NAMESPACE}}}AIGC"
_SOURCE_TYPES = (
    f"{{{IPTC_NAMESPACE}}}DigitalSourceType",
    f"{{{IPTC_NAMESPACE}}}DigitalSourcefileType",
)
_TOOLS = (f"{{{_XMP_NAMESPACE}}}CreatorTool", f"{{{_PHOTOSHOP_NAMESPACE}}}Credit")
MAX_PACKET = 1024 * 1024
_MAX_VALUES = 16


class XmpFault(ValueError):
    """The packet cannot be read."""


@dataclass(frozen=True)
class XmpFacts:
    """What a packet says of the origin of its file; every copy of each value, in order."""

    aigc: list[str] = field(default_factory=list)
    source_types: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)


def xmp_packet(*, aigc: str = "", source_type: str = "") -> bytes:
    """A packet with the value of TC260:AIGC, of Iptc4xmpExt:DigitalSourceType, or both."""
    parts = []
    if aigc:
        parts.append(f"<TC260:AIGC>{escape(aigc)}</TC260:AIGC>")
    if source_type:
        parts.append(f"<Iptc4xmpExt:DigitalSourceType>{escape(source_type)}</Iptc4xmpExt:DigitalSourceType>")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:TC260="{AIGC_NAMESPACE}" xmlns:Iptc4xmpExt="{IPTC_NAMESPACE}">'
        f"{''.join(parts)}"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    ).encode()


def xmp_facts(part: bytes) -> XmpFacts:
    """Read a packet, wherever in `part` it lies. Raises XmpFault."""
    start, end = part.find(b"<x:xmpmeta"), part.rfind(b"</x:xmpmeta>")
    document = part[start : end + len(b"</x:xmpmeta>")] if 0 <= start < end else b""
    if not document:
        start, end = part.find(b"<rdf:RDF"), part.rfind(b"</rdf:RDF>")
        document = part[start : end + len(b"</rdf:RDF>")] if 0 <= start < end else b""
    if not document or len(document) > MAX_PACKET or b"<!" in document:
        raise XmpFault("the XMP packet is damaged, too large, or declares entities")
    try:
        root = ElementTree.fromstring(document)  # noqa: S314  # has no declarations
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # also unknown encodings
        raise XmpFault(f"the XMP packet is damaged: {error}") from error
    facts = XmpFacts()
    for element in root.iter():
        _take(facts, str(element.tag), element.text or element.get(_RDF_RESOURCE) or "")
        for name, value in element.attrib.items():
            _take(facts, name, value)
    return facts


def _take(facts: XmpFacts, name: str, value: str) -> None:
    kept = (
        facts.aigc
        if name == _AIGC
        else facts.source_types
        if name in _SOURCE_TYPES
        else facts.tools
        if name in _TOOLS
        else None
    )
    if kept is not None and len(kept) < _MAX_VALUES:
        kept.append(value.strip())
