"""JSON files from strangers. Pure Python."""

from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.strict_json import DocumentInvalid, StrictReader

MAX_JSON_CHARS = 64 * 1024**2


def parse_json(content: bytes, *, file: str) -> object:
    """The document in UTF-8. Raises MovementFileInvalid, also for NaN, deep nesting and doubled fields."""
    try:
        return StrictReader(DocumentInvalid).parse(content.decode("utf-8-sig"), MAX_JSON_CHARS)
    except UnicodeDecodeError as error:
        raise MovementFileInvalid("not_utf8", "the text is not in UTF-8", file=file) from error
    except DocumentInvalid as error:
        raise MovementFileInvalid("not_json", error.problem, file=file) from error
