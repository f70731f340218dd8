"""Sample pictures: our own drawn characters as small JPEG files, drawn once and kept."""

import io
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from PIL import Image

from templates_app.characters import CHARACTERS, REVISION, draw_character

HEIGHTS = {"full": 1024, "thumb": 324}
DRAWN_HEIGHT = HEIGHTS["full"]
_one_at_a_time = threading.Lock()  # drawing takes seconds and all cores


@dataclass(frozen=True)
class Sample:
    """A picture to try the studio with."""

    key: str
    name: str
    url: str
    thumb_url: str


def samples_all() -> list[Sample]:
    """Every character, named in the reader's language."""
    chinese = (get_language() or "").startswith("zh")
    return [
        Sample(
            key=character.key,
            name=character.name_zh if chinese else character.name,
            url=_address(character.key, "full"),
            thumb_url=_address(character.key, "thumb"),
        )
        for character in CHARACTERS.values()
    ]


def sample_jpeg(key: str, size: str) -> bytes:
    """The picture as JPEG. Raises KeyError for an unknown character or size."""
    path = sample_path(key, size)
    if not path.exists():
        with _one_at_a_time:
            if not path.exists():  # another thread may have drawn it meanwhile
                _draw(key)
    return path.read_bytes()


def sample_path(key: str, size: str) -> Path:
    """Where the JPEG lies once it was asked for. Raises KeyError for an unknown character or size."""
    return _folder() / f"{CHARACTERS[key].key}-r{REVISION}-{HEIGHTS[size]}.jpg"


def _address(key: str, size: str) -> str:
    return f"{reverse('studio:sample', args=[key, size])}?r={REVISION}"


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "samples"


def _draw(key: str) -> None:
    """Draw the character once and write every size; a file appears only when it is whole."""
    _folder().mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(draw_character(key, DRAWN_HEIGHT))
    for height in HEIGHTS.values():
        width = round(picture.width * height / picture.height)
        encoded = io.BytesIO()
        picture.resize((width, height), Image.Resampling.LANCZOS).save(encoded, "JPEG", quality=90)
        with tempfile.NamedTemporaryFile(dir=_folder(), delete=False) as scratch:
            scratch.write(encoded.getvalue())
        Path(scratch.name).replace(_folder() / f"{key}-r{REVISION}-{height}.jpg")
