"""BankSnapshot: all hash banks as arrays, matched with one popcount over the whole. Pure Python.

A picture is looked up by the SHA-256 of its decoded pixels (exactly this picture) and by its eight PDQ
hashes (the picture upright, turned and mirrored; `moderation.hashing.pdq`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from moderation.taxonomy import Category, Severity

PDQ_DISTANCE = 31  # of 256 bits; Meta's recommendation for the same picture after edits
PIECES, PIECE_BITS = 16, 16  # a hash in pieces
MANY = 10_000  # hashes from which it pays to arrange them by their pieces
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

    pdq_columns (uint64, (4, n)): the PDQ hashes, see `within`. pdq_entries, sha256: which entry and bank each
    belongs to.
    """

    revision: int
    banks: Mapping[str, BankFacts] = field(default_factory=dict)
    pdq_columns: Words = field(default_factory=lambda: np.zeros((4, 0), np.uint64))
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
        return cls(revision, known, np.ascontiguousarray(words_of(hashes).T), tuple(places), exact)

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
        best: dict[str, BankMatch] = {}
        if len(self.pdq_entries) >= MANY:
            places, far = self._pieces.within(variants, distance)
        else:
            places, far = within(self.pdq_columns, variants, distance)
        for index, bits in zip(places, far, strict=True):
            entry, bank = self.pdq_entries[int(index)]
            if bank not in best or bits < best[bank].distance:
                best[bank] = BankMatch(self.banks[bank], entry, "pdq", int(bits))
        return list(best.values())

    @cached_property
    def _pieces(self) -> "PieceIndex":
        return PieceIndex(self.pdq_columns)


class PieceIndex:
    """Many hashes, arranged so that those near to a given one are found without looking at the others.

    Of two hashes that differ in fewer than 32 bits, one of 16 pieces differs in at most one bit (Norouzi et
    al., "Fast Search in Hamming Space with Multi-Index Hashing", 2012). So only hashes with such a piece are
    compared. columns (uint64, (4, n)): see `within`.
    """

    def __init__(self, columns: Words) -> None:
        self._columns = columns
        count, places = columns.shape[1], 1 << PIECE_BITS
        sorted_by, starts = [], []
        for number, piece in enumerate(_pieces_of(columns.T).T):
            sorted_by.append(np.argsort(piece, kind="stable").astype(np.int32))
            held = np.bincount(piece, minlength=places)
            starts.append(number * count + np.concatenate([[0], np.cumsum(held)]))
        self._order = np.concatenate(sorted_by)  # for each piece: the hashes by its value
        self._starts = np.stack(starts)  # for each piece and value: where its hashes begin there

    def within(self, variants: Words, reach: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint16]]:
        """As `within` finds them."""
        changes = np.array([0, *(1 << bit for bit in range(PIECE_BITS))])
        values = _pieces_of(variants)[:, :, None] ^ changes
        numbers = np.arange(PIECES)[None, :, None]
        first, behind = self._starts[numbers, values].ravel(), self._starts[numbers, values + 1].ravel()
        held = behind - first
        if reach >= 2 * PIECES or held.sum() > self._columns.shape[1]:  # hashes that are much alike
            return within(self._columns, variants, reach)
        at = np.arange(held.sum()) + np.repeat(first - np.cumsum(held) + held, held)
        index = self._order[at]
        variant = np.repeat(
            np.arange(len(variants)), held.reshape(len(variants), PIECES * len(changes)).sum(axis=1)
        )
        apart = np.bitwise_count(self._columns[:, index] ^ variants[variant].T)
        bits = apart.sum(axis=0, dtype=np.uint16)
        near = bits <= reach
        nearest: dict[int, int] = {}
        for one, far in zip(index[near].tolist(), bits[near].tolist(), strict=True):
            nearest[one] = min(far, nearest.get(one, far))
        found = sorted(nearest)
        return np.array(found, np.intp), np.array([nearest[one] for one in found], np.uint16)


def _pieces_of(hashes: Words) -> npt.NDArray[np.int64]:
    """int64, (n, PIECES): each of the hashes (n, 4) cut into pieces."""
    return np.ascontiguousarray(hashes).view(np.uint16).astype(np.int64)


def words_of(hashes: Sequence[str]) -> Words:
    """uint64, (n, 4): hashes of 64 hex digits as numbers. Raises ValueError for anything else."""
    if any(len(value) != 64 for value in hashes):
        raise ValueError("a PDQ hash has 64 hex digits")
    packed = np.frombuffer(bytes.fromhex("".join(hashes)), dtype=">u8")
    return packed.astype(np.uint64).reshape(-1, 4)


def within(
    columns: Words, variants: Words, reach: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint16]]:
    """Which hashes lie within `reach` bits (of 256) of the nearest of `variants` (k, 4), and how far.

    columns (uint64, (4, n)): hashes, the first words of all together, then the second ones. Half of the bits
    are compared first: they rule out nearly all, and only the others are compared in full.
    """
    nearest: dict[int, int] = {}
    for variant in variants:
        halves = np.bitwise_count(columns[0] ^ variant[0]) + np.bitwise_count(columns[1] ^ variant[1])
        close = np.flatnonzero(halves <= reach)
        rest = np.bitwise_count(columns[2:, close] ^ variant[2:, None]).sum(axis=0, dtype=np.uint16)
        for index, bits in zip(close.tolist(), (halves[close] + rest).tolist(), strict=True):
            if bits <= min(reach, nearest.get(index, reach)):
                nearest[index] = bits
    found = sorted(nearest)
    return np.array(found, np.intp), np.array([nearest[index] for index in found], np.uint16)
