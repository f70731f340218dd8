"""PDQ: equal to the reference implementation, steady under edits, and known in every position."""

import cv2
import numpy as np
import pytest

from moderation.hashing.pdq import VARIANTS, PdqHash, distance, pdq_hash, variants_of
from moderation.scanners.base import Media, ScanInput
from moderation.taxonomy import Surface
from templates_app.characters import CHARACTERS, draw_character
from tests.factories.moderation import plain_picture

# What pdqhash 0.2 (Meta's reference in C++) says of the project's people, drawn 256 pixels tall.
REFERENCE = {
    "comic": "082f727276a066d78b358d229dac39cb5f753631209c9996674dd9e965c9661c",
    "person": "b72872b4627de54855193ae6a1f6865d9b2a5c6379d4a89a670dddf460c8320f",
    "qipao": "f6697766e037dc3715a704a7222dfe975885988fa817b91222cc155a45d867f8",
    "terracotta": "2263673ee371e04c89899ad2799db8a9663686451b1a6766e5b5479a9e6699c5",
}
POSITIONS = {
    "original": lambda pixels: pixels,
    "turned_90": lambda pixels: np.rot90(pixels),
    "turned_180": lambda pixels: np.rot90(pixels, 2),
    "turned_270": lambda pixels: np.rot90(pixels, 3),
    "upside_down": lambda pixels: pixels[::-1],
    "mirrored": lambda pixels: pixels[:, ::-1],
    "transposed": lambda pixels: pixels.transpose(1, 0, 2),
    "transposed_across": lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2),
}


def hashed(pixels: np.ndarray) -> PdqHash:
    """As scans hash: at one size, whatever size the picture has."""
    return ScanInput(Media.IMAGE, Surface.PHOTO, np.ascontiguousarray(pixels)).pdq


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    return draw_character("person", 256)


@pytest.mark.parametrize("key", sorted(REFERENCE))
def test_it_hashes_as_the_reference_does(key: str) -> None:
    assert key in CHARACTERS
    found = pdq_hash(cv2.cvtColor(draw_character(key, 256).astype(np.float32), cv2.COLOR_RGB2GRAY))
    assert distance(found.hex, REFERENCE[key]) <= 2  # drawing may differ by a rounding on another processor
    assert found.quality == 100


@pytest.mark.parametrize("position", sorted(POSITIONS))
def test_one_of_its_variants_is_the_picture_turned_or_mirrored(person: np.ndarray, position: str) -> None:
    turned = hashed(POSITIONS[position](person)).words[0]
    bits = np.bitwise_count(hashed(person).words ^ turned).sum(axis=1)
    assert VARIANTS[int(bits.argmin())] == position
    assert bits.min() <= 2
    assert sorted(bits)[1] > 80  # and no other position is like it


def test_variants_can_be_told_from_the_hash_alone(person: np.ndarray) -> None:
    whole = hashed(person)
    bits = np.bitwise_count(whole.words ^ variants_of(whole.hex)).sum(axis=1)
    assert len(bits) == len(VARIANTS) == 8
    assert (bits[0], bits.max() <= 31) == (0, True)


def test_size_and_compression_leave_it_and_another_picture_does_not(person: np.ndarray) -> None:
    whole = hashed(person).hex
    _done, packed = cv2.imencode(".jpg", person[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 30])
    compressed = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]
    smaller = cv2.resize(person, (120, 160), interpolation=cv2.INTER_AREA)
    brighter = np.clip(person.astype(np.int16) + 25, 0, 255).astype(np.uint8)
    for edited in (compressed, smaller, brighter):
        assert distance(whole, hashed(np.asarray(edited)).hex) <= 16
    assert distance(whole, hashed(plain_picture()).hex) > 80


@pytest.mark.parametrize("shape", [(1, 1), (4, 900), (900, 4)])
def test_what_is_too_small_has_no_quality(shape: tuple[int, int]) -> None:
    found = pdq_hash(np.full(shape, 90, np.float32))
    assert (found.hex, found.quality) == ("0" * 64, 0)


def test_a_blank_picture_has_no_quality() -> None:
    assert pdq_hash(np.full((300, 200), 90, np.float32)).quality == 0
