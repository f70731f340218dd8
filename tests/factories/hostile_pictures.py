"""Pictures that somebody made to hurt: every kind that a script can make, by group, each with a name."""

import random
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from tests.factories import hostile_heic
from tests.factories.pictures import (
    encoded,
    gradient,
    heic,
    jpeg,
    jpeg_claiming,
    png,
    png_chunk,
    png_claiming,
    webp,
    webp_claiming,
    with_jpeg_segment,
    zip_archive,
)

Case = tuple[str, bytes]
PNG_START = b"\x89PNG\r\n\x1a\n"
EVERY_BYTE_BELOW = 1024


def healthy() -> dict[str, bytes]:
    """Valid files of every accepted format, small enough to be cut and bent at every byte."""
    small = gradient(48, 40)
    clear = np.dstack([small, np.full(small.shape[:2], 128, np.uint8)])
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "jpeg": jpeg(small, exif=exif(orientation=6)),
        "jpeg progressive": jpeg(small, progressive=True, icc_profile=profile),
        "jpeg cmyk": encoded(Image.fromarray(small).convert("CMYK"), "JPEG"),
        "png": png(small, icc_profile=profile),
        "png palette": encoded(Image.fromarray(small).quantize(16), "PNG", transparency=3),
        "png alpha": png(clear),
        "webp": webp(small, exif=exif(orientation=3)),
        "webp lossless": webp(clear, lossless=True),
        "webp alpha": webp(clear),
        "heic": heic(small),
    }


def exif(**tags: int) -> bytes:
    made = Image.Exif()
    made[0x0112] = tags.get("orientation", 1)
    return made.tobytes()


def cut_short() -> Iterator[Case]:
    """Every beginning of a small file, and of a larger one in strides."""
    for name, data in healthy().items():
        for length in range(len(data)):
            if length < EVERY_BYTE_BELOW or length % 7 == 0 or length > len(data) - 64:
                yield f"{name} cut at {length}", data[:length]
    noise = np.random.default_rng(1).integers(0, 255, (300, 200, 3), np.uint8)
    for name, data in {"jpeg": jpeg(noise), "png": png(noise), "webp": webp(noise)}.items():
        for length in range(EVERY_BYTE_BELOW, len(data), 1499):
            yield f"large {name} cut at {length}", data[:length]


def bent() -> Iterator[Case]:
    """One wrong byte: each of the first kilobyte with values that tend to hurt, elsewhere by chance."""
    chance = random.Random(7)
    for name, data in healthy().items():
        for place in range(min(len(data), EVERY_BYTE_BELOW)):
            for value in {0, 0xFF, data[place] ^ 0x80, chance.randrange(256)} - {data[place]}:
                yield f"{name} byte {place} is {value}", _with_byte(data, place, value)
        for _ in range(300):
            place = chance.randrange(len(data))
            value = chance.randrange(256)
            yield f"{name} byte {place} is {value}", _with_byte(data, place, value)


def torn() -> Iterator[Case]:
    """Blocks that are doubled, missing, of zeroes or of another file; PNG checksums made right again."""
    chance = random.Random(11)
    files = healthy()
    for name, data in files.items():
        for number in range(120):
            start = chance.randrange(len(data))
            end = min(len(data), start + chance.randrange(1, 64))
            other = files[chance.choice(list(files))]
            middle = chance.choice([b"", bytes(end - start), data[start:end] * 3, other[start:end]])
            torn_file = data[:start] + middle + data[end:]
            yield f"{name} torn {number}", torn_file
            if name.startswith("png"):
                yield f"{name} torn {number}, checksums right", with_right_checksums(torn_file)


def with_right_checksums(data: bytes) -> bytes:
    """The PNG with every chunk's checksum as it ought to be, so that damage gets past the checksum."""
    parts, position = [data[:8]], 8
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        end = position + 12 + length
        if end > len(data):
            break
        parts.append(png_chunk(data[position + 4 : position + 8], data[position + 8 : end - 4]))
        position = end
    return b"".join(parts) + data[position:]


