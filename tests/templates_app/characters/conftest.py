"""Every character, drawn once at a small size."""

import numpy as np
import numpy.typing as npt
import pytest

from templates_app.characters import CHARACTERS, draw_character

HEIGHT = 384


@pytest.fixture(scope="session")
def pictures() -> dict[str, npt.NDArray[np.uint8]]:
    """Pictures (384, 288, 3) by key."""
    return {key: draw_character(key, HEIGHT) for key in CHARACTERS}
