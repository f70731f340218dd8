"""A process of its own that feeds one group of hostile pictures to intake, with bounded memory.

Each case gives one line of JSON: its name, what came of it, and the peak of memory so far. A line that is
missing names, by the one before it, the case that killed or stopped the process.
"""

import io
import json
import resource
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from moderation.intake import MESSAGES, IntakeError, intake_image
from tests.factories.hostile_pictures import cases

ADDRESS_SPACE = 3_000_000_000
LIMITS = {"max_bytes": 20_000_000, "max_pixels": 50_000_000, "min_side": 32, "stored_max_side": 2560}


def outcome(data: bytes) -> str:
    """ "picture", the code of a refusal, or what went wrong, beginning with "fault:"."""
    try:
        clean = intake_image(data, **LIMITS)
    except IntakeError as error:
        return error.code if error.code in MESSAGES else f"fault: code {error.code}"
    except BaseException as error:  # noqa: BLE001  # whatever it is, the parent shall read of it
        return f"fault: {type(error).__name__}: {error}"
    stored = np.asarray(Image.open(io.BytesIO(clean.data)))
    if stored.shape != (clean.height, clean.width, 3) or not np.array_equal(stored, clean.pixels):
        return "fault: the pixels are not those of the stored file"
    return "picture"


def peak_kilobytes() -> int:
    """The most memory that this program held; getrusage would count what the parent held at the fork."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main(group: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for name, data in cases(group):
        result = outcome(data)
        peak = peak_kilobytes()
        sys.stdout.write(json.dumps({"case": name, "result": result, "peak_kilobytes": peak}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