def _with_byte(data: bytes, place: int, value: int) -> bytes:
    hurt = data[:place] + bytes([value]) + data[place + 1 :]
    return with_right_checksums(hurt) if data.startswith(PNG_START) and place >= 16 else hurt


def unusual() -> Iterator[Case]:
    """Valid files that few programs expect."""
    picture = Image.fromarray(gradient(64, 64))
    grey16 = Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64))
    several = {"save_all": True, "append_images": [picture.rotate(90), picture.rotate(180)]}
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield f"png {mode}", encoded(picture.convert(mode), "PNG")
    for mode, key in (("1", 0), ("L", 9), ("P", 3), ("RGB", (1, 2, 3))):
        yield f"png {mode} with a colour key", encoded(picture.convert(mode), "PNG", transparency=key)
    yield "png I;16", encoded(grey16, "PNG")
    for depth, colour in ((1, 0), (2, 0), (4, 0), (16, 0), (1, 3), (16, 2), (16, 4), (16, 6), (8, 4)):
        yield (
            f"png of {depth} bits, colour type {colour}",
            png_claiming(40, 40, depth=depth, colour=colour, data=bytes(40 * 8 * 41)),
        )
    for format_, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("TIFF", several),
        ("GIF", several),
        ("WEBP", several),
        ("PNG", several),
        ("MPO", several),
        ("AVIF", {}),
        ("JPEG2000", {}),
        ("BMP", {}),
        ("ICO", {}),
        ("PPM", {}),
        ("PCX", {}),
        ("TGA", {}),
        ("SGI", {}),
        ("DDS", {}),
        ("PDF", {}),
        ("EPS", {}),
    ):
        yield f"{format_} {sorted(options)}", encoded(picture, format_, **options)
    for adobe in range(4):
        segment = b"Adobe" + struct.pack(">HHHB", 100, 0, 0, adobe)
        cmyk = encoded(picture.convert("CMYK"), "JPEG")
        for name, data in (("cmyk", cmyk), ("rgb", jpeg()), ("grey", encoded(picture.convert("L"), "JPEG"))):
            yield f"{name} jpeg, Adobe transform {adobe}", with_jpeg_segment(data, 0xEE, segment)
    for orientation in (*range(1, 9), 0, 9, 255, 65_535):
        yield f"orientation {orientation}", jpeg(exif=exif(orientation=orientation))
        yield f"webp orientation {orientation}", webp(exif=exif(orientation=orientation))
        yield f"png orientation {orientation}", png(exif=exif(orientation=orientation))


