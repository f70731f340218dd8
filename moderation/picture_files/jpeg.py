"""Walks JPEG files: ITU-T T.81 annex B. Pure Python."""

import re
import struct

from moderation.picture_files.structure import (
    MAX_PARTS,
    PADDING,
    PictureFile,
    SourceFormat,
    StructureFault,
    broken,
    truncated,
)

MAX_FURTHER = 16  # pictures behind the first; telephones write one to three
MAX_SCANS = 100  # an ordinary progressive file has about ten; each costs a pass over all coefficients
_SOI, _EOI, _SOS, _DQT, _DHT, _DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what libjpeg decodes, 8 bits
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # not a stuffed byte, a fill byte or a restart
_NOT_FILL = re.compile(rb"[^\xff]")
_NOT_ZERO = re.compile(rb"[^\x00]")
_OTHER_FRAMES = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})


def walk_jpeg(data: bytes) -> PictureFile:
    """Raises StructureFault."""
    walk = _JpegWalk(data)
    end = walk.run(0)
    metadata = list(walk.metadata)
    further_pictures = 0
    while data[end : end + 3] == b"\xff\xd8\xff":  # further complete pictures: gain maps, previews, depth
        further_pictures += 1
        if not walk.announces_more or further_pictures > MAX_FURTHER:
            raise StructureFault(
                "upload_polyglot", "a second picture follows that the first does not announce"
            )
        further = _JpegWalk(data)
        end = further.run(end)
        metadata += further.metadata
        behind = _NOT_ZERO.search(data, end)
        end = behind.start() if behind else len(data)
    tail = data[end:]
    if tail.strip(PADDING):
        if not _is_camera_trailer(tail, walk.announces_motion):
            raise StructureFault("upload_polyglot", f"{len(data) - end} bytes follow the end of the picture")
        metadata.append(tail)
    width, height = walk.size
    return PictureFile(SourceFormat.JPEG, width, height, b"".join(walk.kept), tuple(metadata))


def _is_camera_trailer(tail: bytes, announces_motion: bool) -> bool:
    """Whether the bytes behind the picture are what telephones put there; they are left out, too.

    Samsung closes a block of its own with a directory (SEFH ... SEFT, its length before the last word);
    motion photos append an MP4 that the picture's XMP announces.
    """
    if tail.endswith(b"SEFT") and len(tail) >= 12:
        length = int.from_bytes(tail[-8:-4], "little")
        return tail[-8 - length :].startswith(b"SEFH")
    return announces_motion and tail[4:8] == b"ftyp"


class _JpegWalk:
    """One JPEG stream, from SOI to EOI."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = (0, 0)
        self.kept: list[bytes] = [b"\xff\xd8"]
        self.metadata: list[bytes] = []
        self.announces_more = False
        self.announces_motion = False
        self._scans = 0

    def run(self, start: int) -> int:
        """Walk from the SOI at `start`; the offset after EOI."""
        position = start + 2
        for _ in range(MAX_PARTS):
            position, marker = self._marker(position)
            if marker == _EOI:
                return self._finish(position)
            body_end = self._segment_end(position)
            self._take(marker, position, body_end)
            position = body_end
            if marker == _SOS:
                position = self._entropy_coded(position)
        raise broken(f"more than {MAX_PARTS} segments")

    def _marker(self, position: int) -> tuple[int, int]:
        if position >= len(self.data):
            raise truncated("the file ends before its end marker")
        if self.data[position] != 0xFF:
            raise broken(f"no marker at byte {position}")
        code = _NOT_FILL.search(self.data, position)
        if code is None:
            raise truncated("the file ends inside a marker")
        return code.end(), self.data[code.start()]

    def _segment_end(self, position: int) -> int:
        if position + 2 > len(self.data):
            raise truncated("the file ends inside a segment")
        length = int.from_bytes(self.data[position : position + 2], "big")
        if length < 2:
            raise broken("a segment is shorter than its own length field")
        if position + length > len(self.data):
            raise truncated("the file ends inside a segment")
        return position + length

    def _take(self, marker: int, position: int, end: int) -> None:
        """Keep what decoding needs, remember the rest as metadata, refuse what cannot be decoded."""
        body = self.data[position + 2 : end]
        if marker in _OTHER_FRAMES or marker == _SOI:
            raise broken(f"a marker 0x{marker:02x}, which is not decoded here")
        if marker in _FRAMES:
            self._frame(body)
        if marker == _SOS:
            self._scans += 1
            if self._scans > MAX_SCANS:
                raise broken(f"more than {MAX_SCANS} scans")
            if self.size == (0, 0):
                raise broken("picture data come before the frame header")
        if marker == _APP2 and body.startswith(b"MPF\x00"):
            self.announces_more = True
        if marker == _APP1 and b"hdrgm:" in body:
            self.announces_more = True
        if marker == _APP1 and (b":MotionPhoto" in body or b":MicroVideo" in body):
            self.announces_motion = True
        if self._is_needed(marker, body):
            self.kept.append(b"\xff" + bytes([marker]) + self.data[position:end])
        if marker >= _APP0:
            self.metadata.append(body)

    def _is_needed(self, marker: int, body: bytes) -> bool:
        if _APP0 <= marker <= _APP15:
            return (
                (marker == _APP0 and body.startswith(b"JFIF\x00"))
                or (marker == _APP1 and body.startswith(b"Exif\x00"))
                or (marker == _APP2 and body.startswith(b"ICC_PROFILE\x00"))
                or (marker == _APP14 and body.startswith(b"Adobe"))
            )
        return marker in _FRAMES or marker in {_SOS, _DQT, _DHT, _DRI}

    def _frame(self, body: bytes) -> None:
        if self.size != (0, 0):
            raise broken("two frame headers")
        if len(body) < 6:
            raise broken("the frame header is too short")
        precision, height, width, components = struct.unpack(">BHHB", body[:6])
        if precision != 8 or components not in (1, 3, 4):
            raise broken(f"{precision} bits and {components} components are not decoded here")
        if not width or not height:
            raise broken("a side of zero pixels")
        self.size = (width, height)

    def _entropy_coded(self, position: int) -> int:
        """Copy picture data up to the next marker (0xFF00 is a data byte, 0xFFD0 to 0xFFD7 restart it)."""
        found = _MARKER.search(self.data, position)
        if found is None:
            raise truncated("the file ends inside the picture data")
        self.kept.append(self.data[position : found.start()].rstrip(b"\xff"))  # fill bytes say nothing
        return found.start()

    def _finish(self, position: int) -> int:
        if not self._scans:
            raise broken("the file holds no picture data")
        self.kept.append(b"\xff\xd9")
        return position
