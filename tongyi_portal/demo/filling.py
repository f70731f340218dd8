"""Filling: `manage.py seed_demo` in several processes at once, so that all cores are used."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Self

from tongyi_portal.demo.app import DemoFailed

Part = list[str]


def first_parts(lacks: Mapping[str, Sequence[str]], *, sample: str, dance: str) -> list[Part]:
    """Arguments of `seed_demo` for what the first video needs: the sample's picture and one dance.

    lacks: as demo_library_lacks gives it.
    """
    parts = [["--people", sample, "--dances"]] if sample in lacks else []
    if any(dance in dances for dances in lacks.values()):
        parts.append(["--people", "--dances", dance])
    return parts


def all_parts(lacks: Mapping[str, Sequence[str]]) -> list[Part]:
    """Arguments of `seed_demo` for everything that is missing, in at most two parts."""
    people = list(lacks)
    halves = [half for half in (people[0::2], people[1::2]) if half]
    return [
        ["--people", *half, "--dances", *(dance for person in half for dance in lacks[person])]
        for half in halves
    ]


class Filling:
    """Runs `seed_demo` processes; they end with the `with` block, whatever ends it.

    manage: path of manage.py. log: file for what the processes say on stderr. say: told each line of their
    output, from several threads.
    """

    def __init__(self, *, manage: Path, log: Path, say: Callable[[str], None]) -> None:
        self.manage, self.log, self.say = manage, log, say
        self._children: list[subprocess.Popen[str]] = []
        self._readers: list[Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait()

    @property
    def is_under_way(self) -> bool:
        """Whether something was started that `wait` has not seen end."""
        return bool(self._children)

    def start(self, parts: Sequence[Part]) -> None:
        """Start one process for each list of arguments and return at once."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        head = [sys.executable, "-m", "tongyi_portal.serving.tied", "TERM", sys.executable, "-u"]
        head += [str(self.manage), "seed_demo", "--without-accounts"]
        with self.log.open("ab") as errors:
            for part in parts:
                child = subprocess.Popen(  # noqa: S603
                    [*head, *part], stdout=subprocess.PIPE, stderr=errors, text=True
                )
                self._children.append(child)
                self._readers.append(Thread(target=_pass_on, args=(child, self.say), daemon=True))
                self._readers[-1].start()

    def wait(self) -> None:
        """Return when all that were started are done. Raises DemoFailed when one of them failed."""
        codes = [child.wait() for child in self._children]
        for reader in self._readers:
            reader.join()
        if any(codes):
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise DemoFailed(f"The library could not be filled: {''.join(last)} See {self.log}.")
        self._children, self._readers = [], []


def _pass_on(child: subprocess.Popen[str], say: Callable[[str], None]) -> None:
    assert child.stdout is not None, "opened with a pipe"  # noqa: S101
    for line in child.stdout:
        say(line.strip())
