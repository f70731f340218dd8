"""Canonical JSON and its digest: the same value always gives the same bytes. Pure Python."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces.

    Raises TypeError for floats and for anything that is not JSON: a float's spelling may change on its way
    through a database, and a digest over it would not hold.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(value: Any, *, after: str = "") -> str:
    """SHA-256 in hex over `after` (a previous digest) and the canonical JSON of `value`."""
    return hashlib.sha256(after.encode() + canonical_json(value)).hexdigest()


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"Keys of canonical JSON are text, got {key!r}.")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif not isinstance(value, str | int | None):
        raise TypeError(f"Canonical JSON holds text, whole numbers, true, false and null, got {value!r}.")
