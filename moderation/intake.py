"""intake_image: from uploaded bytes to a clean picture, or a refusal with a stable code. Pure Python.

In order: size in bytes, magic bytes, structure (moderation.picture_files), hidden payloads, dimensions from
the headers, decoding of a minimal copy, upright sRGB pixels, size for storage, a new file without any
metadata.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from moderation.picture_files.heic import HEIC_BRANDS, HEIC_SEQUENCE_BRANDS, walk_heic
from moderation.picture_files.jpeg import walk_jpeg
from moderation.picture_files.png import PNG_SIGNATURE, walk_png
from moderation.picture_files.structure import PictureFile, SourceFormat, StructureFault
from moderation.picture_files.webp import walk_webp
from moderation.provenance.reading import Provenance, read_provenance
from tongyi_portal.common.errors import gettext_noop

MAX_ASPECT = 5.0  # longer side to shorter
JPEG_QUALITY = 95
PNG_COMPRESSION = 4  # of 9: a fifth larger than the best, several times faster


MESSAGES: dict[str, str] = {
    "upload_empty": gettext_noop("The file is empty."),
    "upload_too_large": gettext_noop("The file is larger than allowed."),
    "upload_not_an_image": gettext_noop("The file is not a picture."),
    "upload_format_refused": gettext_noop(
        "This picture format is not accepted. Send a JPEG, PNG, WebP or HEIC picture."
    ),
    "upload_truncated": gettext_noop("The file is incomplete. Send it again."),
    "upload_polyglot": gettext_noop(
        "The file holds other data besides the picture. Save it as a plain picture first."
    ),
    "upload_too_many_pixels": gettext_noop("The picture has more pixels than allowed. Send a smaller one."),
    "upload_too_small": gettext_noop("The picture is too small. Send a larger one."),
    "upload_animated": gettext_noop("The file holds more than one picture. Send a still picture."),
    "upload_aspect_ratio": gettext_noop("The picture is too long and narrow."),
    "upload_undecodable": gettext_noop("The picture is damaged and cannot be read."),
}


class IntakeError(Exception):
    """The file is refused. `code` is a key of MESSAGES and stable; `message` is safe to show.

    `why` is for logs: what exactly was found. details: numbers a client can show (limits, sizes).
    """

    def __init__(self, code: str, why: str = "", **details: int | float) -> None:
        self.code = code
        self.message = MESSAGES[code]
        self.why = why
        self.details = details
        super().__init__(self.message)


@dataclass(frozen=True, eq=False)
class CleanImage:
    """A picture that is safe to store.

    data: the new file, without metadata. mime: "image/jpeg" or "image/png". sha256: of the original bytes.
    pixels (uint8, (height, width, 3), RGB): exactly what decoding `data` gives. provenance: marks of the
    original file that say how it was made.
    """

    data: bytes = field(repr=False)
    mime: str
    width: int
    height: int
    sha256: str
    source_format: str
    pixels: npt.NDArray[np.uint8] = field(repr=False)
    provenance: Provenance = field(default=Provenance(), repr=False)


def intake_image(
    data: bytes, *, max_bytes: int, max_pixels: int, min_side: int, stored_max_side: int
) -> CleanImage:
    """Check, decode and re-encode an uploaded picture. Raises IntakeError, and nothing else, for bad input.

    max_pixels and min_side count the picture as it came; stored_max_side (pixels) bounds what is stored.
    Nothing larger than max_pixels is ever decoded. JPEG quality 95 without chroma subsampling; PNG when the
    source was PNG or lossless WebP, or had an alpha channel, which is laid on white.
    """
    if not data:
        raise IntakeError("upload_empty")
    if len(data) > max_bytes:
        raise IntakeError("upload_too_large", f"{len(data)} bytes", max_bytes=max_bytes)
    try:
        source = _walk(data)
        _refuse_payload(data, source)
    except StructureFault as fault:
        raise IntakeError(fault.code, str(fault)) from fault
    _refuse_dimensions(source.width, source.height, max_pixels, min_side)
    as_png = source.has_alpha or source.is_lossless
    try:
        picture = _decoded(source, stored_max_side)
        if max(picture.size) > stored_max_side:
            picture.thumbnail((stored_max_side, stored_max_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        stored = _encoded(picture, as_png=as_png)
        pixels = np.asarray(picture) if as_png else np.asarray(Image.open(io.BytesIO(stored)))
    except IntakeError:
        raise
    except Exception as error:  # a decoder may raise anything on hostile bytes; every fault is the file's
        raise IntakeError("upload_undecodable", f"{type(error).__name__}: {error}") from error
    height, width = pixels.shape[:2]
    return CleanImage(
        data=stored,
        mime="image/png" if as_png else "image/jpeg",
        width=width,
        height=height,
        sha256=hashlib.sha256(data).hexdigest(),
        source_format=source.source_format.value,
        pixels=np.ascontiguousarray(pixels),
        provenance=read_provenance(data),
    )


# What it is

_REFUSED_MAGIC: tuple[bytes, ...] = (
    *(b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"8BPS"),
    *(b"\x00\x00\x01\x00", b"\x00\x00\x02\x00", b"\xff\x0a", b"\x00\x00\x00\x0cJXL ", b"\xff\x4f\xff\x51"),
    *(
        b"\x00\x00\x00\x0cjP  ",
        b"icns",
        b"DDS ",
        b"qoif",
        b"P1\n",
        b"P2\n",
        b"P3\n",
        b"P4\n",
        b"P5\n",
        b"P6\n",
    ),
)


def _walk(data: bytes) -> PictureFile:
    """Sniff the format and walk the file's structure."""
    if data.startswith(b"\xff\xd8\xff"):
        return walk_jpeg(data)
    if data.startswith(PNG_SIGNATURE):
        return walk_png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return walk_webp(data)
    if data[4:8] == b"ftyp":
        return _walk_by_brand(data)
    if data.startswith(_REFUSED_MAGIC) or b"<svg" in data[:1024].lower():
        raise StructureFault("upload_format_refused", f"begins with {data[:12]!r}")
    prefixes = (b"\xff\xd8\xff", PNG_SIGNATURE)
    if any(prefix.startswith(data) for prefix in prefixes):
        raise StructureFault("upload_truncated", "the file ends inside its signature")
    raise StructureFault("upload_not_an_image", f"begins with {data[:12]!r}")


