"""What every scanner of the table promises."""

import numpy as np
import pytest

from moderation.scanners import SCANNERS
from moderation.scanners.base import Media, ScanInput, ScanLists, Scanner
from moderation.scanners.running import run_scanners
from moderation.taxonomy import Category, Surface
from tests.moderation.terms.words import matcher

pytestmark = pytest.mark.parametrize("key", sorted(SCANNERS))


def scanner(key: str) -> Scanner:
    return SCANNERS.get(key)()


def inputs(media: Media) -> list[ScanInput]:
    if media == Media.TEXT:
        lists = ScanLists(terms=matcher("panda", "熊猫"))
        texts = ("", "a red panda", "红" * 2000, "\ud800", "p4nda")
        return [ScanInput(media, Surface.PROMPT, text=text, lists=lists) for text in texts]
    generator = np.random.default_rng(3)
    shapes = [(480, 320), (64, 64), (33, 1000), (1, 1)]
    pictures = [generator.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]
    pictures.append(np.zeros((100, 100, 3), np.uint8))
    return [ScanInput(media, Surface.PHOTO, pixels) for pixels in pictures]


def test_it_carries_its_own_key_and_a_version(key: str) -> None:
    assert scanner(key).key == key
    assert scanner(key).version
    assert scanner(key).accepts <= frozenset(Media)


def test_it_answers_within_the_ranges_for_every_input_it_accepts(key: str) -> None:
    one = scanner(key)
    for media in sorted(one.accepts):
        outcome = run_scanners([one], inputs(media))
        assert [report.error for report in outcome.reports] == [""]
        assert outcome.item_count == len(inputs(media))


def test_it_does_not_change_what_it_looks_at_and_repeats_itself(key: str) -> None:
    one = scanner(key)
    one.load()
    for media in sorted(one.accepts):
        item = inputs(media)[0]
        before = None if item.pixels is None else item.pixels.copy()
        assert one.scan(item) == one.scan(item)
        assert before is None or np.array_equal(before, item.pixels)


def test_it_speaks_only_of_known_harms(key: str) -> None:
    one = scanner(key)
    findings = [finding for media in one.accepts for item in inputs(media) for finding in one.scan(item)]
    found = {finding.category for finding in findings}
    assert found <= set(Category) - {Category.SCANNER_FAILED, Category.DISAGREEMENT}
