"""SetSum: one number for a set of rows that grows and shrinks, whatever their order. Pure Python.

AdHash with a modulus of 2048 bits (Bellare and Micciancio, EUROCRYPT 1997, section 5; Wagner, CRYPTO 2002, on
why a modulus of 256 bits is too small): each row weighs its SHAKE-256, and a set weighs the sum. Whoever
changes, adds or takes out rows cannot make the sum come out the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moderation.canonical import canonical_json

_BYTES = 256
_MODULUS = 1 << (8 * _BYTES)


@dataclass(frozen=True)
class SetSum:
    """count: how many rows. total: what they weigh together."""

    count: int = 0
    total: int = 0

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "SetSum":
        """rows: plain JSON without floats; two rows of a set must differ, for example by their keys."""
        count = total = 0
        for row in rows:
            count += 1
            total += int.from_bytes(hashlib.shake_256(canonical_json(row)).digest(_BYTES))
        return cls(count, total % _MODULUS)

    def __add__(self, other: "SetSum") -> "SetSum":
        return SetSum(self.count + other.count, (self.total + other.total) % _MODULUS)

    def __sub__(self, other: "SetSum") -> "SetSum":
        return SetSum(self.count - other.count, (self.total - other.total) % _MODULUS)

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "sum": f"{self.total:0{2 * _BYTES}x}"}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SetSum":
        return cls(int(data["count"]), int(data["sum"], 16))