def headers() -> Iterator[Case]:
    """Sizes that no file holds, and structures that contradict themselves."""
    for side in ((65_535, 65_535), (65_535, 1), (1, 65_535), (20_000, 20_000), (65_500, 762)):
        yield f"jpeg claims {side}", jpeg_claiming(*side)
    for side in ((2**31 - 1, 2**31 - 1), (2**32 - 1, 1), (20_000, 20_000), (1, 2**31), (7000, 7000)):
        for colour in (0, 2, 3, 6):
            yield f"png claims {side}, colour {colour}", png_claiming(*side, colour=colour)
    for side in ((16_383, 16_383), (16_383, 64), (0, 0)):
        yield f"webp claims {side}", webp_claiming(*side)
        lossless = bytearray(webp(lossless=True))
        at = lossless.index(b"VP8L") + 9
        lossless[at : at + 4] = struct.pack("<I", (side[0] - 1) & 0x3FFF | ((side[1] - 1) & 0x3FFF) << 14)
        yield f"lossless webp claims {side}", bytes(lossless)
    for length in (0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF):
        yield f"riff of {length} bytes", b"RIFF" + struct.pack("<I", length) + webp()[8:]
        yield f"png chunk of {length} bytes", PNG_START + struct.pack(">I", length) + png()[12:]
    for magic in (b"\xff\xd8\xff", PNG_START, b"RIFF\0\0\0\0WEBP", b"GIF89a", b"BM", b"II*\0", b"MM\0*"):
        yield f"only {magic!r}", magic
        yield f"{magic!r} and zeroes", magic + bytes(2000)
    for brand in (b"heic", b"mif1", b"heix", b"hevc", b"msf1", b"avif", b"qt  "):
        yield f"only ftyp {brand!r}", struct.pack(">I4s4sI4s4s", 24, b"ftyp", brand, 0, b"mif1", brand)
    yield "nothing", b""
    yield "zeroes", bytes(4096)
    yield "jpeg without tables", b"\xff\xd8" + jpeg()[jpeg().index(b"\xff\xc0") :]
    yield "png without picture data", PNG_START + png_chunk(b"IHDR", bytes(13)) + png_chunk(b"IEND", b"")
    yield "png palette missing", png_claiming(40, 40, colour=3, data=bytes(41 * 40))
    for marker in (0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCF):
        yield f"jpeg frame 0x{marker:x}", jpeg().replace(b"\xff\xc0", bytes([0xFF, marker]), 1)
    frame = jpeg().index(b"\xff\xc0")
    for factor in (0x00, 0x14, 0x41, 0x44, 0x55, 0xFF):
        yield f"jpeg sampling 0x{factor:x}", _with_byte(jpeg(), frame + 11, factor)
    yield "png damaged by CRLF", png().replace(b"\n", b"\r\n")
    yield "png damaged by LF", png().replace(b"\r\n", b"\n")
    yield "png of seven bits", bytes(byte & 0x7F for byte in png())
    yield "jpeg as text", jpeg().decode("utf-8", "replace").encode()


