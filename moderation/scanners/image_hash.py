"""ImageHash: is this a picture that people already know, wanted or not? Pure Python.

Every picture is hashed; hashes are compared with the banks that the scan was given. How surely a match says
something depends on how it was found: the SHA-256 of the pixels is exactly that picture; PDQ also finds it
after another size, compression, turning or mirroring, but cannot see a changed detail.
"""

from collections.abc import Iterable
from dataclasses import replace

from moderation.hashing.banks import MIN_QUALITY, BankMatch
from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity

KNOWN, APPROVED = "known_picture", "approved_picture"
BLOCKS_TO = 16  # bits; matches further away, up to PDQ_DISTANCE, ask for a person


class ImageHash:
    """Findings for matches with hash banks: at most one for each bank. Without banks it has none."""

    key = "image_hash"
    version = "1.0"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        """Nothing to load."""

    def scan(self, item: ScanInput) -> list[Finding]:
        """Matches with the banks of `item.lists`, each bank's nearest.

        Raises ValueError without pixels, LookupError when the lists were asked for and could not be read.
        """
        hashed = item.pdq
        if item.lists is None:
            return []
        banks = item.lists.banks
        if banks is None:
            raise LookupError("The hash banks could not be read.")
        matches = banks.match_sha256(item.sha256) if item.media == Media.IMAGE else []
        exact = {match.bank.id for match in matches}
        if hashed.quality >= MIN_QUALITY:
            matches += [near for near in banks.match_pdq(hashed.words) if near.bank.id not in exact]
        return [match_finding(match) for match in matches]


def match_finding(match: BankMatch) -> Finding:
    """What a match says: a known picture and how near it is, or one that people approved."""
    evidence = {
        "bank_id": match.bank.id,
        "bank": match.bank.name,
        "entry_id": match.entry_id,
        "algorithm": match.algorithm,
        "distance": match.distance,
    }
    if match.bank.is_allowed:
        return Finding(Category.TECHNICAL, Severity.CONTEXT, 100.0 - match.distance, APPROVED, None, evidence)
    return Finding(
        match.bank.category,
        match.bank.severity,
        100.0 - match.distance,
        KNOWN,
        None,
        evidence,
        may_block=match.distance <= BLOCKS_TO,
    )


_DOUBTS = frozenset({Category.SEXUAL_NUDITY, Category.SEXUAL_EXPLICIT, Category.DISAGREEMENT})


def without_settled_doubts(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one picture; doubts about nudity are set to context where people approved exactly it.

    Only the very same pixels settle a doubt, as a near match may hide a changed detail, and only below
    EXTREME: what leads to a block stands. The finding keeps its confidence, and says what it was.
    """
    findings = list(findings)
    approval = next(
        (one for one in findings if one.label == APPROVED and one.evidence.get("algorithm") == "sha256"), None
    )
    if approval is None:
        return findings
    return [
        _settled(one, approval) if one.category in _DOUBTS and one.severity < Severity.EXTREME else one
        for one in findings
    ]


def _settled(doubt: Finding, approval: Finding) -> Finding:
    evidence = {
        **doubt.evidence,
        "severity": int(doubt.severity),
        "settled_by": approval.evidence["entry_id"],
    }
    return replace(doubt, severity=Severity.CONTEXT, evidence=evidence)
