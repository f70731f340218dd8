"""Files of every picture format, healthy and hostile, made in memory."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


def gradient(width: int = 96, height: int = 128) -> Pixels:
    """Every pixel tells where it is: red grows to the right, green downwards, blue is 90."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    blue = np.full_like(rows, 90)
    return np.stack([columns / width * 255, rows / height * 255, blue], axis=-1).astype(np.uint8)


def encoded(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    """The picture as a file of a Pillow format."""
    with io.BytesIO() as file:
        picture.save(file, file_format, **options)
        return file.getvalue()


def jpeg(pixels: Pixels | None = None, **options: Any) -> bytes:
    picture = Image.fromarray(gradient() if pixels is None else pixels)
    return encoded(picture, "JPEG", **{"quality": 92, **options})


def png(pixels: Pixels | None = None, **options: Any) -> bytes:
    return encoded(Image.fromarray(gradient() if pixels is None else pixels), "PNG", **options)


def webp(pixels: Pixels | None = None, **options: Any) -> bytes:
    return encoded(Image.fromarray(gradient() if pixels is None else pixels), "WEBP", **options)


def moving_webp(colours: Sequence[tuple[int, int, int]], *, side: int = 96, duration: int = 125) -> bytes:
    """A moving picture: one plain frame for each colour (RGB), of so many milliseconds."""
    first, *others = [Image.new("RGB", (side, side), colour) for colour in colours]
    return encoded(first, "WEBP", save_all=True, append_images=others, duration=duration, lossless=True)


def heic(pixels: Pixels | None = None, **options: Any) -> bytes:
    import pillow_heif

    picture = Image.fromarray(gradient() if pixels is None else pixels)
    with io.BytesIO() as file:
        pillow_heif.from_pillow(picture).save(file, quality=90, **options)
        return file.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def png_claiming(width: int, height: int, *, depth: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    """A PNG whose header claims any size, with whatever picture data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    packed = zlib.compress(data or bytes(1000), 9)
    chunks = (png_chunk(b"IHDR", header), png_chunk(b"IDAT", packed), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header claims any size."""
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def webp_claiming(width: int, height: int) -> bytes:
    """A lossy WebP whose frame header claims any size up to 16383."""
    data = webp(quality=80)
    at = data.index(b"\x9d\x01\x2a") + 3
    return data[:at] + struct.pack("<HH", width, height) + data[at + 4 :]


def heic_claiming(width: int, height: int) -> bytes:
    """A HEIC whose size boxes claim any size."""
    data = bytearray(heic())
    at = data.find(b"ispe")
    while at >= 0:
        data[at + 8 : at + 16] = struct.pack(">II", width, height)
        at = data.find(b"ispe", at + 16)
    return bytes(data)


def with_jpeg_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """The JPEG with one more segment directly behind its start."""
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def zip_archive() -> bytes:
    import zipfile

    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("payload.txt", "hello")
        return file.getvalue()
