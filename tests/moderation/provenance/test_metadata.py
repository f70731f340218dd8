"""The implicit label: one copy, readable by others, written without touching the picture."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moderation.provenance.metadata import (
    XMP_NAMESPACE,
    AigcMark,
    MarkFault,
    MarkInvalid,
    check_image,
    check_video,
    read_image,
    read_video,
    write_jpeg,
    write_video,
)
from moderation.provenance.mp4 import Mp4Fault, mdta_values, moov_stands_first
from tests.factories import pictures
from tests.factories.videos import read_frames, write_mp4

MARK = AigcMark(
    content_producer="91310000TEST0000XX",
    produce_id="0198f3a2-7c11",
    reserved_code1="sha256:0f<>&'+/=",
    content_propagator="91310000TEST0000XX",
    propagate_id="p-1",
)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    frames = [np.roll(pictures.gradient(96, 128), 3 * index, axis=1) for index in range(30)]
    return write_mp4(tmp_path / "clip.mp4", frames)


def test_a_video_gets_one_copy_that_reads_back(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    write_video(clip, target, MARK)
    assert read_video(target) == [MARK]
    assert target.read_bytes().count(b"ContentProducer") == 1
    check_video(target, MARK)


def test_the_index_stands_before_the_picture_data(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    write_video(clip, target, MARK)
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert moov_stands_first(target)
    assert not moov_stands_first(clip)


def test_the_streams_are_copied_not_encoded_again(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    write_video(clip, target, MARK)
    before, after = read_frames(clip), read_frames(target)
    assert len(after) == len(before) == 30
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_reads_the_same_value(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    write_video(clip, target, MARK)
    command = ["ffprobe", "-v", "error", "-show_format", "-of", "json", str(target)]
    tags = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["format"]["tags"]
    assert json.loads(tags["AIGC"]) == MARK.as_dict()


def test_writing_again_replaces_the_copy(clip: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.mp4", tmp_path / "twice.mp4"
    other = AigcMark(content_producer="X", produce_id="2")
    write_video(clip, once, MARK)
    write_video(once, twice, other)
    assert read_video(twice) == [other]
    assert twice.read_bytes().count(b"ContentProducer") == 1


def test_the_gate_refuses_a_video_without_with_another_or_with_two_marks(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    with pytest.raises(MarkFault):
        check_video(clip, MARK)
    write_video(clip, target, MARK)
    with pytest.raises(MarkFault):
        check_video(target, AigcMark(content_producer="X", produce_id="2"))
    data = target.read_bytes()
    at = data.index(b"udta") - 4
    box = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    moov = data.index(b"moov") - 4
    size = int.from_bytes(data[moov : moov + 4], "big")
    doubled = data[:moov] + (size + len(box)).to_bytes(4, "big") + data[moov + 4 : moov + size] + box
    target.write_bytes(doubled + data[moov + size :])
    assert read_video(target) == [MARK, MARK]
    with pytest.raises(MarkFault):
        check_video(target, MARK)


@pytest.mark.parametrize(
    "data", [b"", b"1234", b"\xff" * 100, b"\x00\x00\x00\x08moov", b"\x00\x00\x00\x30moovshort"]
)
def test_files_that_are_no_mp4_are_refused_not_crashed_on(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(data)
    with pytest.raises(Mp4Fault):
        moov_stands_first(path)
    with pytest.raises(MarkFault):
        check_video(path, MARK)


def test_every_beginning_of_a_marked_video_fails_the_gate(clip: Path, tmp_path: Path) -> None:
    target, cut = tmp_path / "marked.mp4", tmp_path / "cut.mp4"
    write_video(clip, target, MARK)
    data = target.read_bytes()
    for length in range(0, data.index(b"mdat"), 37):
        cut.write_bytes(data[:length])
        with pytest.raises(MarkFault):
            check_video(cut, MARK)


def test_other_keys_are_told_apart(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.mp4"
    write_video(clip, target, MARK)
    assert mdta_values(target, "NO_SUCH_KEY") == []
    assert mdta_values(target, "encoder")


def test_a_jpeg_gets_one_copy_and_keeps_its_pixels() -> None:
    data = pictures.jpeg()
    marked = write_jpeg(data, MARK)
    assert read_image(marked) == [MARK]
    check_image(marked, MARK)
    assert marked.count(b"<TC260:AIGC>") == 1
    assert len(marked) - len(data) < 1000
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(marked))), np.asarray(Image.open(io.BytesIO(data)))
    )


def test_other_readers_see_the_xmp() -> None:
    from xml.etree import ElementTree

    packet = Image.open(io.BytesIO(write_jpeg(pictures.jpeg(), MARK))).info["xmp"]
    root = ElementTree.fromstring(packet[packet.index(b"<x:") : packet.rindex(b"<?xpacket")])
    (element,) = root.iter(f"{{{XMP_NAMESPACE}}}AIGC")
    assert json.loads(element.text or "") == MARK.as_dict()


def test_a_path_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(pictures.jpeg())
    assert read_image(write_jpeg(path, MARK)) == [MARK]


def test_a_second_mark_is_refused() -> None:
    with pytest.raises(MarkInvalid):
        write_jpeg(write_jpeg(pictures.jpeg(), MARK), MARK)


def test_pillow_drops_the_mark_so_the_gate_is_needed() -> None:
    marked = write_jpeg(pictures.jpeg(), MARK)
    again = pictures.encoded(Image.open(io.BytesIO(marked)).copy(), "JPEG")
    with pytest.raises(MarkFault):
        check_image(again, MARK)


def test_marks_of_others_are_read_from_png_and_webp() -> None:
    packet = Image.open(io.BytesIO(write_jpeg(pictures.jpeg(), MARK))).info["xmp"]
    webp = pictures.webp(xmp=packet)
    data = pictures.png()
    international = pictures.png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + packet)
    wrapped = pictures.png_chunk(b"tEXt", b"AIGC\x00" + json.dumps({"AIGC": MARK.as_dict()}).encode())
    assert read_image(webp) == [MARK]
    assert read_image(data[:33] + international + data[33:]) == [MARK]
    assert read_image(data[:33] + wrapped + data[33:]) == [MARK]
    assert read_image(data[:33] + wrapped + international + data[33:]) == [MARK, MARK]
    assert read_image(data) == []


def test_entities_in_xmp_are_refused() -> None:
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!ENTITY a "b"><a xmlns:t="{XMP_NAMESPACE}"/></x:xmpmeta>'
    with pytest.raises(MarkInvalid):
        read_image(pictures.webp(xmp=packet.encode()))


@pytest.mark.parametrize(
    "value", ["with space", "中文", 'quo"te', "back\\slash", "line\nbreak", "\x7f", "x" * 2000]
)
def test_values_outside_the_standard_are_refused(value: str) -> None:
    with pytest.raises(MarkInvalid):
        AigcMark(content_producer="X", produce_id="1", reserved_code1=value)


def test_label_and_producer_are_checked() -> None:
    assert AigcMark(content_producer="X", produce_id="1", label="3").label == "3"
    for change in ({"label": "4"}, {"content_producer": ""}, {"produce_id": ""}):
        with pytest.raises(MarkInvalid):
            AigcMark(**{"content_producer": "X", "produce_id": "1", **change})


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"Label":"1"}', '{"Label":1,"ContentProducer":"x","ProduceID":"y"}']
)
def test_foreign_values_that_break_the_standard_are_refused(text: str) -> None:
    with pytest.raises(MarkInvalid):
        AigcMark.from_json(text)
