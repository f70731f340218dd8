"""Run a command that ends when its parent does: `python -m tongyi_portal.serving.tied SIGNAL command...`.

Linux sends the named signal to the command when the process that started it is gone, even by kill -9. Other
systems run the command unchanged.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tie_to_parent(signal_number: int) -> None:
    """Have the kernel send this process `signal_number` when its parent ends; does nothing but on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def main(arguments: list[str]) -> None:
    parent = os.getppid()
    tie_to_parent(signal.Signals[f"SIG{arguments[0]}"])
    if os.getppid() != parent:  # it ended before the request was made
        sys.exit(1)
    os.execvp(arguments[1], arguments[1:])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
