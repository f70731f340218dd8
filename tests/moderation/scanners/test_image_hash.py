"""Known pictures: what a match means, and which doubts an approval settles."""

from typing import Any

import numpy as np
import pytest

from moderation.hashing.banks import BankEntryFacts, BankFacts, BankSnapshot
from moderation.scanners.base import Finding, Media, ScanInput, ScanLists
from moderation.scanners.image_hash import ImageHash, without_settled_doubts
from moderation.taxonomy import Category, Severity, Surface
from templates_app.characters import draw_character

BLOCK = BankFacts("b", "bad", is_allowed=False, category=Category.GORE, severity=Severity.EXTREME)
ALLOW = BankFacts("a", "good", is_allowed=True, category=Category.TECHNICAL, severity=Severity.CONTEXT)


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    return draw_character("person", 256)


def scanned(pixels: np.ndarray, *entries: tuple[str, str, str]) -> list[Finding]:
    facts = [BankEntryFacts(str(number), *entry) for number, entry in enumerate(entries)]
    lists = ScanLists(banks=BankSnapshot.of(1, [BLOCK, ALLOW], facts))
    return ImageHash().scan(ScanInput(Media.IMAGE, Surface.PHOTO, pixels, lists=lists))


def hashes(pixels: np.ndarray) -> ScanInput:
    return ScanInput(Media.IMAGE, Surface.PHOTO, pixels)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_an_unwanted_picture_is_known_in_every_position(
    person: np.ndarray, turns: int, is_mirrored: bool
) -> None:
    turned = np.ascontiguousarray(np.rot90(person[:, ::-1] if is_mirrored else person, turns))
    (found,) = scanned(turned, ("b", "pdq", hashes(person).pdq.hex))
    assert (found.label, found.category, found.severity) == ("known_picture", Category.GORE, Severity.EXTREME)
    assert found.may_block
    assert found.confidence >= 84
    assert found.evidence["bank"] == "bad"


def test_a_far_match_asks_for_a_person(person: np.ndarray) -> None:
    far = f"{int(hashes(person).pdq.hex, 16) ^ ((1 << 25) - 1):064x}"
    (found,) = scanned(person, ("b", "pdq", far))
    assert (found.evidence["distance"], found.may_block) == (25, False)


def test_the_same_pixels_are_found_once_though_both_hashes_match(person: np.ndarray) -> None:
    known = hashes(person)
    found = scanned(person, ("b", "sha256", known.sha256), ("b", "pdq", known.pdq.hex))
    assert [(one.evidence["algorithm"], one.confidence) for one in found] == [("sha256", 100.0)]


def test_a_picture_without_structure_matches_only_exactly() -> None:
    blank = np.full((200, 200, 3), 90, np.uint8)
    known = hashes(blank)
    assert scanned(blank, ("b", "pdq", known.pdq.hex)) == []
    assert len(scanned(blank, ("b", "sha256", known.sha256))) == 1


def test_banks_that_could_not_be_read_are_a_fault(person: np.ndarray) -> None:
    with pytest.raises(LookupError):
        ImageHash().scan(ScanInput(Media.IMAGE, Surface.PHOTO, person, lists=ScanLists()))


DOUBT = Finding(Category.SEXUAL_NUDITY, Severity.SERIOUS, 60.0, "female_breast_exposed")
DISPUTE = Finding(Category.DISAGREEMENT, Severity.MILD, 60.0, "nudity_disputed")
EXPLICIT = Finding(Category.SEXUAL_EXPLICIT, Severity.EXTREME, 90.0, "nudity_corroborated")
GORE = Finding(Category.GORE, Severity.SERIOUS, 90.0, "blood")


def approval(algorithm: str) -> Finding:
    evidence: dict[str, Any] = {"algorithm": algorithm, "entry_id": "7"}
    return Finding(Category.TECHNICAL, Severity.CONTEXT, 100.0, "approved_picture", evidence=evidence)


def test_an_approval_of_exactly_these_pixels_settles_doubts_about_nudity_and_nothing_else() -> None:
    settled = without_settled_doubts([DOUBT, DISPUTE, EXPLICIT, GORE, approval("sha256")])
    assert [one.severity for one in settled] == [0, 0, 6, 4, 0]
    assert settled[0].evidence == {"severity": 4, "settled_by": "7"}
    assert settled[0].confidence == 60.0


def test_an_approval_of_a_picture_that_only_looks_alike_settles_nothing() -> None:
    findings = [DOUBT, DISPUTE, approval("pdq")]
    assert without_settled_doubts(findings) == findings
