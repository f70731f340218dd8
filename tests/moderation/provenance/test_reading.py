"""What files say of themselves, carrier by carrier, and files that lie about their structure."""

import io
import json
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from moderation.provenance.metadata import (
    AigcMark,
    MarkInvalid,
    check_image,
    check_source_type,
    read_source_types,
    write_jpeg,
    write_png,
    write_video,
    write_webp,
)
from moderation.provenance.reading import Answer, FoundLabel, Provenance, read_provenance
from moderation.provenance.source_types import DigitalSourceType
from moderation.provenance.xmp import xmp_packet
from tests.factories import pictures
from tests.factories.videos import write_mp4

MARK = AigcMark("tongyi-portal", "0b9d3a52111142228333444455556666")
TYPE = DigitalSourceType.COMPOSITE_WITH_TRAINED
PIXELS = pictures.gradient()
WRITERS: dict[str, tuple[Callable[..., bytes], bytes]] = {
    "jpeg": (write_jpeg, pictures.jpeg()),
    "png": (write_png, pictures.png()),
    "webp": (write_webp, pictures.webp()),
    "webp lossless": (write_webp, pictures.webp(lossless=True)),
}


def _picture(file_format: str, **options: object) -> bytes:
    with io.BytesIO() as file:
        Image.fromarray(PIXELS).save(file, file_format, **options)
        return file.getvalue()


def _png_with(**texts: str) -> bytes:
    info = PngInfo()
    for name, value in texts.items():
        info.add_text(name, value)
    return _picture("PNG", pnginfo=info)


def _standards(found: Provenance) -> list[str]:
    return [label.standard for label in found.labels]


def ebml(identifier: int, body: bytes) -> bytes:
    """One EBML element with a size of eight bytes."""
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8)
    return name + (len(body) | 1 << 56).to_bytes(8) + body


def webm_with(name: str, value: str) -> bytes:
    simple = ebml(0x67C8, ebml(0x45A3, name.encode()) + ebml(0x4487, value.encode()))
    return ebml(0x1A45DFA3, b"") + ebml(0x18538067, ebml(0x1254C367, ebml(0x7373, simple)))


# Written here, read here and by others


@pytest.mark.parametrize("name", WRITERS)
def test_a_picture_gets_both_marks_and_keeps_its_pixels(name: str) -> None:
    write, source = WRITERS[name]

    made = write(source, MARK, TYPE)

    check_image(made, MARK)
    check_source_type(made, TYPE)
    assert made.count(b"ContentProducer") == 1
    found = read_provenance(made)
    assert (_standards(found), found.answer) == (["aigc", "iptc"], Answer.YES)
    before, after = (Image.open(io.BytesIO(one)).convert("RGB") for one in (source, made))
    assert before.tobytes() == after.tobytes()
    assert b"TC260:AIGC" in Image.open(io.BytesIO(made)).info["xmp"]


@pytest.mark.parametrize("name", WRITERS)
def test_a_second_mark_is_refused(name: str) -> None:
    write, source = WRITERS[name]

    with pytest.raises(MarkInvalid):
        write(write(source, MARK), MARK)


def test_a_webp_with_transparency_keeps_it() -> None:
    with io.BytesIO() as file:
        Image.new("RGBA", (40, 30), (10, 20, 30, 40)).save(file, "WEBP", lossless=True)
        made = write_webp(file.getvalue(), MARK)

    assert Image.open(io.BytesIO(made)).convert("RGBA").getpixel((3, 3)) == (10, 20, 30, 40)


