"""Looking pictures up in hash banks."""

import numpy as np
import pytest

from moderation.hashing.banks import (
    MANY,
    BankEntryFacts,
    BankFacts,
    BankSnapshot,
    PieceIndex,
    Words,
    within,
    words_of,
)
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


def told(found: tuple[np.ndarray, np.ndarray]) -> dict[int, int]:
    return dict(zip(found[0].tolist(), found[1].tolist(), strict=True))


def spread(variants: Words, count: int) -> Words:
    """Hashes at 0 to 40 bits from the variants, and others."""
    chance = np.random.default_rng(4)
    columns = np.ascontiguousarray(chance.integers(0, 2**64, (4, count), dtype=np.uint64))
    for place in range(0, count, 3):
        value = variants[place % len(variants)].copy()
        for bit in chance.choice(256, int(chance.integers(0, 41)), replace=False).tolist():
            value[bit // 64] ^= np.uint64(1 << bit % 64)
        columns[:, place] = value
    return columns


@pytest.mark.parametrize("reach", [0, 16, 31, 32, 60])
def test_arranged_hashes_are_found_as_by_looking_at_all(reach: int) -> None:
    variants = np.random.default_rng(5).integers(0, 2**64, (8, 4), dtype=np.uint64)
    columns = spread(variants, 900)
    expected = told(within(columns, variants, reach))
    assert told(PieceIndex(columns).within(variants, reach)) == expected
    thin = np.ascontiguousarray(
        np.concatenate([columns[:, ::3][:, :9], columns[:, 1::3], columns[:, 2::3]], 1)
    )
    assert told(PieceIndex(thin).within(variants, reach)) == told(within(thin, variants, reach))
    assert len(expected) > reach // 2


def test_hashes_that_are_all_alike_are_found_too() -> None:
    columns = np.repeat(words_of([BASE]).T, 500, axis=1)
    assert told(PieceIndex(columns).within(words_of([flipped(BASE, 4)] * 8), 31)) == dict.fromkeys(
        range(500), 4
    )


def test_a_long_bank_gives_the_match_that_a_short_one_gives() -> None:
    chance = np.random.default_rng(6).integers(0, 256, (MANY, 32), dtype=np.uint8)
    others = [(str(number), "b", "pdq", row.tobytes().hex()) for number, row in enumerate(chance)]
    own = ("own", "a", "pdq", flipped(BASE, 31))
    (match,) = snapshot(own, *others).match_pdq(words_of([BASE]))
    assert (match, match.distance) == (snapshot(own).match_pdq(words_of([BASE]))[0], 31)
