"""Reading of JSON documents without goodwill: every fault points to its field. Pure Python."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongyi_portal.common.errors import AppError, gettext_noop

LONGEST_QUOTE = 60


class DocumentInvalid(AppError):
    """A document breaks its rules; `pointer` (RFC 6901) names the field, `problem` says what is wrong."""

    code = "document_invalid"
    default_message = gettext_noop("The document is not valid.")

    def __init__(self, pointer: str, problem: str) -> None:
        self.pointer = pointer
        self.problem = problem
        super().__init__(
            f"{pointer or 'document'}: {problem}.", details={"pointer": pointer, "problem": problem}
        )


@dataclass(frozen=True)
class StrictReader:
    """Takes JSON values for what they must be; nothing is converted. Raises `error`.

    Text is no number, true is no 1, a field given twice is refused, and so are NaN and infinity.
    """

    error: type[DocumentInvalid]

    def parse(self, text: str, most_chars: int) -> object:
        if len(text) > most_chars:
            raise self.error("", f"at most {most_chars} characters, got {len(text)}")
        try:
            return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        except RecursionError as error:
            raise self.error("", "lists and objects are nested too deeply") from error
        except ValueError as error:
            raise self.error("", f"not JSON: {error}") from error

    def mapping(self, pointer: str, value: object, keys: frozenset[str]) -> Mapping[str, Any]:
        """An object that has no other fields than `keys`."""
        if not isinstance(value, Mapping):
            raise self.error(pointer, f"must be an object, got {quote(value)}")
        unknown = sorted(str(key) for key in value if key not in keys)
        if unknown:
            raise self.error(f"{pointer}/{unknown[0][:LONGEST_QUOTE]}", "there is no such field")
        return value

    def items(self, pointer: str, value: object, most: int) -> list[Any]:
        if not isinstance(value, list):
            raise self.error(pointer, f"must be a list, got {quote(value)}")
        if len(value) > most:
            raise self.error(pointer, f"at most {most}, got {len(value)}")
        return value

    def whole(self, pointer: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(pointer, f"must be a whole number, got {quote(value)}")
        return value

    def number(self, pointer: str, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.error(pointer, f"must be a number, got {quote(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error(pointer, f"must be a finite number, got {quote(value)}")
        return number

    def truth(self, pointer: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.error(pointer, f"must be true or false, got {quote(value)}")
        return value

    def text(self, pointer: str, value: object, most_chars: int) -> str:
        if not isinstance(value, str):
            raise self.error(pointer, f"must be text, got {quote(value)}")
        if len(value) > most_chars:
            raise self.error(pointer, f"at most {most_chars} characters, got {len(value)}")
        return value

    def within(self, pointer: str, value: int, most: int) -> None:
        """Refuses what is not 0 to `most`."""
        if not 0 <= value <= most:
            raise self.error(pointer, f"must be 0 to {most}, got {quote(value)}")


def quote(value: object) -> str:
    """A value as a message may show it: short, whatever it is."""
    if isinstance(value, int) and abs(value) > 10**12:
        return "a very large number"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 3] + "..."


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a field is given twice")
    return out


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
