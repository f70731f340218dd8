"""Pictures that come in: what is accepted is clean, what is not is refused with its own code."""

import io
import resource
import struct
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageCms

from moderation.intake import MESSAGES, CleanImage, IntakeError, intake_image
from tests.factories import pictures
from tests.factories.pictures import encoded, gradient, heic, jpeg, png, webp

LIMITS = {"max_bytes": 20_000_000, "max_pixels": 50_000_000, "min_side": 32, "stored_max_side": 2560}
MAKERS = {"jpeg": jpeg, "png": png, "webp": webp, "heic": heic}


def take(data: bytes, **limits: int) -> CleanImage:
    return intake_image(data, **{**LIMITS, **limits})


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(IntakeError) as caught:
        take(data, **limits)
    assert caught.value.message == MESSAGES[caught.value.code]
    return caught.value.code


# What is accepted


@pytest.mark.parametrize("source_format", sorted(MAKERS))
def test_a_healthy_picture_comes_out_as_it_went_in(source_format: str) -> None:
    clean = take(MAKERS[source_format]())
    assert (clean.width, clean.height, clean.source_format) == (96, 128, source_format)
    assert clean.pixels.shape == (128, 96, 3)
    assert clean.pixels.dtype == np.uint8
    assert np.abs(clean.pixels.astype(int) - gradient()).mean() < 4


@pytest.mark.parametrize("source_format", sorted(MAKERS))
def test_the_pixels_are_those_of_the_stored_file(source_format: str) -> None:
    clean = take(MAKERS[source_format]())
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(clean.data))), clean.pixels)


def test_a_photograph_is_stored_as_jpeg_without_chroma_subsampling() -> None:
    clean = take(jpeg())
    stored = Image.open(io.BytesIO(clean.data))
    assert clean.mime == "image/jpeg"
    assert stored.format == "JPEG"
    assert {layer[1:3] for layer in stored.layer} == {(1, 1)}


@pytest.mark.parametrize(
    "data", [png(), webp(lossless=True), webp(np.dstack([gradient(), np.full((128, 96), 200, np.uint8)]))]
)
def test_lossless_and_transparent_sources_are_stored_as_png(data: bytes) -> None:
    clean = take(data)
    assert (clean.mime, Image.open(io.BytesIO(clean.data)).format) == ("image/png", "PNG")


def test_a_lossless_source_keeps_every_pixel() -> None:
    assert np.array_equal(take(png()).pixels, gradient())
    assert np.array_equal(take(webp(lossless=True)).pixels, gradient())


def test_the_digest_is_of_the_original_bytes() -> None:
    import hashlib

    data = jpeg()
    assert take(data).sha256 == hashlib.sha256(data).hexdigest()


def test_metadata_are_dropped_and_the_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    exif[0x010E] = "a secret place"
    data = jpeg(
        exif=exif.tobytes(), comment=b"a secret comment", xmp=b"<x:xmpmeta>a secret packet</x:xmpmeta>"
    )
    assert data.count(b"a secret") == 3
    clean = take(data)
    assert b"a secret" not in clean.data
    assert not Image.open(io.BytesIO(clean.data)).getexif()
    assert (clean.width, clean.height) == (128, 96)
    expected = np.rot90(gradient(), k=-1)
    assert np.abs(clean.pixels.astype(int) - expected).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_gives_the_same_upright_picture(orientation: int) -> None:
    undone = {
        **{1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180},
        **{4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90},
        **{7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270},
    }[orientation]
    picture = Image.fromarray(gradient())
    turned = picture.transpose(undone) if undone is not None else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    clean = take(encoded(turned, "PNG", exif=exif.tobytes()))
    assert np.array_equal(clean.pixels, gradient())


def test_unreadable_exif_means_upright() -> None:
    data = pictures.with_jpeg_segment(jpeg(), 0xE1, b"Exif\x00\x00garbage that is no TIFF")
    assert take(data).pixels.shape == (128, 96, 3)


def test_a_large_picture_is_stored_smaller_with_its_proportions() -> None:
    big = gradient(1200, 900)
    for data in (jpeg(big), png(big)):
        clean = take(data, stored_max_side=400)
        assert (clean.width, clean.height) == (400, 300)
        assert abs(int(clean.pixels[150, 200, 0]) - 128) < 6


