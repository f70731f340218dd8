"""Reading of zip archives from strangers: what they unpack to is bounded. Pure Python."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from templates_app.poses.formats.faults import MovementFileInvalid

MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 2 * 1024**2
MAX_TOTAL_BYTES = 256 * 1024**2

_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


def members_of(data: bytes, *, suffix: str, file: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the members whose names end so, in the archive's order.

    Sizes are counted while unpacking, not believed. Raises MovementFileInvalid.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise MovementFileInvalid(
                    "archive_too_large", f"at most {MAX_MEMBERS} files, got {len(members)}", file=file
                )
            total = 0
            for member in members:
                if member.is_dir() or not member.filename.lower().endswith(suffix):
                    continue
                with archive.open(member) as stream:
                    content = stream.read(MAX_MEMBER_BYTES + 1)
                total += len(content)
                if len(content) > MAX_MEMBER_BYTES or total > MAX_TOTAL_BYTES:
                    raise MovementFileInvalid(
                        "archive_too_large",
                        f"unpacks to over {MAX_MEMBER_BYTES} bytes, or all to over {MAX_TOTAL_BYTES}",
                        file=member.filename,
                    )
                yield member.filename, content
    except _DAMAGED as error:
        raise MovementFileInvalid(
            "archive_damaged", f"no readable zip archive: {error}", file=file
        ) from error
