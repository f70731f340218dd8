"""BankSnapshot: all hash banks as arrays, matched with one popcount over the whole. Pure Python.

A picture is looked up by the SHA-256 of its decoded pixels (exactly this picture) and by its eight PDQ
hashes (the picture upright, turned and mirrored; `moderation.hashing.pdq`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from moderation.taxonomy import Category, Severity

PDQ_DISTANCE = 31  # of 256 bits; Meta's recommendation for the same picture after edits
MIN_QUALITY = 50  # below it a picture has too little structure for PDQ to tell it from others

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class BankFacts:
    """What a bank says of its entries. is_allowed: people approved them; else they are not wanted."""

    id: str
    name: str
    is_allowed: bool
    category: Category
    severity: Severity


@dataclass(frozen=True)
class BankMatch:
    """Entry `entry_id` of a bank is `distance` bits from the picture; of sha256 always 0: the same one."""

    bank: BankFacts
    entry_id: str
    algorithm: str
    distance: int


@dataclass(frozen=True)
class BankEntryFacts:
    """One active entry. algorithm: "sha256" or "pdq". value: 64 hex digits."""

    id: str
    bank_id: str
    algorithm: str
    value: str


@dataclass(frozen=True, eq=False)
class BankSnapshot:
    """The enabled banks and their active entries at one revision; never changes, so threads may share it.

    pdq_words (uint64, (n, 4)): the PDQ hashes. pdq_entries, sha256: which entry and bank each belongs to.
    """

    revision: int
    banks: Mapping[str, BankFacts] = field(default_factory=dict)
    pdq_words: Words = field(default_factory=lambda: np.zeros((0, 4), np.uint64))
    pdq_entries: Sequence[tuple[str, str]] = ()
    sha256: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, revision: int, banks: Iterable[BankFacts], entries: Iterable[BankEntryFacts]
    ) -> "BankSnapshot":
        """Arrange the entries for fast look-up; entries of banks that are not given are left out."""
        known = {bank.id: bank for bank in banks}
        exact: dict[str, list[tuple[str, str]]] = {}
        hashes: list[str] = []
        places: list[tuple[str, str]] = []
        for entry in entries:
            if entry.bank_id not in known:
                continue
            if entry.algorithm == "pdq":
                hashes.append(entry.value)
                places.append((entry.id, entry.bank_id))
            else:
                exact.setdefault(entry.value, []).append((entry.id, entry.bank_id))
        return cls(revision, known, words_of(hashes), tuple(places), exact)

    @property
    def is_empty(self) -> bool:
        return not self.sha256 and not self.pdq_entries

    def match_sha256(self, digest: str) -> list[BankMatch]:
        """Entries that are exactly this picture. digest: lower-case hex of the decoded pixels."""
        return [
            BankMatch(self.banks[bank], entry, "sha256", 0) for entry, bank in self.sha256.get(digest, ())
        ]

    def match_pdq(self, variants: Words, distance: int = PDQ_DISTANCE) -> list[BankMatch]:
        """The nearest entry of each bank within `distance` bits of any of the variants.

        variants (uint64, (k, 4)): the picture's PDQ hash in its turned and mirrored forms.
        """
        if not self.pdq_entries:
            return []
        nearest = distances(self.pdq_words, variants)
        best: dict[str, BankMatch] = {}
        for index in np.flatnonzero(nearest <= distance):
            entry, bank = self.pdq_entries[int(index)]
            bits = int(nearest[index])
            if bank not in best or bits < best[bank].distance:
                best[bank] = BankMatch(self.banks[bank], entry, "pdq", bits)
        return list(best.values())


def words_of(hashes: Sequence[str]) -> Words:
    """uint64, (n, 4): hashes of 64 hex digits as numbers. Raises ValueError for anything else."""
    if any(len(value) != 64 for value in hashes):
        raise ValueError("a PDQ hash has 64 hex digits")
    packed = np.frombuffer(bytes.fromhex("".join(hashes)), dtype=">u8")
    return packed.astype(np.uint64).reshape(-1, 4)


def distances(words: Words, variants: Words) -> npt.NDArray[np.uint16]:
    """For each of `words` (n, 4) how many bits lie between it and the nearest of `variants` (k, 4)."""
    nearest = np.full(len(words), 257, np.uint16)
    for variant in variants:
        bits = np.bitwise_count(words ^ variant).sum(axis=1, dtype=np.uint16)
        np.minimum(nearest, bits, out=nearest)
    return nearest
