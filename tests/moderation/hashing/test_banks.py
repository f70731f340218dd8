"""Looking pictures up in hash banks."""

import numpy as np
import pytest

from moderation.hashing.banks import BankEntryFacts, BankFacts, BankSnapshot, within, words_of
from moderation.taxonomy import Category, Severity

BLOCK = BankFacts("b", "bad", is_allowed=False, category=Category.GORE, severity=Severity.EXTREME)
ALLOW = BankFacts("a", "good", is_allowed=True, category=Category.TECHNICAL, severity=Severity.CONTEXT)
BASE = "f0" * 32


def flipped(value: str, bits: int) -> str:
    """The hash with its first bits the other way."""
    return f"{int(value, 16) ^ ((1 << bits) - 1):064x}"


def snapshot(*entries: tuple[str, str, str, str]) -> BankSnapshot:
    return BankSnapshot.of(1, [BLOCK, ALLOW], [BankEntryFacts(*entry) for entry in entries])


def test_the_nearest_entry_of_each_bank_is_found_up_to_31_bits() -> None:
    banks = snapshot(
        ("1", "b", "pdq", flipped(BASE, 30)),
        ("2", "b", "pdq", flipped(BASE, 12)),
        ("3", "a", "pdq", flipped(BASE, 31)),
        ("4", "a", "pdq", flipped(BASE, 32)),
    )
    found = {(match.bank.id, match.entry_id, match.distance) for match in banks.match_pdq(words_of([BASE]))}
    assert found == {("b", "2", 12), ("a", "3", 31)}


def test_any_position_of_the_picture_may_match() -> None:
    banks = snapshot(("1", "b", "pdq", flipped(BASE, 3)))
    variants = words_of(["0f" * 32, BASE])
    assert [match.distance for match in banks.match_pdq(variants)] == [3]


def test_exactly_the_same_pixels_match_in_every_bank_that_has_them() -> None:
    banks = snapshot(("1", "b", "sha256", BASE), ("2", "a", "sha256", BASE), ("3", "gone", "sha256", BASE))
    assert [match.entry_id for match in banks.match_sha256(BASE)] == ["1", "2"]
    assert banks.match_sha256("00" * 32) == banks.match_pdq(words_of([BASE])) == []
    assert not banks.is_empty
    assert snapshot().is_empty


def test_distances_equal_those_counted_bit_by_bit() -> None:
    generator = np.random.default_rng(2)
    hashes = [row.tobytes().hex() for row in generator.integers(0, 256, (300, 32), dtype=np.uint8)]
    variants = hashes[:2]
    expected = {
        index: min((int(one, 16) ^ int(value, 16)).bit_count() for value in variants)
        for index, one in enumerate(hashes)
    }
    columns = np.ascontiguousarray(words_of(hashes).T)
    places, bits = within(columns, words_of(variants), 120)
    found = dict(zip(places.tolist(), bits.tolist(), strict=True))
    assert found == {index: bits for index, bits in expected.items() if bits <= 120}


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="64"):
        words_of(["ab"])
