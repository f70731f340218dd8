"""What a made-up day of moderation holds: content with its truth, and what the scanners see of it.

Pure of the database: everything follows from the seed, so two runs make the same history.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from moderation.scanners.base import Finding
from moderation.taxonomy import Category, Severity, Surface

_HOURS = (3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 9, 16, 13, 8, 7, 7, 8, 10, 13, 18, 15, 10, 6)  # two peaks
_SURFACES = ((Surface.PHOTO, 62), (Surface.GARMENT, 8), (Surface.OUTPUT, 14), (Surface.PROMPT, 16))
_EXPOSED = ("female_breast_exposed", "buttocks_exposed", "female_genitalia_exposed")
_COVERED = ("belly_exposed", "female_breast_covered", "armpits_exposed", "face", "feet_exposed")


@dataclass(frozen=True)
class Sight:
    """A finding and the scanner that has it."""

    scanner: str
    finding: Finding


@dataclass(frozen=True)
class MadeContent:
    """violates: what a careful person would say."""

    number: int
    moment: datetime
    surface: Surface
    violates: bool
    sights: tuple[Sight, ...]


@dataclass(frozen=True)
class MadeTerm:
    """A word of the lists, as far as a finding tells of it. share: how often its hits are violations."""

    term_id: UUID
    list_id: UUID
    category: Category
    severity: Severity
    share: float


def made_day(
    day: datetime, count: int, chance: random.Random, terms: list[MadeTerm], *, extra_findings: int = 0
) -> list[MadeContent]:
    """Content of one day that begins at `day`, in the order of time. More on weekends.

    extra_findings: findings without weight for each picture, for measuring with full tables.
    """
    total = round(count * (1.35 if day.weekday() >= 5 else 0.9))
    hours = sorted(chance.choices(range(24), weights=_HOURS, k=total))
    made = []
    for number, hour in enumerate(hours):
        moment = day + timedelta(hours=hour, seconds=chance.uniform(0, 3600))
        surface = chance.choices([one for one, _weight in _SURFACES], [weight for _one, weight in _SURFACES])[
            0
        ]
        violates, sights = (_text if surface == Surface.PROMPT else _picture)(chance, terms)
        sights += [_plain(chance) for _ in range(extra_findings)]
        made.append(MadeContent(number, moment, surface, violates, tuple(sights)))
    return made


def _picture(chance: random.Random, _terms: list[MadeTerm]) -> tuple[bool, list[Sight]]:
    violates = chance.random() < 0.035
    grave = violates and chance.random() < 0.4
    unseen = violates and chance.random() < 0.15  # of a kind that no scanner knows
    looks = chance.random() < (0.05 if unseen or not violates else 0.9)  # what the detector thinks it sees
    sights = [_plain(chance) for _ in range(chance.randrange(3))]
    seen = 0.0
    if looks:
        seen = min(99.0, max(20.0, chance.gauss(78 if grave else 56 if violates else 42, 13)))
        severity = Severity.EXTREME if grave else Severity.SERIOUS
        category = Category.SEXUAL_EXPLICIT if grave else Category.SEXUAL_NUDITY
        left, top = chance.uniform(0.2, 0.5), chance.uniform(0.2, 0.5)
        box = (round(left, 3), round(top, 3), round(left + 0.2, 3), round(top + 0.2, 3))
        sights.append(_sight("nsfw_detector", category, severity, seen, chance.choice(_EXPOSED), box))
    whole = min(99.5, max(0.1, chance.gauss(76 if violates and not unseen else 6, 14)))
    if whole > 20:
        sights.append(_sight("nsfw_classifier", Category.SEXUAL_NUDITY, Severity.SERIOUS, whole, "nsfw"))
    if seen and (seen > 45) != (whole > 45):
        doubt = abs(seen - whole)
        sights.append(
            _sight("agreement", Category.DISAGREEMENT, Severity.SERIOUS, min(99.0, doubt), "nudity_disputed")
        )
    if chance.random() < 0.004:
        sights.append(
            _sight("nsfw_detector", Category.SCANNER_FAILED, Severity.SERIOUS, 100, "scanner_failed")
        )
    return violates, sights


def _text(chance: random.Random, terms: list[MadeTerm]) -> tuple[bool, list[Sight]]:
    if not terms or chance.random() > 0.12:
        return chance.random() < 0.004, []
    term = chance.choice(terms)
    evidence = {
        "term_id": str(term.term_id),
        "list_id": str(term.list_id),
        "view": "raw",
        "start": 0,
        "end": 2,
    }
    finding = Finding(
        term.category, term.severity, 100.0, "listed_text", None, evidence, may_block=chance.random() < 0.5
    )
    return chance.random() < term.share, [Sight("text_terms", finding)]


def _plain(chance: random.Random) -> Sight:
    confidence = chance.uniform(25, 90)
    return _sight(
        "nsfw_detector", Category.SEXUAL_SUGGESTIVE, Severity.CONTEXT, confidence, chance.choice(_COVERED)
    )


def _sight(
    scanner: str,
    category: Category,
    severity: Severity,
    confidence: float,
    label: str,
    box: tuple[float, float, float, float] | None = None,
) -> Sight:
    return Sight(scanner, Finding(category, severity, round(confidence, 1), label, box))