def bombs() -> Iterator[Case]:
    """Little files that unpack to much, or make a reader walk long ways."""
    much = zlib.compress(bytes(64_000_000), 9)
    data = png()
    for kind, body in (
        (b"zTXt", b"k\0\0" + much),
        (b"iTXt", b"k\0\1\0\0\0" + much),
        (b"iCCP", b"k\0\0" + much),
        (b"eXIf", bytes(3_000_000)),
        (b"tEXt", b"k\0" + bytes(3_000_000)),
    ):
        yield f"png {kind!r} bomb", data[:33] + png_chunk(kind, body) + data[33:]
    start = data[:33]
    yield "png of too much data", start + png_chunk(b"IDAT", much) + png_chunk(b"IEND", b"")
    yield "png of 90,000 empty chunks", data[:33] + png_chunk(b"tIME", b"") * 90_000 + data[33:]
    yield "png of 200,000 empty chunks", data[:33] + png_chunk(b"IDAT", b"") * 200_000 + data[33:]
    yield (
        "png 7000 x 7000 of zeroes, 16 bits",
        png_claiming(7000, 7000, depth=16, colour=6, data=bytes(8 * 7000 + 1) * 700),
    )
    photo = jpeg()
    comment = b"\xff\xfe\x00\x02"
    yield "jpeg of a million comments", photo[:2] + comment * 1_000_000 + photo[2:]
    yield "jpeg filled with 0xff", photo[:-2] + b"\xff" * 18_000_000 + photo[-2:]
    yield "jpeg stuffed with 0xff00", photo[:-2] + b"\xff\x00" * 9_000_000 + photo[-2:]
    announced = with_jpeg_segment(photo, 0xE2, b"MPF\x00" + bytes(40))
    yield "jpeg with thousands of further pictures", announced + SMALLEST_JPEG * 400_000
    yield "jpeg with zeroes between pictures", announced + bytes(18_000_000) + photo
    progressive = jpeg(gradient(160, 160), progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    for count in (80, 5000):
        yield f"jpeg of {count} more scans", progressive[:-2] + scan * count + b"\xff\xd9"
    chunk = bytes(65_000)
    many = b"".join(
        b"\xff\xe2" + struct.pack(">H", len(chunk) + 16) + b"ICC_PROFILE\0" + bytes([n, 255]) + chunk
        for n in range(1, 256)
    )
    yield "jpeg with 16 MB of colour profile", photo[:2] + many + photo[2:]
    for name, body in hostile_exif().items():
        yield f"jpeg, {name}", with_jpeg_segment(photo, 0xE1, b"Exif\0\0" + body)
        yield f"png, {name}", data[:33] + png_chunk(b"eXIf", body) + data[33:]
        yield f"webp, {name}", webp(exif=b"Exif\0\0" + body)
    yield from hostile_heic.bombs()


# A frame header and an empty scan: 27 bytes that a walk takes for a whole picture.
SMALLEST_JPEG = bytes.fromhex("ffd8ffc000110800400040030111000211000311 00ffda0002ffd9".replace(" ", ""))


def hostile_exif() -> dict[str, bytes]:
    """TIFF structures that loop, nest or promise too much."""

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        return struct.pack("<HHII", tag, kind, count, value)

    def directory(*entries: bytes, then: int = 0) -> bytes:
        return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", then)

    head = b"II*\0" + struct.pack("<I", 8)
    nested = b"".join(directory(entry(0x8769, 4, 1, 8 + 18 * (n + 1))) for n in range(1500))
    return {
        "EXIF whose directory follows itself": head + directory(entry(0x0112, 3, 1, 6), then=8),
        "EXIF inside itself": head + directory(entry(0x8769, 4, 1, 8), entry(0x0112, 3, 1, 6)),
        "EXIF nested 1,500 deep": head + nested,
        "EXIF of two thousand million values": head + directory(entry(0x0112, 3, 2**31 - 1, 8)),
        "EXIF of 65,535 entries": head + struct.pack("<H", 65_535) + bytes(60_000),
        "EXIF orientation as text": head + directory(entry(0x0112, 2, 4, 0x41414141)),
        "EXIF orientation as a fraction of zero": head + directory(entry(0x0112, 5, 1, 26)) + bytes(8),
        "EXIF with a thumbnail in a thumbnail": head
        + directory(entry(0x0112, 3, 1, 1), then=26)
        + directory(entry(0x0201, 4, 1, 60), entry(0x0202, 4, 1, 20_000))
        + jpeg(gradient(40, 40), exif=exif(orientation=8)),
        "EXIF in BigTIFF": b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + bytes(40),
        "EXIF pointing outside": b"MM\0*\xff\xff\xff\xff" + bytes(40),
    }


def profiles() -> Iterator[Case]:
    """Colour profiles with wrong bytes, in the formats that carry one."""
    chance = random.Random(23)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    small = gradient(40, 40)
    for number in range(400):
        hurt = bytearray(profile)
        for _ in range(chance.randrange(1, 6)):
            hurt[chance.randrange(len(hurt))] = chance.choice([0, 0xFF, 0x7F, chance.randrange(256)])
        maker = (jpeg, png, webp)[number % 3]
        yield f"profile {number} in {maker.__name__}", maker(small, icc_profile=bytes(hurt))
    for size in (0, 1, 127, 128, 131, 132, 300):
        yield f"profile of {size} bytes", jpeg(small, icc_profile=profile[:size] or b"\0")
    tags = profile[:128] + struct.pack(">I", 0xFFFFFFFF) + profile[132:]
    yield "profile of 2^32 tags", png(small, icc_profile=tags)
    cmyk = Image.fromarray(small).convert("CMYK")
    yield "profile of another colour model", encoded(cmyk, "JPEG", icc_profile=profile)


def polyglots() -> Iterator[Case]:
    """Two files in one, and files that are no picture at all."""
    html = b"<html><script>alert(document.domain)</script></html>"
    archive = zip_archive()
    for name, data in (("jpeg", jpeg()), ("png", png()), ("webp", webp()), ("heic", heic())):
        for kind, tail in (
            ("zip", archive),
            ("html", html),
            ("php", b"<?php phpinfo();"),
            ("pdf", b"%PDF-1.7"),
        ):
            yield f"{name} and {kind} behind it", data + tail
            yield f"{kind} and {name} behind it", tail + data
    for kind, body in (("html", html), ("zip", archive), ("pdf", b"%PDF-1.4 1 0 obj")):
        yield f"jpeg, {kind} in its comment", with_jpeg_segment(jpeg(), 0xFE, body)
        yield f"png, {kind} in its text", png()[:33] + png_chunk(b"tEXt", b"k\0" + body) + png()[33:]
    yield "gif and html", b"GIF89a/*" + html + b"*/=1;"
    yield "svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    entities = b"<!ENTITY a 'x'>" + b"".join(b"<!ENTITY b%d '&a;&a;'>" % n for n in range(50))
    yield "svg of entities", b"<!DOCTYPE svg [" + entities + b"]><svg>&b49;</svg>"
    yield "pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
    yield "zip", archive
    yield "program", b"MZ" + bytes(500)
    yield "elf", b"\x7fELF" + bytes(500)
    yield "words", "一张照片，其实是文字。".encode() * 50
    yield "jpeg inside an mp4", b"\x00\x00\x00\x18ftypmp42\0\0\0\0mp42isom" + jpeg()


def installed() -> Iterator[Case]:
    """Pictures that come with Python and the installed packages, whatever they are."""
    kinds = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".gif", ".tif", ".tiff", ".bmp", ".ico", ".svg"}
    folders = {
        Path(path) for path in sys.path if path.endswith(("site-packages", "dist-packages", "lib/python3.11"))
    }
    for folder in sorted(folders):
        found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in kinds)
        for path in found[:300]:
            yield str(path), path.read_bytes()


