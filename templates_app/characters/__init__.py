"""The table of drawn characters, and how to draw one: sample people for demos, previews and tests."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt

from tongyi_portal.common.errors import UnknownKey


@dataclass(frozen=True)
class Character:
    """One drawn person. `body_style` says what hangs on the legs: "trousers", "dress", "robe" or "armour".

    target: "module:function"; the module also has `skeleton(build)` and `FACE`, its head's joints.
    """

    key: str
    name: str
    name_zh: str
    body_style: str
    target: str


CHARACTERS: dict[str, Character] = {
    character.key: character
    for character in (
        Character("person", "Mika, at home", "居家的米卡", "trousers", f"{__name__}.person:draw"),
        Character("comic", "Kai, comic hero", "漫画少年凯", "trousers", f"{__name__}.comic:draw"),
        Character("terracotta", "Terracotta warrior", "兵马俑", "armour", f"{__name__}.terracotta:draw"),
        Character("qipao", "Lady at the moon gate", "月门佳人", "dress", f"{__name__}.qipao:draw"),
    )
}
BUILD_NAMES = ("average", "tall", "short")
REVISION = 3
"""Raise it when any picture changes, so that cached files are drawn anew."""


def _entry(key: str) -> Character:
    if key not in CHARACTERS:
        raise UnknownKey(f"No character {key!r}; there are {sorted(CHARACTERS)}.", details={"key": key})
    return CHARACTERS[key]


def _posed(key: str, height: int, build: str) -> tuple[Any, Any, Any]:
    """The character's module, its camera and its skeleton; drawing code is imported only now."""
    from templates_app.characters.body import BUILDS
    from templates_app.characters.tracer import Camera

    if build not in BUILDS:
        raise UnknownKey(f"No build {build!r}; there are {sorted(BUILDS)}.", details={"key": build})
    module = import_module(_entry(key).target.partition(":")[0])
    scale = height / 1024
    camera = Camera(round(height * 3 / 4), height, metre=455 * scale, floor=940 * scale)
    return module, camera, module.skeleton(BUILDS[build])


def draw_character(
    key: str, height: int = 1024, *, build: str = "average", folder: Path | None = None
) -> npt.NDArray[np.uint8]:
    """Draw a character standing in its scene: RGB (uint8, (height, 3/4 height, 3)), the same for the same
    arguments.

    build: "average", "tall" or "short". folder: keep the picture there as PNG and read it back the next
    time; a picture at 1024 takes seconds to draw. Raises UnknownKey for an unknown character or build.
    """
    from PIL import Image

    name = hashlib.sha256(f"{key} {height} {build} {REVISION}".encode()).hexdigest()[:12]
    path = None if folder is None else folder / f"{key}-{height}-{build}-{name}.png"
    if path is not None and path.exists():
        return np.asarray(Image.open(path).convert("RGB"))
    module, camera, skeleton = _posed(key, height, build)
    draw: Callable[..., npt.NDArray[np.uint8]] = getattr(module, _entry(key).target.partition(":")[2])
    picture = draw(camera, skeleton)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may draw the same person at the same time; each writes a file of its own.
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            Image.fromarray(picture).save(part, "PNG")
        Path(part.name).replace(path)
    return picture


def true_joints(key: str, height: int = 1024, *, build: str = "average") -> npt.NDArray[np.float32]:
    """Where the character's joints were drawn: pixels (float32, (33, 2)) in BlazePose order."""
    module, camera, skeleton = _posed(key, height, build)
    joints: npt.NDArray[np.float32] = camera.project(skeleton.blazepose(module.FACE)).astype(np.float32)
    return joints
