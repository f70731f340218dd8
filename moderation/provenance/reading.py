"""read_provenance: everything that a file says about how it was made, and what follows from it. Pure Python.

The answers follow article 6 of the measures on labelling AI-generated content (in force 2025-09-01): "is",
where the metadata say so; "may be", where somebody declared it; "suspected", where there are other traces.
"""

import warnings
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from moderation.provenance.containers import Packets, packets_of
from moderation.provenance.content_credentials import C2paReport, read_manifest
from moderation.provenance.generators import generator_of, has_diffusion_parameters, named_generator
from moderation.provenance.metadata import AigcMark, MarkInvalid
from moderation.provenance.source_types import source_type_claim
from moderation.provenance.xmp import XmpFault, xmp_facts

MAX_LABELS = 32
_MAX_VALUE = 300
_AIGC_CLAIMS = {"1": "ai", "2": "ai_possible", "3": "ai_suspected"}
_USER_COMMENT, _IMAGE_DESCRIPTION, _SOFTWARE, _EXIF_FOLDER = 0x9286, 0x010E, 0x0131, 0x8769


class Answer(StrEnum):
    """Whether a file is AI-generated, by what it says itself."""

    YES = "yes"
    MAY_BE = "may_be"
    SUSPECTED = "suspected"
    UNKNOWN = "unknown"


_ANSWERS = {
    "ai": Answer.YES,
    "ai_edited": Answer.YES,
    "ai_possible": Answer.MAY_BE,
    "ai_suspected": Answer.SUSPECTED,
}


@dataclass(frozen=True)
class FoundLabel:
    """One mark. standard: aigc (GB 45438), iptc, c2pa or generator (a trace). carrier: where it lies.

    claim: "ai", "ai_edited", "ai_possible", "ai_suspected", "captured" or "other". value: as it stands, cut.
    is_valid: whether its signature holds; None where there is none to check. fault: what is wrong with it.
    """

    standard: str
    carrier: str
    claim: str
    value: str = ""
    producer: str = ""
    is_valid: bool | None = None
    fault: str = ""


@dataclass(frozen=True)
class Provenance:
    """All marks of a file. is_whole: False when the file is damaged, so that there may be more."""

    format: str = ""
    labels: tuple[FoundLabel, ...] = ()
    c2pa: C2paReport | None = None
    is_whole: bool = True

    @property
    def answer(self) -> Answer:
        """The strongest of what the marks say."""
        said = {_ANSWERS[label.claim] for label in self.labels if label.claim in _ANSWERS}
        return next((answer for answer in Answer if answer in said), Answer.UNKNOWN)

    def as_json(self) -> dict[str, Any]:
        """For storage; only what is not empty."""
        c2pa = {name: value for name, value in asdict(self.c2pa).items() if value} if self.c2pa else None
        labels = [
            {name: value for name, value in asdict(label).items() if value not in ("", None)}
            for label in self.labels
        ]
        found: dict[str, Any] = {
            "format": self.format,
            "answer": self.answer.value,
            "labels": labels,
            "c2pa": c2pa,
        }
        if not self.is_whole:
            found["is_whole"] = False
        return {name: value for name, value in found.items() if value}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Provenance":
        """The labels of what `as_json` gave; the manifest's details stay behind."""
        labels = tuple(FoundLabel(**label) for label in stored.get("labels", []))
        return cls(stored.get("format", ""), labels, None, stored.get("is_whole", True))


def read_provenance(data: bytes, *, trust_anchors: str = "") -> Provenance:
    """Read a picture or video given as bytes. Never raises for anything that it holds; decodes no pixel.

    trust_anchors: certificates (PEM) of the authorities whose C2PA signatures are believed.
    """
    packets = packets_of(data)
    labels = [*_from_xmp(packets), *_from_texts(packets), *_from_exif(packets)]
    report = read_manifest(data, packets.format, trust_anchors)
    if report is not None:
        labels.append(_from_manifest(report))
    unique = tuple(dict.fromkeys(labels))
    return Provenance(
        packets.format, unique[:MAX_LABELS], report, packets.is_whole and len(unique) <= MAX_LABELS
    )


def aigc_label(text: str, carrier: str) -> FoundLabel:
    """What one value of AIGC says; a damaged one is a trace."""
    try:
        mark = AigcMark.from_json(text)
    except (MarkInvalid, RecursionError) as error:
        return FoundLabel("aigc", carrier, "ai_suspected", _cut(text), fault=_cut(str(error)))
    return FoundLabel("aigc", carrier, _AIGC_CLAIMS[mark.label], _cut(mark.as_json()), mark.content_producer)


