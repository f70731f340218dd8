"""What a walk over a picture file's structure gives, and how it refuses. Pure Python.

The walkers beside this module decode no pixel. Each proves that a file is complete, is one still picture,
and ends where its own structure ends; it reads the dimensions from the headers and gives back a minimal
copy with nothing in it but what decoding needs. So no decoder ever meets comments, thumbnails, foreign
metadata, second pictures or data after the end.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_PARTS = 100_000  # chunks, segments or boxes
PADDING = b"\x00\t\n\r "  # what some cameras and servers add at the end


class SourceFormat(StrEnum):
    """Formats that may come in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"


class StructureFault(Exception):
    """The file's structure is refused; `code` is one of the upload_* codes of moderation.intake."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


@dataclass(frozen=True)
class PictureFile:
    """What the structure says.

    minimal: the bytes to decode. metadata: parts that are not picture data, for the search for hidden
    scripts. has_alpha and is_lossless speak of the source; width and height are before orientation.
    """

    source_format: SourceFormat
    width: int
    height: int
    minimal: bytes
    metadata: tuple[bytes, ...] = ()
    has_alpha: bool = False
    is_lossless: bool = False


def truncated(why: str) -> StructureFault:
    return StructureFault("upload_truncated", why)


def broken(why: str) -> StructureFault:
    return StructureFault("upload_undecodable", why)
