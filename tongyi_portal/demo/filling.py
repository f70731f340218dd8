"""fill: `manage.py seed_demo` in several processes at once, so that drawing and rendering use all cores."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread

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


def fill(parts: Sequence[Part], *, manage: Path, log: Path, say: Callable[[str], None]) -> None:
    """Run one `seed_demo` for each list of arguments and return when all are done.

    manage: path of manage.py. log: file for what the processes say on stderr. say: told each line of their
    output, from several threads. Raises DemoFailed when one of them fails; ends all of them on any exception.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    head = [sys.executable, "-m", "tongyi_portal.serving.tied", "TERM", sys.executable, "-u", str(manage)]
    head += ["seed_demo", "--without-accounts"]
    with log.open("ab") as errors:
        children = [
            subprocess.Popen([*head, *part], stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603
            for part in parts
        ]
        try:
            readers = [Thread(target=_pass_on, args=(child, say), daemon=True) for child in children]
            for reader in readers:
                reader.start()
            codes = [child.wait() for child in children]
            for reader in readers:
                reader.join()
        finally:
            for child in children:
                child.terminate()
                child.wait()
    if any(codes):
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise DemoFailed(f"The library could not be filled: {''.join(last)} See {log}.")


def _pass_on(child: subprocess.Popen[str], say: Callable[[str], None]) -> None:
    assert child.stdout is not None, "opened with a pipe"  # noqa: S101
    for line in child.stdout:
        say(line.strip())
