"""The table of dances that the project brings along: CHOREOGRAPHIES, slug -> Choreography. Pure Python."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from templates_app.poses.sequence import PoseSequence


@dataclass(frozen=True)
class Choreography:
    """One of our own dances.

    slug: stable key, also the name of its module in `dances`. bpm, beats: tempo, and length of the loop.
    category: one of "trend", "folk", "street", "pop", "gentle". tags: lower-case English words.
    is_full_body: the feet dance too, so a photo must show the whole person.
    build: composes the movement, about 20 ms; a new sequence each time, one person, blazepose_33, 30 fps, a loop.
    """

    slug: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    bpm: float
    beats: int
    category: str
    tags: tuple[str, ...]
    is_full_body: bool
    build: Callable[[], PoseSequence]


def _builder(slug: str) -> Callable[[], PoseSequence]:
    """Imports the dance on the first call, so that reading the table costs nothing."""

    def build() -> PoseSequence:
        staging = import_module("templates_app.choreography.staging")
        dance = import_module(f"templates_app.choreography.dances.{slug}")
        sequence: PoseSequence = staging.stage(dance.score().motion())
        return sequence

    return build


_ALL = (
    Choreography(
        slug="kemusan",
        name_zh="科目三",
        name_en="Kemusan",
        description_zh="踩着节拍颠起来：小腿交叉勾踢，手腕左右甩花，胯跟着摆。",
        description_en="Bounce on the beat, flick one shank across the other, whip the wrists from side to side.",
        bpm=126,
        beats=16,
        category="trend",
        tags=("kemusan", "viral", "legs", "energetic"),
        is_full_body=True,
        build=_builder("kemusan"),
    ),
    Choreography(
        slug="idle_sway",
        name_zh="轻轻摇摆",
        name_en="Gentle sway",
        description_zh="重心在两脚间慢慢移动，呼吸自然，手边有一点小动作。适合任何照片。",
        description_en="The weight drifts from foot to foot, the chest breathes, a hand opens now and then.",
        bpm=72,
        beats=8,
        category="gentle",
        tags=("idle", "gentle", "slow", "portrait"),
        is_full_body=False,
        build=_builder("idle_sway"),
    ),
)
CHOREOGRAPHIES: dict[str, Choreography] = {choreography.slug: choreography for choreography in _ALL}