def _walk_by_brand(data: bytes) -> PictureFile:
    length = int.from_bytes(data[:4], "big")
    if not 16 <= length <= 1024:
        raise StructureFault("upload_not_an_image", "an ftyp box of odd size")
    major = data[8:12]
    if major in HEIC_SEQUENCE_BRANDS:
        raise StructureFault("upload_animated", "the file is a sequence of pictures")
    brands = {major} | {data[at : at + 4] for at in range(16, min(length, len(data)) - 3, 4)}
    if b"avif" in brands or b"avis" in brands:
        raise StructureFault("upload_format_refused", "AVIF")
    if not brands & HEIC_BRANDS:
        raise StructureFault("upload_not_an_image", f"brand {major!r}")
    return walk_heic(data)


# What it hides

_SCRIPTS = (
    b"<script",
    b"<html",
    b"<!doctype html",
    b"<?php",
    b"<iframe",
    b"<body",
    b"__halt_compiler",
    b"%pdf-",
)


def _refuse_payload(data: bytes, source: PictureFile) -> None:
    """Refuse archives and scripts hidden in a valid picture, though nothing of them would be stored."""
    for part in source.metadata:
        lowered = part.lower()
        if any(script in lowered for script in _SCRIPTS):
            raise StructureFault("upload_polyglot", "a script in the metadata")
    tail = data[-65_600:]
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) - at >= 22 and b"PK\x01\x02" in data and zipfile.is_zipfile(io.BytesIO(data)):
        raise StructureFault("upload_polyglot", "a ZIP archive inside the picture")


