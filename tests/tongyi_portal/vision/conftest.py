"""The drawn person that the vision tests look at."""

import numpy as np
import numpy.typing as npt
import pytest

from templates_app.characters import draw_character, true_joints

PERSON_HEIGHT = 512


@pytest.fixture(scope="session")
def person() -> npt.NDArray[np.uint8]:
    """A full-body person in a room, RGB (512, 384, 3)."""
    return draw_character("person", PERSON_HEIGHT)


@pytest.fixture(scope="session")
def person_joints() -> npt.NDArray[np.float32]:
    """Where that person's joints were drawn, pixels (33, 2), BlazePose order."""
    return true_joints("person", PERSON_HEIGHT)