def _from_xmp(packets: Packets) -> list[FoundLabel]:
    labels: list[FoundLabel] = []
    for packet in packets.xmp:
        try:
            facts = xmp_facts(packet)
        except XmpFault as error:
            if b"TC260" in packet or b"DigitalSourceType" in packet:
                labels.append(FoundLabel("aigc", "xmp", "ai_suspected", fault=_cut(str(error))))
            continue
        labels += [aigc_label(text, "xmp") for text in facts.aigc]
        labels += [
            FoundLabel("iptc", "xmp", source_type_claim(value), _cut(value)) for value in facts.source_types
        ]
        labels += [
            FoundLabel("generator", "xmp", "ai_suspected", _cut(tool), named_generator(tool))
            for tool in facts.tools
            if named_generator(tool)
        ]
    return labels


def _from_texts(packets: Packets) -> list[FoundLabel]:
    carrier = {"png": "png_text", "mp4": "mp4_key", "webm": "webm_tag"}.get(packets.format, "text")
    labels: list[FoundLabel] = []
    for name, value in packets.texts:
        if name == "AIGC":
            labels.append(aigc_label(value, carrier))
        elif generator := generator_of(name, value):
            labels.append(
                FoundLabel("generator", carrier, "ai_suspected", _cut(f"{name}: {value}"), generator)
            )
    return labels


def _from_exif(packets: Packets) -> list[FoundLabel]:
    labels: list[FoundLabel] = []
    for packet in packets.exif:
        comment, others = _exif_texts(packet)
        if '"AIGC"' in comment:
            labels.append(aigc_label(comment[comment.find("{") :].strip(), "exif"))
        elif has_diffusion_parameters(comment):
            labels.append(
                FoundLabel("generator", "exif", "ai_suspected", _cut(comment), "Stable Diffusion web UI")
            )
        for text in others:
            if generator := generator_of("ImageDescription", text):
                labels.append(FoundLabel("generator", "exif", "ai_suspected", _cut(text), generator))
    return labels


def _exif_texts(packet: bytes) -> tuple[str, list[str]]:
    """UserComment, and Software with ImageDescription. Unreadable EXIF says nothing."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = Image.Exif()
            exif.load(packet)
            comment = exif.get_ifd(_EXIF_FOLDER).get(_USER_COMMENT, b"")
            others = [exif.get(_SOFTWARE), exif.get(_IMAGE_DESCRIPTION)]
    except Exception:  # noqa: BLE001  # EXIF is a format of its own with faults of its own
        return "", []
    return _user_comment(comment), [text for text in others if isinstance(text, str)]


def _user_comment(value: Any) -> str:
    """The text behind the eight bytes that name its coding; EXIF 2.32, section 4.6.5."""
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        return ""
    coding, text = value[:8], value[8:]
    if coding.startswith(b"UNICODE"):
        return text.decode("utf-16-be" if text[:1] == b"\x00" else "utf-16-le", "replace")
    if coding[:5] in (b"ASCII", b"\x00\x00\x00\x00\x00"):
        return text.decode("utf-8", "replace").strip("\x00 ")
    return value.decode("utf-8", "replace").strip("\x00 ")


def _from_manifest(report: C2paReport) -> FoundLabel:
    """A changed manifest proves nothing, and that it was changed is a trace."""
    own = [source_type_claim(one) for one in report.source_types]
    inherited = [source_type_claim(one) for one in report.inherited_types]
    claim = next((one for one in ("ai", "ai_edited", "ai_possible") if one in own), "")
    if not claim and any(one in ("ai", "ai_edited") for one in inherited):
        claim = "ai_edited"
    if not claim:
        claim = "captured" if "captured" in own else "other"
    if not report.holds and claim.startswith("ai"):
        claim = "ai_suspected"
    elif not report.holds:
        claim = "other"
    value = ", ".join(report.source_types or report.inherited_types)
    fault = ", ".join(report.failures)
    return FoundLabel("c2pa", "jumbf", claim, _cut(value), report.signer, report.holds, _cut(fault))


def _cut(text: str) -> str:
    """Short, and without what JSON or a database cannot hold."""
    plain = text[:_MAX_VALUE].replace("\x00", "\ufffd")
    return plain.encode("utf-8", "replace").decode()