def _refuse_dimensions(width: int, height: int, max_pixels: int, min_side: int) -> None:
    if width * height > max_pixels:
        raise IntakeError(
            "upload_too_many_pixels", f"{width} x {height}", width=width, height=height, max_pixels=max_pixels
        )
    if min(width, height) < min_side:
        raise IntakeError(
            "upload_too_small", f"{width} x {height}", width=width, height=height, min_side=min_side
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise IntakeError(
            "upload_aspect_ratio", f"{width} x {height}", width=width, height=height, max_aspect=MAX_ASPECT
        )


# Its pixels


def _decoded(source: PictureFile, stored_max_side: int) -> Image.Image:
    """Upright sRGB picture of mode RGB; large JPEG pictures are decoded at a half, a quarter or an eighth."""
    opened = _open(source)
    if (opened.width, opened.height) not in _expected_sizes(source):
        raise IntakeError(
            "upload_undecodable", f"header says {source.width} x {source.height}, got {opened.size}"
        )
    if getattr(opened, "n_frames", 1) != 1:
        raise IntakeError("upload_animated", "more than one frame")
    if source.source_format == SourceFormat.JPEG:
        opened.draft(None, (stored_max_side, stored_max_side))
    orientation = _orientation(opened)
    opened.load()
    picture = _to_srgb(_reduced(opened, stored_max_side), opened.info.get("icc_profile"))
    return picture.transpose(_TURNS[orientation]) if orientation in _TURNS else picture


def _reduced(picture: Image.Image, stored_max_side: int) -> Image.Image:
    """Shrunk by a whole factor where it is far too large, before colour work makes copies of it."""
    factor = max(picture.size) // stored_max_side
    if factor < 2 or picture.mode not in ("L", "LA", "RGB", "RGBA", "CMYK") or "transparency" in picture.info:
        return picture
    return picture.reduce(factor)


def _open(source: PictureFile) -> Image.Image:
    if source.source_format == SourceFormat.HEIC:
        return _open_heic(source.minimal)
    return Image.open(io.BytesIO(source.minimal), formats=[source.source_format.value.upper()])


def _open_heic(data: bytes) -> Image.Image:
    """Decode with libheif, which turns the picture upright itself and has security limits of its own."""
    import pillow_heif

    file: Any = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    if len(file) != 1:
        raise IntakeError("upload_animated", f"{len(file)} pictures")
    picture: Image.Image = file[0].to_pillow()
    picture.info.pop("exif", None)
    return picture


def _expected_sizes(source: PictureFile) -> set[tuple[int, int]]:
    sizes = {(source.width, source.height)}
    return sizes | {(source.height, source.width)} if source.source_format == SourceFormat.HEIC else sizes


_TURNS = {  # EXIF tag 0x0112 -> what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(picture: Image.Image) -> int:
    """EXIF orientation. A camera that writes unreadable EXIF is taken to hold the picture upright."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001  # EXIF is a format of its own with faults of its own
        return 1
    return value if isinstance(value, int) else 1


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Mode RGB, 8 bits, sRGB; transparent parts on white.

    16-bit grey is scaled (Pillow would clip it), palettes and colour keys are resolved, a colour profile is
    applied. Without a usable profile the numbers are taken as sRGB, as browsers do.
    """
    if picture.mode.startswith("I;16") or picture.mode == "I":
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("1", "P", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
    alpha = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None
    if alpha is not None:
        picture = picture.convert("RGB" if picture.mode == "RGBA" else "L")
    if profile:
        picture = _apply_profile(picture, profile)
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    if alpha is not None:
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=alpha)
        return white
    return picture


def _apply_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # damaged, or meant for another colour model
    return converted if converted is not None else picture


def _encoded(picture: Image.Image, *, as_png: bool) -> bytes:
    with io.BytesIO() as file:
        if as_png:
            Image.fromarray(np.asarray(picture)).save(file, "PNG", compress_level=PNG_COMPRESSION)
        else:
            bare = Image.fromarray(np.asarray(picture))  # a fresh picture carries no info to be written
            bare.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        return file.getvalue()
