"""Draws docs/img/dances.jpg: our own sample people, and what the engine makes of them. No photograph is used.

Run: make docs-images, or python docs/img/make_dances.py [--out elsewhere.jpg].
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
ROWS = (("person", "kemusan"), ("terracotta", "kpop_point"), ("comic", "mongolian"))
WIDTH, HEIGHT, FPS, SECONDS = 432, 768, 15, 6
SHOWN_AT = (0.3, 1.2, 2.3, 3.4, 4.5, 5.4)  # seconds
TILE_HEIGHT, GAP = 340, 6
QUALITY = 80


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img" / "dances.jpg")
    out: Path = parser.parse_args().out
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongyi_portal.settings.dev")
    import django

    django.setup()
    rows = [row_of(character, dance) for character, dance in ROWS]
    width = max(row.shape[1] for row in rows)
    sheet = np.full((len(rows) * (TILE_HEIGHT + GAP) - GAP, width, 3), 255, np.uint8)
    for index, row in enumerate(rows):
        top = index * (TILE_HEIGHT + GAP)
        sheet[top : top + TILE_HEIGHT, : row.shape[1]] = row
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    print(f"{out}: {width} x {sheet.shape[0]} pixels, {out.stat().st_size / 1000:.1f} kB")


def row_of(character: str, dance: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """The drawn picture, then frames of its dance, side by side."""
    from django.conf import settings

    from generation.engines.animation.engine import AnimationEngine
    from generation.engines.base import DanceRequest, EngineContext
    from generation.labelling import visible_label
    from templates_app.characters import draw_character
    from templates_app.choreography import CHOREOGRAPHIES
    from tongyi_portal.vision.media import iter_frames

    picture = draw_character(character)
    poses = CHOREOGRAPHIES[dance].build().resampled(FPS, FPS * SECONDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = folder / "photo.png"
        Image.fromarray(picture).save(photo)
        context = EngineContext(
            scratch=folder, report=lambda _progress: None, finish_frame=visible_label(WIDTH, HEIGHT)
        )
        request = DanceRequest(photos=(photo,), poses=poses, width=WIDTH, height=HEIGHT, fps=FPS)
        result = AnimationEngine(Path(settings.MODELS_ROOT)).run(request, context)
        frames = [frame for _at, frame in iter_frames(result.video, times=list(SHOWN_AT))]
    tiles = [_tile(image) for image in (picture, *frames)]
    gap = np.full((TILE_HEIGHT, GAP, 3), 255, np.uint8)
    parts = [part for tile in tiles for part in (tile, gap)]
    return np.concatenate(parts[:-1], axis=1)


def _tile(
    image: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    height, width = image.shape[:2]
    small = Image.fromarray(image).resize(
        (round(width * TILE_HEIGHT / height), TILE_HEIGHT), Image.Resampling.LANCZOS
    )
    return np.asarray(small)


if __name__ == "__main__":
    main()