def test_a_video_gets_the_mark_as_a_key_and_the_source_type_as_xmp(tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    write_video(write_mp4(tmp_path / "a.mp4", [PIXELS] * 5), target, MARK, TYPE)

    found = read_provenance(target.read_bytes())

    assert [(label.standard, label.carrier) for label in found.labels] == [
        ("iptc", "xmp"),
        ("aigc", "mp4_key"),
    ]
    assert read_source_types(target.read_bytes()) == [TYPE.value]
    assert target.read_bytes().count(b"ContentProducer") == 1


# Written by others

WRAPPED = '{"AIGC":' + MARK.as_json() + "}"


@pytest.mark.parametrize(
    ("data", "carrier"),
    [
        (_picture("TIFF", tiffinfo={700: xmp_packet(aigc=MARK.as_json())}), "xmp"),
        (_picture("AVIF", xmp=xmp_packet(aigc=MARK.as_json())), "xmp"),
        (_png_with(AIGC=MARK.as_json()), "png_text"),
        (_png_with(AIGC=WRAPPED), "png_text"),
        (webm_with("AIGC", WRAPPED), "webm_tag"),
    ],
    ids=["tiff", "avif", "png text", "png text wrapped", "webm"],
)
def test_the_mark_is_found_in_every_carrier_of_the_guides(data: bytes, carrier: str) -> None:
    found = read_provenance(data)

    assert found.answer == Answer.YES
    (label,) = found.labels
    assert (label.standard, label.carrier, label.claim) == ("aigc", carrier, "ai")
    assert label.producer == "tongyi-portal"


def test_the_mark_is_found_in_a_gif() -> None:
    packet = xmp_packet(aigc=MARK.as_json())
    block = b"\x21\xff\x0bXMP DataXMP" + packet + b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    data = _picture("GIF")

    assert read_provenance(data[:-1] + block + data[-1:]).answer == Answer.YES


@pytest.mark.parametrize(
    "comment",
    [b"ASCII\x00\x00\x00" + WRAPPED.encode(), b"UNICODE\x00" + WRAPPED.encode("utf-16-le")],
    ids=["ascii", "unicode"],
)
def test_the_wrapped_mark_is_found_in_exif(comment: bytes) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment

    found = read_provenance(_picture("JPEG", exif=exif))

    assert [(label.standard, label.carrier) for label in found.labels] == [("aigc", "exif")]


@pytest.mark.parametrize(
    ("label", "answer"), [("1", Answer.YES), ("2", Answer.MAY_BE), ("3", Answer.SUSPECTED)]
)
def test_the_answer_is_that_of_the_standard(label: str, answer: Answer) -> None:
    mark = AigcMark("somebody", "1", label=label)

    assert read_provenance(write_jpeg(pictures.jpeg(), mark)).answer == answer


@pytest.mark.parametrize(
    ("term", "claim", "answer"),
    [
        ("trainedAlgorithmicMedia", "ai", Answer.YES),
        ("compositeWithTrainedAlgorithmicMedia", "ai_edited", Answer.YES),
        ("compositeSynthetic", "ai_possible", Answer.MAY_BE),
        ("digitalCapture", "captured", Answer.UNKNOWN),
        ("somethingNew", "other", Answer.UNKNOWN),
    ],
)
@pytest.mark.parametrize("prefix", ["http://cv.iptc.org/newscodes/digitalsourcetype/", "digsrctype:", ""])
def test_the_source_type_is_read_in_every_spelling(
    prefix: str, term: str, claim: str, answer: Answer
) -> None:
    found = read_provenance(_picture("JPEG", xmp=xmp_packet(source_type=prefix + term)))

    assert [(one.standard, one.claim) for one in found.labels] == [("iptc", claim)]
    assert found.answer == answer


_PARAMETERS = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"
_GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {}}})


@pytest.mark.parametrize(
    ("data", "generator"),
    [
        (_png_with(parameters=_PARAMETERS), "Stable Diffusion web UI"),
        (_png_with(prompt=_GRAPH), "ComfyUI"),
        (_png_with(workflow='{"nodes": [], "links": []}'), "ComfyUI"),
        (_png_with(invokeai_metadata="{}"), "InvokeAI"),
        (_png_with(Software="NovelAI"), "NovelAI"),
    ],
)
def test_traces_of_a_generator_are_a_suspicion(data: bytes, generator: str) -> None:
    found = read_provenance(data)

    assert found.answer == Answer.SUSPECTED
    assert [label.producer for label in found.labels] == [generator]


@pytest.mark.parametrize(("tag", "value"), [(0x0131, "Midjourney v6"), (0x010E, "made with DALL-E 3")])
def test_exif_that_names_a_generator_is_a_suspicion(tag: int, value: str) -> None:
    exif = Image.Exif()
    exif[tag] = value

    assert read_provenance(_picture("JPEG", exif=exif)).answer == Answer.SUSPECTED


@pytest.mark.parametrize(
    "data",
    [
        pictures.jpeg(),
        pictures.png(),
        _png_with(Software="Adobe Photoshop 25.0", Title="Steps: to the beach", workflow="scan, crop"),
        _picture("JPEG", exif=(lambda exif: exif.__setitem__(0x0131, "Sorana 1.0") or exif)(Image.Exif())),
    ],
)
def test_an_ordinary_picture_is_suspected_of_nothing(data: bytes) -> None:
    found = read_provenance(data)

    assert (found.answer, found.labels, found.is_whole) == (Answer.UNKNOWN, (), True)