def giants() -> Iterator[Case]:
    """Files at the limit of pixels, in the modes that cost the most memory. Slow to make."""
    side = 7000
    flat = Image.new("RGB", (side, side), (120, 90, 60))
    yield "jpeg", encoded(flat, "JPEG", quality=50)
    yield "progressive cmyk jpeg", encoded(flat.convert("CMYK"), "JPEG", quality=50, progressive=True)
    progressive = encoded(flat, "JPEG", quality=50, progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    yield "progressive jpeg of 85 more scans", progressive[:-2] + scan * 85 + b"\xff\xd9"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield "png", encoded(flat, "PNG", compress_level=1, icc_profile=profile)
    yield "png with a colour key", encoded(flat, "PNG", compress_level=1, transparency=(1, 2, 3))
    yield "png palette", encoded(flat.quantize(4), "PNG", compress_level=1, transparency=0)
    yield "png with alpha", encoded(flat.convert("RGBA"), "PNG", compress_level=1, icc_profile=profile)
    grey = png_claiming(side, side, depth=16, colour=0, data=bytes(side * 2 + 1) * side)
    yield "png of sixteen bits", grey
    deep = png_claiming(side, side, depth=16, colour=6, data=bytes(side * 8 + 1) * side)
    yield "png of sixteen bits with alpha", deep
    yield "webp", encoded(flat, "WEBP", quality=30, method=0)
    yield (
        "webp lossless with alpha",
        encoded(flat.convert("RGBA"), "WEBP", lossless=True, method=0, quality=0),
    )
    yield "heic", heic(np.asarray(flat))


GROUPS: dict[str, Callable[[], Iterator[Case]]] = {
    "cut_short": cut_short,
    "bent": bent,
    "torn": torn,
    "unusual": unusual,
    "headers": headers,
    "bombs": bombs,
    "profiles": profiles,
    "polyglots": polyglots,
    "installed": installed,
    "giants": giants,
}


def cases(group: str) -> Iterator[Case]:
    """The group's files in a fixed order; those of a folder, if `group` is one."""
    if group in GROUPS:
        yield from GROUPS[group]()
        return
    for path in sorted(Path(group).iterdir()):
        if path.is_file():
            yield path.name, path.read_bytes()
