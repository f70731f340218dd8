"""Headers of the resumable upload protocol tus 1.0.0 (tus.io): core, creation, checksum, termination,
expiration.
"""

import base64
import binascii
import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.http import http_date
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from templates_app.models import MotionVideo
from templates_app.motion_errors import MotionMetadataInvalid, TusExtensionUnknown, TusVersionUnknown
from templates_app.services.motions import CHECKSUMS
from templates_app.states import MotionState

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,termination,expiration"
MEDIA_TYPE = "application/offset+octet-stream"
_NUMBER = re.compile(r"[0-9]{1,15}")


class OffsetParser(BaseParser):
    """The body of a part, unread: it is taken in small pieces by whoever stores it."""

    media_type = MEDIA_TYPE

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream


def described() -> dict[str, str]:
    """What the server can do, for OPTIONS."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.MOTION_MAX_BYTES),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }


def require_version(request: Request) -> None:
    """Raises TusVersionUnknown."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise TusVersionUnknown(details={"known": [VERSION]})


def require_one_upload(request: Request) -> None:
    """Raises TusExtensionUnknown for a part of the extension concatenation."""
    if "Upload-Concat" in request.headers:
        raise TusExtensionUnknown(details={"header": "Upload-Concat", "known": EXTENSIONS.split(",")})


def number_of(request: Request, header: str) -> int:
    """A header that must be a whole number. Raises ParseError, which names it."""
    value = request.headers.get(header, "")
    if not _NUMBER.fullmatch(value):
        raise ParseError({"message": f"{header} must be a whole number.", "header": header})
    return int(value)


def metadata_of(request: Request) -> dict[str, str]:
    """Upload-Metadata: names with base64 values, by commas. Raises MotionMetadataInvalid."""
    found: dict[str, str] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _space, encoded = pair.strip().partition(" ")
        try:
            value = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise MotionMetadataInvalid(details={"field": name[:40]}) from error
        if not name or name in found or "\x00" in value:
            raise MotionMetadataInvalid(details={"field": name[:40]})
        found[name] = value
    missing = [name for name in ("filename", "template") if not found.get(name, "").strip()]
    if missing:
        raise MotionMetadataInvalid(details={"missing": missing})
    return found


def standing(motion: MotionVideo) -> dict[str, str]:
    """Where an upload stands; when it expires, while it goes on."""
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(motion.received_bytes),
        "Upload-Length": str(motion.byte_size),
        "Cache-Control": "no-store",
    }
    if motion.state == MotionState.RECEIVING:
        ends = motion.updated_at + timedelta(hours=settings.MOTION_KEEP_HOURS)
        headers["Upload-Expires"] = http_date(ends.timestamp())
    return headers
