"""What a human body can do: joint angles read back from solved movement, their ranges, and collisions."""

import numpy as np

from templates_app.choreography.body import SIDES, Array, Motion


def violations(motion: Motion) -> list[str]:
    return []
