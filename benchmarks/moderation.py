"""Times the whole scan of a photo against the bare runs of its models on the same decode, in one process.

A scan is what `scan_picture` does before it writes rows: one decoded picture goes through every scanner of
the table (in one thread, each with its time limit, as in service), with preprocessing, suppression of
overlapping boxes, hashing, look-up in banks and terms, agreement, and the rules of the default policy. The
bare runs are the same models' `run` and `invoke` with the very inputs the scan gave them, nothing else. Both
are taken in turn. Neither counts the decoding of the file nor the rows that are written.

As in service, the SHA-256 of the pixels (2 ms of a picture of 1080 x 1440, 7 ms of 1920 x 2560) is taken in a
thread beside the networks: the ratios of times leave it out where a second core is idle, `ratio_of_cpu_time`
counts it always. The latter is also without what other programs took of the machine.

The last line is JSON with units in its keys: `ratio_to_sessions` (of each photo the fastest scan by the
fastest bare runs, median over photos, the worse of two sizes), `images_per_second` (two processes, the
smaller size), `next_item_ms_at_100k` (from moderation_queue.py; null with `next_item_reason` where it
cannot run).
`load` is the machine's load when it began and ended; on a busy machine only the ratios say something.

    python benchmarks/moderation.py
    BENCH_SECONDS=2 python benchmarks/moderation.py --without-queue
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # one thread a process, as the models have
    os.environ.setdefault(_name, "1")

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.moderation_queue import next_item_ms_at_100k  # noqa: E402
from moderation.hashing.banks import BankEntryFacts, BankFacts, BankSnapshot  # noqa: E402
from moderation.policy.defaults import DEFAULT_RULES  # noqa: E402
from moderation.policy.evaluate import evaluate  # noqa: E402
from moderation.scanners import SCANNERS  # noqa: E402
from moderation.scanners.base import Media, ScanInput, ScanLists, Scanner  # noqa: E402
from moderation.scanners.running import ScanOutcome, run_scanners, worst_of  # noqa: E402
from moderation.taxonomy import Category, Severity, Surface  # noqa: E402
from moderation.terms.entries import TermEntry  # noqa: E402
from moderation.terms.matcher import TermMatcher  # noqa: E402
from templates_app.characters import CHARACTERS, draw_character  # noqa: E402
from tongyi_portal.vision import sessions, ssd  # noqa: E402

Pixels = npt.NDArray[np.uint8]
SIZES = {"1080x1440": (1080, 1440), "1920x2560": (1920, 2560)}
DRAWN_HEIGHT = 360  # drawing takes longer than measuring, so people are drawn small, once, and enlarged
FEWEST_ROUNDS = 5
BANK_ENTRIES, TERMS = 100_000, 5_000
Call = Callable[[], object]


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    sessions.fetched_models_lie_in(options.models)
    load = [round(os.getloadavg()[0], 1)]
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "people.npz"
        drawn: dict[str, Any] = {key: draw_character(key, DRAWN_HEIGHT) for key in sorted(CHARACTERS)}
        np.savez(people, **drawn)
        scanners, lists = _scanners(), _lists()
        figures: dict[str, Any] = {}
        for name, (width, height) in SIZES.items():
            figures[name] = _compared(scanners, lists, _photos(people, width, height), options.seconds)
            _print_size(name, figures[name])
        speed = _images_per_second(options, people)
        print(f"{options.processes} processes: {speed:.1f} pictures a second", flush=True)
    summary = {
        "ratio_to_sessions": max(one["ratio"] for one in figures.values()),
        "images_per_second": round(speed, 2),
        **_next_item(options),
        "sizes": figures,
        "bank_entries": BANK_ENTRIES,
        "terms": TERMS,
        "load": [*load, round(os.getloadavg()[0], 1)],
    }
    print(json.dumps(summary))


# What is measured


def _scan(scanners: list[Scanner], lists: ScanLists, pixels: Pixels) -> ScanOutcome:
    """Everything between the decode and the rows."""
    item = ScanInput(Media.IMAGE, Surface.PHOTO, pixels, lists=lists)
    outcome = run_scanners(scanners, [item])
    found = [one.finding for one in worst_of(outcome.seen)]
    evaluate(found, DEFAULT_RULES, Surface.PHOTO, "dance_video")
    faults = [report.error for report in outcome.reports if report.error]
    if faults:
        raise SystemExit(f"a scanner failed: {faults}")
    return outcome


def _compared(
    scanners: list[Scanner], lists: ScanLists, photos: dict[str, Pixels], seconds: float
) -> dict[str, Any]:
    """A scan and its bare runs in turn, photo by photo, for a while.

    Times are medians. The ratio is that of the fastest ones, as other programs only ever make them slower.
    """
    recorded = {name: _model_calls(scanners, lists, pixels) for name, pixels in photos.items()}
    wall: list[tuple[float, float]] = []
    of_photo: dict[str, list[tuple[float, float]]] = {}
    cpu: list[tuple[float, float]] = []
    stages: dict[str, list[float]] = {}
    until = time.perf_counter() + seconds
    while len(wall) < FEWEST_ROUNDS * len(photos) or time.perf_counter() < until:
        for name, pixels in photos.items():
            before = time.perf_counter(), time.process_time()
            outcome = _scan(scanners, lists, pixels)
            between = time.perf_counter(), time.process_time()
            for call in recorded[name]:
                call()
            after = time.perf_counter(), time.process_time()
            wall.append((between[0] - before[0], after[0] - between[0]))
            of_photo.setdefault(name, []).append(wall[-1])
            cpu.append((between[1] - before[1], after[1] - between[1]))
            for report in outcome.reports:
                stages.setdefault(report.key, []).append(report.milliseconds)
    return {
        "scan_ms": _median_ms(scan for scan, _bare in wall),
        "sessions_ms": _median_ms(bare for _scan, bare in wall),
        "ratio": round(statistics.median(_ratio_of_fastest(pairs) for pairs in of_photo.values()), 3),
        "ratio_of_pairs": round(statistics.median(scan / bare for scan, bare in wall), 3),
        "ratio_of_cpu_time": round(statistics.median(scan / bare for scan, bare in cpu), 3),
        "pairs": len(wall),
        "model_runs_a_photo": round(sum(map(len, recorded.values())) / len(recorded), 1),
        "scanner_ms": {key: round(statistics.median(times), 2) for key, times in stages.items()},
    }


def _ratio_of_fastest(pairs: list[tuple[float, float]]) -> float:
    return min(scan for scan, _bare in pairs) / min(bare for _scan, bare in pairs)


def _median_ms(seconds: Iterable[float]) -> float:
    return round(statistics.median(seconds) * 1000, 2)


def _model_calls(scanners: list[Scanner], lists: ScanLists, pixels: Pixels) -> list[Call]:
    """One scan, watched: each run of a model as a call that repeats it with the same input."""
    calls: list[Call] = []
    real_session, real_invoke = sessions.session, ssd.invoke

    class Watched:
        def __init__(self, key: str) -> None:
            self._session = real_session(key)

        def run(self, names: Any, feed: dict[str, Any]) -> Any:
            kept = {key: np.array(value) for key, value in feed.items()}
            calls.append(lambda: self._session.run(names, kept))
            return self._session.run(names, feed)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._session, name)

    def watched_invoke(model: Any, picture: Any) -> Any:
        kept = np.array(picture)
        calls.append(lambda: real_invoke(model, kept))
        return real_invoke(model, picture)

    replaced = _replace({real_session: Watched, real_invoke: watched_invoke})
    try:
        _scan(scanners, lists, pixels)
    finally:
        for module, name, value in replaced:
            setattr(module, name, value)
    return calls


def _replace(changes: dict[Any, Any]) -> list[tuple[Any, str, Any]]:
    """Put other functions where loaded modules hold these; what stood where, to put it back."""
    replaced = []
    for module in [
        one for key, one in sys.modules.items() if key.startswith(("moderation.", "tongyi_portal."))
    ]:
        for name, value in list(vars(module).items()):
            for old, new in changes.items():
                if value is old:
                    replaced.append((module, name, old))
                    setattr(module, name, new)
    return replaced


def _images_per_second(options: argparse.Namespace, people: Path) -> float:
    """Scans that two processes finish together in a while, each with its own sessions."""
    context = multiprocessing.get_context("spawn")  # a fork would share the models' threads and locks
    start, speeds = context.Barrier(options.processes), context.Queue()
    workers = [
        context.Process(
            target=_scan_for_a_while, args=(options.models, people, options.seconds, start, speeds)
        )
        for _ in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        if any(worker.exitcode for worker in workers):
            start.abort()
        time.sleep(0.2)
    if any(worker.exitcode for worker in workers):
        raise SystemExit("one of the processes failed")
    return float(sum(speeds.get() for _ in workers))


def _scan_for_a_while(models: Path, people: Path, seconds: float, start: Any, speeds: Any) -> None:
    """One of the processes: pictures a second from the moment that all are ready."""
    cv2.setNumThreads(1)
    sessions.fetched_models_lie_in(models)
    scanners, lists = _scanners(), _lists()
    photos = list(_photos(people, *SIZES["1080x1440"]).values())
    _scan(scanners, lists, photos[0])
    start.wait()
    started, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds:
        _scan(scanners, lists, photos[done % len(photos)])
        done += 1
    speeds.put(done / spent)


# What it is measured with


def _photos(people: Path, width: int, height: int) -> dict[str, Pixels]:
    """The project's drawn people at one size."""
    with np.load(people) as drawn:
        return {
            key: np.asarray(cv2.resize(drawn[key], (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
            for key in drawn.files
        }


def _scanners() -> list[Scanner]:
    made = [SCANNERS.get(key)() for key in SCANNERS]
    pictures = [scanner for scanner in made if Media.IMAGE in scanner.accepts]
    for scanner in pictures:
        scanner.load()
    return pictures


def _lists() -> ScanLists:
    """Banks and terms of a large installation; nothing of them matches."""
    generator = np.random.default_rng(7)
    bank = BankFacts("1", "benchmark", is_allowed=False, category=Category.GORE, severity=Severity.EXTREME)
    hashes = [row.tobytes().hex() for row in generator.integers(0, 256, (BANK_ENTRIES, 32), dtype=np.uint8)]
    entries = (BankEntryFacts(str(number), "1", "pdq", value) for number, value in enumerate(hashes))
    letters = generator.integers(0x4E00, 0x9FA5, (TERMS, 4))
    words = ["".join(map(chr, row)) for row in letters]
    terms = TermMatcher(
        TermEntry(str(number), "1", word, Category.ADS_SPAM, Severity.SERIOUS, "zh")
        for number, word in enumerate(words)
    )
    return ScanLists(BankSnapshot.of(1, [bank], entries), terms)


def _next_item(options: argparse.Namespace) -> dict[str, Any]:
    """What the queue's own benchmark says; null and the reason where it cannot run."""
    if options.without_queue:
        return {"next_item_ms_at_100k": None, "next_item_reason": "not asked for"}
    try:
        return {"next_item_ms_at_100k": next_item_ms_at_100k()}
    except subprocess.CalledProcessError as error:
        why = (error.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        return {"next_item_ms_at_100k": None, "next_item_reason": why[:200]}


def _print_size(name: str, figures: dict[str, Any]) -> None:
    print(f"{name}: scan {figures['scan_ms']} ms, sessions {figures['sessions_ms']} ms, x{figures['ratio']}")
    print("  " + ", ".join(f"{key} {spent}" for key, spent in figures["scanner_ms"].items()), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--seconds",
        type=float,
        default=float(os.environ.get("BENCH_SECONDS", "12")),
        help="how long each part is measured (default: BENCH_SECONDS, or 12)",
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--models", type=Path, default=ROOT / "var" / "models")
    parser.add_argument("--without-queue", action="store_true", help="do not run the queue's benchmark")
    return parser.parse_args()


if __name__ == "__main__":
    main()
