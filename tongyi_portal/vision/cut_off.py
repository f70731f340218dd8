"""promised_bytes: how long a video file says it is, by its outermost boxes; tells one that breaks off."""

import struct
from pathlib import Path
from typing import BinaryIO

MOST_BOXES = 1000
OPEN_ENDED = 0x7FFFFFFF  # a RIFF that says so, or more, was written as a stream, or lies


def promised_bytes(path: Path) -> int | None:
    """Where the last outermost box of an MP4 or MOV, or the RIFF of an AVI, ends by its own header.

    More than the file has: it breaks off. None for other files, and where the last box is open-ended. Raises
    OSError.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and head[8:] == b"AVI ":
            length = int(struct.unpack("<I", head[4:8])[0])
            return 8 + length if 0 < length < OPEN_ENDED else None
        return _end_of_boxes(file, path.stat().st_size) if head[4:8] == b"ftyp" else None


def _end_of_boxes(file: BinaryIO, size: int) -> int | None:
    """ISO/IEC 14496-12, 4.2: 32 bits of length and a type; length 1: 64 more bits follow, 0: to the end."""
    at = 0
    for _number in range(MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return at + 8 if head else at
        length = int.from_bytes(head[:4], "big")
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        if length < 8:
            return None
        at += length
        if at >= size:
            return at
    return None