def test_transparency_is_laid_on_white() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, 32:] = (255, 0, 0, 128)
    clean = take(png(pixels))
    assert tuple(clean.pixels[10, 10]) == (255, 255, 255)
    assert np.abs(clean.pixels[10, 50].astype(int) - (255, 127, 127)).max() <= 1


def test_a_palette_with_transparency_is_resolved() -> None:
    picture = Image.new("P", (64, 64), 0)
    picture.putpalette([10, 200, 30, 250, 0, 0])
    picture.paste(1, (32, 0, 64, 64))
    clean = take(encoded(picture, "PNG", transparency=0))
    assert tuple(clean.pixels[5, 5]) == (255, 255, 255)
    assert tuple(clean.pixels[5, 60]) == (250, 0, 0)


def test_a_colour_key_is_resolved() -> None:
    picture = Image.new("RGB", (64, 64), (1, 2, 3))
    picture.paste((0, 0, 200), (32, 0, 64, 64))
    clean = take(encoded(picture, "PNG", transparency=(1, 2, 3)))
    assert tuple(clean.pixels[5, 5]) == (255, 255, 255)
    assert tuple(clean.pixels[5, 60]) == (0, 0, 200)


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = np.linspace(0, 65_535, 64 * 64, dtype=np.uint16).reshape(64, 64)
    clean = take(encoded(Image.fromarray(grey), "PNG"))
    assert np.abs(clean.pixels[..., 0].astype(int) - (grey >> 8)).max() <= 1
    assert np.array_equal(clean.pixels[..., 0], clean.pixels[..., 2])


def test_sixteen_bit_colour_is_scaled() -> None:
    rows = b"".join(b"\x00" + struct.pack(">HHH", 0x8000, 0xFFFF, 0x0100) * 64 for _ in range(64))
    clean = take(pictures.png_claiming(64, 64, depth=16, data=rows))
    assert np.abs(clean.pixels[9, 9].astype(int) - (128, 255, 1)).max() <= 1


@pytest.mark.parametrize("mode", ["L", "1", "LA"])
def test_grey_comes_out_as_three_equal_channels(mode: str) -> None:
    picture = Image.fromarray(gradient()).convert("L").convert(mode)
    pixels = take(encoded(picture, "PNG")).pixels
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert pixels.max() > 150


