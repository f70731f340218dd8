"""The standard characters on which every version is shown before anybody may publish it, three or more.

A tall man, a short woman in a dress, a woman between them, and her upper half: what a template does to bodies
and clothes that differ, and to a photo that ends at the hips. Pictures are drawn once, and kept in a folder.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from templates_app.characters import CHARACTERS, draw_character, true_joints
from templates_app.poses.skeletons import BLAZEPOSE_33
from tongyi_portal.common.errors import UnknownKey

Picture = npt.NDArray[np.uint8]
BodyStyle = Literal["full", "half"]
HALF = "half"
HALF_ENDS_AT = 0.45  # of the way from the hips down to the knees


@dataclass(frozen=True)
class StandardCharacter:
    """drawn: who of CHARACTERS, in which build. is_half: the picture ends between hips and knees."""

    key: str
    drawn: str
    build: str
    is_half: bool = False

    def fits(self, body_style: BodyStyle) -> bool:
        """Whether it can dance such a movement: legs that are not in the picture cannot step."""
        return body_style == "half" or not self.is_half


STANDARD_CHARACTERS: dict[str, StandardCharacter] = {
    character.key: character
    for character in (
        StandardCharacter("tall", "comic", "tall"),
        StandardCharacter("short", "qipao", "short"),
        StandardCharacter("average", "person", "average"),
        StandardCharacter(HALF, "person", "average", is_half=True),
    )
}


def standard_for(body_style: BodyStyle) -> list[StandardCharacter]:
    """All that fit, in the order of the table; the first one's cover is shown until another is chosen."""
    return [character for character in STANDARD_CHARACTERS.values() if character.fits(body_style)]


def standard_characters(body_style: str) -> tuple[str, ...]:
    """Keys of all that fit: on three of them a version must be shown."""
    return tuple(character.key for character in standard_for("half" if body_style == "half" else "full"))


def cast_of(first: str, people: int) -> tuple[str, ...]:
    """Who dances when `first` leads so many performers: keys of standard characters, and of CHARACTERS.

    Each further performer is another person, whatever their build: the standard characters from head to feet
    in turn, then whoever else is drawn. Where more dance than there are people, they come round again.
    """
    whole = standard_characters("full")
    after = whole.index(first) + 1 if first in whole else 0
    cast: dict[str, str] = {}
    for key in (first, *whole[after:], *whole[:after], *CHARACTERS):
        cast.setdefault(_person(key), key)
    keys = tuple(cast.values())
    return tuple(keys[number % len(keys)] for number in range(people))


def _person(key: str) -> str:
    """Who of CHARACTERS is drawn under a key."""
    return STANDARD_CHARACTERS[key].drawn if key in STANDARD_CHARACTERS else key


def draw_dancer(key: str, height: int = 768, *, folder: Path | None = None) -> Picture:
    """The photo of a standard character, or of one of CHARACTERS as they are. Raises UnknownKey."""
    draw = draw_standard if key in STANDARD_CHARACTERS else draw_character
    return draw(key, height, folder=folder)


def draw_standard(key: str, height: int = 768, *, folder: Path | None = None) -> Picture:
    """The character's photo, RGB (uint8, (height, 3/4 height, 3)) from head to feet; the half one is cut.

    folder: keep the drawing there and read it back the next time, as draw_character does. The half character
    is drawn larger and cut, so that her upper body fills the picture as in a photo taken from near by.
    Raises UnknownKey.
    """
    if key not in STANDARD_CHARACTERS:
        raise UnknownKey(f"No standard character {key!r}.", details={"key": key})
    character = STANDARD_CHARACTERS[key]
    if not character.is_half:
        return draw_character(character.drawn, height, build=character.build, folder=folder)
    whole = round(height * 1.5)
    picture = draw_character(character.drawn, whole, build=character.build, folder=folder)
    top, bottom = _upper_half(whole, character)
    width = min(picture.shape[1], round((bottom - top) * 3 / 4))
    left = (picture.shape[1] - width) // 2
    return np.ascontiguousarray(picture[top:bottom, left : left + width])


def _upper_half(height: int, character: StandardCharacter) -> tuple[int, int]:
    """The rows from the top of the picture to the thighs."""
    joints = true_joints(character.drawn, height, build=character.build)
    hips, knees = (
        float(np.mean([joints[BLAZEPOSE_33.index(f"{side}_{part}"), 1] for side in ("left", "right")]))
        for part in ("hip", "knee")
    )
    return 0, round(hips + HALF_ENDS_AT * (knees - hips))