# Damaged and hostile


def test_a_damaged_mark_is_a_suspicion_and_says_what_is_wrong() -> None:
    found = read_provenance(_png_with(AIGC='{"Label":"9","ContentProducer":"x","ProduceID":"y"}'))

    (label,) = found.labels
    assert (found.answer, label.claim) == (Answer.SUSPECTED, "ai_suspected")
    assert "label" in label.fault


def test_two_copies_are_both_found() -> None:
    info = PngInfo()
    info.add_text("AIGC", MARK.as_json())
    info.add_itxt("XML:com.adobe.xmp", xmp_packet(aigc=MARK.as_json()).decode())

    assert _standards(read_provenance(_picture("PNG", pnginfo=info))) == ["aigc", "aigc"]


def test_xmp_that_declares_entities_is_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    packet = xmp_packet(aigc=MARK.as_json()).replace(b"<rdf:RDF", bomb + b"<rdf:RDF", 1)

    (label,) = read_provenance(_picture("JPEG", xmp=packet)).labels
    assert label.fault


def test_a_packed_text_that_grows_without_end_is_cut() -> None:
    packed = zlib.compress(b"a" * 200_000_000, 9)
    chunk = pictures.png_chunk(b"zTXt", b"parameters\x00\x00" + packed)
    data = pictures.png()

    found = read_provenance(data[:33] + chunk + data[33:])

    assert found.answer == Answer.UNKNOWN


def test_boxes_nested_without_end_do_no_harm() -> None:
    body = b""
    for _level in range(3000):
        body = struct.pack(">I", len(body) + 8) + b"udta" + body
    data = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + struct.pack(">I", len(body) + 8) + b"moov" + body

    assert read_provenance(data).answer == Answer.UNKNOWN


def test_nested_json_and_xml_without_end_do_no_harm() -> None:
    deep = "[" * 100_000
    assert read_provenance(_png_with(AIGC=deep)).answer == Answer.SUSPECTED
    assert read_provenance(_png_with(prompt='{"class_type":' + deep)).answer == Answer.SUSPECTED
    packet = b"<x:xmpmeta>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</x:xmpmeta>"
    assert read_provenance(_png_with(**{"XML:com.adobe.xmp": packet.decode()})).answer == Answer.UNKNOWN


def _samples() -> list[bytes]:
    made = [write(source, MARK, TYPE) for write, source in WRITERS.values()]
    exif = Image.Exif()
    exif[0x0131] = "Midjourney"
    return [
        *made,
        webm_with("AIGC", WRAPPED),
        _picture("TIFF", tiffinfo={700: xmp_packet(aigc=MARK.as_json())}),
        _picture("AVIF", xmp=xmp_packet(aigc=MARK.as_json())),
        _picture("JPEG", exif=exif),
        _png_with(parameters=_PARAMETERS, prompt=_GRAPH),
    ]


@pytest.mark.parametrize("number", range(9))
def test_every_shortened_file_gets_an_answer(number: int) -> None:
    data = _samples()[number]

    answers = {read_provenance(data[:length]).answer for length in range(0, len(data), 7)}

    assert answers <= set(Answer)


@given(st.integers(0, 8), st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_damaged_file_gets_an_answer(number: int, seed: int, changes: int) -> None:
    data, chance = bytearray(_samples()[number]), random.Random(seed)
    for _change in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)

    assert read_provenance(bytes(data)).answer in set(Answer)


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP", b"II*\x00"]),
    st.binary(),
)
@settings(max_examples=100, deadline=None)
def test_any_bytes_behind_a_signature_get_an_answer(signature: bytes, rest: bytes) -> None:
    assert read_provenance(signature + rest).answer in set(Answer)


def test_what_was_found_is_stored_and_read_back() -> None:
    found = read_provenance(write_jpeg(pictures.jpeg(), MARK, TYPE))

    stored = json.loads(json.dumps(found.as_json()))

    assert Provenance.from_json(stored) == found
    assert stored["answer"] == "yes"
    assert Provenance.from_json({}) == Provenance()


def test_a_label_is_short_enough_to_store_and_holds_no_zero_bytes() -> None:
    (label,) = read_provenance(_png_with(parameters=_PARAMETERS + "x\x00y" * 5000)).labels

    assert isinstance(label, FoundLabel)
    assert len(label.value) <= 300
    assert "\x00" not in label.value