def test_cmyk_becomes_rgb() -> None:
    clean = take(encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = clean.pixels[30, 30]
    assert red > 200
    assert max(green, blue) < 60


def test_a_colour_profile_is_applied() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain, broken = jpeg(), jpeg(icc_profile=b"not a profile at all")
    assert np.array_equal(take(broken).pixels, take(plain).pixels)
    assert take(jpeg(icc_profile=profile)).pixels.shape == (128, 96, 3)
    swapped = ImageCms.ImageCmsProfile(io.BytesIO(_profile_with_red_and_green_swapped()))
    pixels = take(png(icc_profile=swapped.tobytes())).pixels
    assert np.abs(pixels[..., 0].astype(int) - gradient()[..., 1]).mean() < 8


def _profile_with_red_and_green_swapped() -> bytes:
    """sRGB whose red and green primaries have changed places: applying it swaps the channels."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    places = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def test_a_progressive_jpeg_is_accepted() -> None:
    assert take(jpeg(progressive=True)).width == 96


def test_a_gain_map_that_the_picture_announces_is_left_out() -> None:
    first = pictures.with_jpeg_segment(jpeg(), 0xE2, b"MPF\x00" + bytes(40))
    clean = take(first + jpeg())
    assert np.array_equal(clean.pixels, take(jpeg()).pixels)


def samsung_trailer(payload: bytes = b"Image_UTC_Data1700000000000") -> bytes:
    directory = b"SEFH" + struct.pack("<II", 107, 1) + bytes(12)
    return payload + directory + struct.pack("<I", len(directory)) + b"SEFT"


def test_what_telephones_put_behind_a_picture_is_left_out() -> None:
    assert np.array_equal(take(jpeg() + samsung_trailer()).pixels, take(jpeg()).pixels)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d GCamera:MotionPhoto="1"/></x:xmpmeta>'
    clip = b"\x00\x00\x00\x18ftypmp42" + bytes(300)
    assert np.array_equal(take(jpeg(xmp=xmp) + clip).pixels, take(jpeg()).pixels)
    assert refusal(jpeg() + clip) == "upload_polyglot"


def test_a_telephones_trailer_is_no_hiding_place() -> None:
    assert refusal(jpeg() + samsung_trailer(b"<script>alert(1)</script>")) == "upload_polyglot"
    assert refusal(jpeg() + samsung_trailer() + b"<html>") == "upload_polyglot"
    assert refusal(jpeg() + b"<html>SEFT" + bytes(4)) == "upload_polyglot"
    assert refusal(jpeg() + pictures.zip_archive() + b"12345678SEFT") == "upload_polyglot"


# What is refused


def test_nothing_is_refused_as_empty() -> None:
    assert refusal(b"") == "upload_empty"


def test_too_many_bytes_are_refused_before_anything_else() -> None:
    assert refusal(b"x" * 5000, max_bytes=4999) == "upload_too_large"


@pytest.mark.parametrize(
    "data",
    [
        b"just some text, named photo.jpg",
        b"%PDF-1.7\n",
        b"<html></html>",
        b"MZ\x90\x00" * 20,
        b"\x00" * 64,
        pictures.zip_archive(),
        b"RIFF\x10\x00\x00\x00WAVEfmt ",
        b"\x00\x00\x00 ftypisom" + bytes(40),
    ],
)
def test_what_is_no_picture_is_called_so(data: bytes) -> None:
    assert refusal(data) == "upload_not_an_image"


@pytest.mark.parametrize("file_format", ["GIF", "BMP", "TIFF", "ICO", "PPM", "JPEG2000", "AVIF"])
def test_other_picture_formats_are_refused(file_format: str) -> None:
    assert refusal(encoded(Image.fromarray(gradient()), file_format)) == "upload_format_refused"


def test_an_svg_is_refused() -> None:
    assert (
        refusal(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>') == "upload_format_refused"
    )


@pytest.mark.parametrize("source_format", sorted(MAKERS))
def test_every_beginning_of_a_file_is_refused(source_format: str) -> None:
    data = MAKERS[source_format](gradient(40, 40))
    codes = {refusal(data[:length]) for length in range(len(data))}
    assert codes <= {"upload_empty", "upload_not_an_image", "upload_truncated", "upload_undecodable"}
    assert refusal(data[: len(data) - 1]) == "upload_truncated"


def test_every_beginning_of_a_progressive_file_is_refused() -> None:
    data = jpeg(gradient(40, 40), progressive=True)
    assert {refusal(data[:length]) for length in range(3, len(data))} <= {
        "upload_truncated",
        "upload_undecodable",
    }


@pytest.mark.parametrize("source_format", sorted(MAKERS))
def test_a_damaged_byte_never_does_more_than_refuse(source_format: str) -> None:
    data = MAKERS[source_format](gradient(40, 40))
    generator = np.random.default_rng(7)
    for place in generator.integers(0, len(data), 150):
        hurt = bytearray(data)
        hurt[place] ^= int(generator.integers(1, 256))
        with suppress(IntakeError):
            assert take(bytes(hurt)).pixels.shape[2] == 3


@pytest.mark.parametrize(
    "data",
    [
        pictures.png_claiming(20_000, 20_000),
        pictures.png_claiming(2**31 - 1, 2**31 - 1),
        pictures.jpeg_claiming(65_000, 65_000),
        pictures.webp_claiming(16_383, 16_383),
        pictures.heic_claiming(30_000, 30_000),
    ],
)
def test_a_bomb_is_refused_from_its_header(data: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(data) == "upload_too_many_pixels"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_a_header_that_promises_more_than_there_is_is_refused() -> None:
    assert refusal(pictures.png_claiming(4000, 3000)) in {"upload_truncated", "upload_undecodable"}
    assert refusal(pictures.webp_claiming(4000, 3000)) == "upload_undecodable"
    assert refusal(pictures.heic_claiming(4000, 3000)) == "upload_undecodable"


@pytest.mark.parametrize("data", [pictures.png_claiming(0, 100), pictures.jpeg_claiming(0, 100)])
def test_a_side_of_zero_is_refused(data: bytes) -> None:
    assert refusal(data) == "upload_undecodable"


def test_a_packed_profile_that_is_a_bomb_is_refused() -> None:
    import zlib

    bomb = pictures.png_chunk(b"iCCP", b"p\x00\x00" + zlib.compress(bytes(30_000_000), 9))
    data = png()
    assert refusal(data[:33] + bomb + data[33:]) == "upload_undecodable"


def test_endless_scans_are_refused() -> None:
    data = jpeg(gradient(40, 40))
    scan = data[data.index(b"\xff\xda") : -2]
    assert refusal(data[:-2] + scan * 200 + b"\xff\xd9") == "upload_undecodable"


def test_small_and_narrow_pictures_are_refused() -> None:
    assert refusal(png(gradient(20, 500)), min_side=32) == "upload_too_small"
    assert refusal(png(gradient(64, 400))) == "upload_aspect_ratio"
    assert refusal(png(gradient(100, 100)), max_pixels=9_999) == "upload_too_many_pixels"


def test_animated_pictures_are_refused() -> None:
    frames = [Image.fromarray(np.roll(gradient(), shift, axis=1)) for shift in (0, 20, 40)]
    several = {"save_all": True, "append_images": frames[1:]}
    assert refusal(encoded(frames[0], "PNG", **several)) == "upload_animated"
    assert refusal(encoded(frames[0], "WEBP", **several)) == "upload_animated"


def test_a_heic_of_several_pictures_is_refused() -> None:
    import pillow_heif

    file = pillow_heif.from_pillow(Image.fromarray(gradient()))
    file.add_from_pillow(Image.fromarray(gradient()[::-1]))
    with io.BytesIO() as out:
        file.save(out, quality=80)
        assert refusal(out.getvalue()) == "upload_animated"


@pytest.mark.parametrize("source_format", ["jpeg", "png", "webp"])
@pytest.mark.parametrize(
    "tail",
    [
        b"<html><script>alert(1)</script></html>",
        pictures.zip_archive(),
        b"<?php system($_GET[0]);",
        jpeg(),
        b"x",
    ],
)
def test_anything_behind_the_end_is_refused(source_format: str, tail: bytes) -> None:
    assert refusal(MAKERS[source_format]() + tail) == "upload_polyglot"


def test_anything_behind_the_end_of_a_heic_is_refused() -> None:
    assert refusal(heic() + pictures.zip_archive()) in {"upload_polyglot", "upload_truncated"}
    assert refusal(heic() + struct.pack(">I4s", 40, b"html") + b"<script>" * 4) == "upload_polyglot"


def test_zeroes_behind_the_end_are_padding() -> None:
    assert take(jpeg() + bytes(512)).width == 96


def test_scripts_in_comments_are_refused() -> None:
    assert refusal(jpeg(comment=b"<SCRIPT src=x>")) == "upload_polyglot"
    text = pictures.png_chunk(b"tEXt", b"Comment\x00<?php echo 1;")
    data = png()
    assert refusal(data[:33] + text + data[33:]) == "upload_polyglot"


def test_an_archive_inside_a_comment_is_refused() -> None:
    archive = pictures.zip_archive()
    data = jpeg()
    end = data.index(b"\xff\xdb")  # as late as a comment can stand, so that tools find the archive's index
    hidden = data[:end] + b"\xff\xfe" + struct.pack(">H", len(archive) + 2) + archive + data[end:]
    assert zipfile.is_zipfile(io.BytesIO(hidden))
    assert refusal(hidden) == "upload_polyglot"


def test_a_huge_but_allowed_picture_stays_within_memory() -> None:
    wide = encoded(Image.new("RGB", (7000, 7000), (200, 30, 30)), "JPEG", quality=60, progressive=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clean = take(wide)
    assert (clean.width, clean.height) == (2560, 2560)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000  # kilobytes
