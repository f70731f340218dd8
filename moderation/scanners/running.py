"""Runs scanners over decoded pictures, each within a time limit; a fault becomes a finding. Pure Python."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from moderation.hashing.pdq import PdqHash
from moderation.scanners import agreement
from moderation.scanners.base import Finding, Media, ScanInput, Scanner
from moderation.scanners.image_hash import without_settled_doubts
from moderation.scanners.stills import Still, still_of
from moderation.taxonomy import Category, Severity

SECONDS_FOR_ONE = 30.0  # loading included; a healthy scan takes under a tenth of a second
MAX_LABEL = 80
_SOURCES = ("term_id", "entry_id", "standard", "producer")
_Work = SimpleQueue[Callable[[], list[Finding]] | None]
_Answers = SimpleQueue[list[Finding] | Exception]


class ScannerTimedOut(Exception):
    """A scanner did not answer within its limit."""


@dataclass(frozen=True)
class Seen:
    """A finding with its source. seconds: time code in a video. milliseconds: how long that scan took."""

    scanner: str
    version: str
    finding: Finding
    seconds: float | None
    milliseconds: float


@dataclass
class ScannerReport:
    """How one scanner did over all pictures. error: empty when nothing went wrong."""

    key: str
    version: str
    milliseconds: float = 0.0
    error: str = ""


@dataclass
class ScanOutcome:
    """What all scanners saw in all pictures of one subject. hashes: of each picture, by its time code.

    stills: of a video, the frames with the gravest sightings of each kind, by their time codes. sha256: of a
    picture's pixels; of other media empty.
    """

    seen: list[Seen] = field(default_factory=list)
    reports: list[ScannerReport] = field(default_factory=list)
    hashes: dict[float | None, PdqHash] = field(default_factory=dict)
    stills: dict[float | None, Still] = field(default_factory=dict)
    sha256: str = ""
    item_count: int = 0


def run_scanners(
    scanners: Sequence[Scanner],
    items: Iterable[ScanInput],
    *,
    seconds_for_one: float = SECONDS_FOR_ONE,
    let_through: tuple[type[BaseException], ...] = (),
) -> ScanOutcome:
    """Show every item to every scanner that accepts its medium.

    items may be a generator: frames are scanned as they are decoded, so only one is in memory. A scanner
    that raises, exceeds seconds_for_one, or answers outside the taxonomy's ranges gives one
    `scanner_failed` finding and is not asked again. An exception of the generator itself is a
    `scanner_failed` finding of "frames". let_through: what others raise in the caller's thread to stop it,
    for example at its time limit; these are faults of neither and go on to the caller.
    """
    outcome = ScanOutcome(reports=[ScannerReport(one.key, one.version) for one in scanners])
    helper = Helper(seconds_for_one)
    last_seconds: float | None = None
    try:
        for item in items:
            outcome.item_count += 1
            last_seconds = item.seconds
            _scan_item(scanners, item, outcome, helper, let_through)
    except let_through:
        raise
    except Exception as error:  # noqa: BLE001  # a decoder may raise anything, and it must mean review
        outcome.seen.append(_failure("frames", "1.0", error, last_seconds, 0.0))
    finally:
        helper.dismiss()
    if outcome.item_count and not outcome.reports:
        fault = LookupError("no scanner accepts this medium")
        outcome.seen.append(_failure("scanners", "1.0", fault, None, 0.0))
    return outcome


def failed(what: str, error: Exception) -> Seen:
    """A `scanner_failed` finding for a fault outside of any scanner."""
    return _failure(what, "1.0", error, None, 0.0)


def worst_of(seen: Iterable[Seen]) -> list[Seen]:
    """The gravest, then surest sighting for each scanner, category, label and source over all frames.

    A source is the list entry that matched, or the mark of origin: the same label from two of them is two.
    """
    worst: dict[tuple[str, ...], Seen] = {}
    for one in seen:
        evidence = one.finding.evidence
        source = "\n".join(str(evidence.get(name, "")) for name in _SOURCES)
        key = (one.scanner, one.finding.category, one.finding.label, source)
        if key not in worst or gravity(one.finding) > gravity(worst[key].finding):
            worst[key] = one
    return sorted(worst.values(), key=lambda one: gravity(one.finding), reverse=True)


def gravity(finding: Finding) -> tuple[int, float]:
    """Sorts findings: severity, then confidence."""
    return int(finding.severity), finding.confidence


def _scan_item(
    scanners: Sequence[Scanner],
    item: ScanInput,
    outcome: ScanOutcome,
    helper: "Helper",
    let_through: tuple[type[BaseException], ...],
) -> None:
    seen: list[Seen] = []
    if item.media == Media.IMAGE:
        item.begin_sha256()
    for scanner, report in zip(scanners, outcome.reports, strict=True):
        if report.error or item.media not in scanner.accepts:
            continue
        started = time.perf_counter()
        try:
            findings = helper.findings(scanner, item)
        except let_through:
            raise
        except Exception as error:  # noqa: BLE001  # a scanner may raise anything, and it must mean review
            spent = _milliseconds_since(started)
            report.error = f"{type(error).__name__}: {error}"[:300]
            seen.append(_failure(scanner.key, scanner.version, error, item.seconds, spent))
        else:
            spent = _milliseconds_since(started)
            seen += [Seen(scanner.key, scanner.version, finding, item.seconds, spent) for finding in findings]
        report.milliseconds = round(report.milliseconds + spent, 2)
    if item.media == Media.IMAGE:
        outcome.sha256 = item.sha256
    if item.media != Media.TEXT:
        outcome.hashes[item.seconds] = item.pdq
        broken = {report.key for report in outcome.reports if report.error}
        seen = _considered_together(seen, item.seconds, broken)
    outcome.seen += seen
    if seen and item.media == Media.VIDEO_FRAME and item.pixels is not None:
        _keep_still(item, outcome)


def _keep_still(item: ScanInput, outcome: ScanOutcome) -> None:
    """Keep the frame while nothing graver of its kind was seen elsewhere; forget those that it outdoes."""
    wanted = {one.seconds for one in worst_of(outcome.seen)}
    outcome.stills = {seconds: still for seconds, still in outcome.stills.items() if seconds in wanted}
    if item.seconds in wanted and item.pixels is not None:
        outcome.stills[item.seconds] = still_of(item.pixels)


def _considered_together(seen: list[Seen], seconds: float | None, broken: set[str]) -> list[Seen]:
    """Sightings in one picture, with what only several of them say: see agreement and image_hash.

    broken: scanners that failed; a fault neither confirms nor contradicts what another one saw.
    """
    both = ("nsfw_detector", "nsfw_classifier")
    detected, classified = ([one.finding for one in seen if one.scanner == key] for key in both)
    together = agreement.compare(detected, classified) if broken.isdisjoint(both) else []
    seen = [*seen, *(Seen(agreement.KEY, agreement.VERSION, one, seconds, 0.0) for one in together)]
    settled = without_settled_doubts([one.finding for one in seen])
    return [replace(one, finding=finding) for one, finding in zip(seen, settled, strict=True)]


class Helper:
    """The thread that asks the scanners, one after the other, so that none can hold up its caller.

    One for a whole scan: a thread of its own for each scanner would start with cold memory. A thread cannot
    be killed: one that hangs is left behind as a daemon, and the worker's own time limit ends it.
    """

    def __init__(self, seconds_for_one: float) -> None:
        self.seconds_for_one = seconds_for_one
        self._work: _Work | None = None
        self._answers: _Answers = SimpleQueue()

    def findings(self, scanner: Scanner, item: ScanInput) -> list[Finding]:
        """The scanner's findings, checked; raises what the scanner raised, or ScannerTimedOut."""

        def ask() -> list[Finding]:
            scanner.load()
            return scanner.scan(item)

        answer = self.wait_for(ask)
        for finding in answer:
            _check(finding)
        return answer

    def wait_for(self, ask: Callable[[], list[Finding]]) -> list[Finding]:
        """What `ask` gives in the thread, or what it raises. Raises ScannerTimedOut."""
        if self._work is None:
            self._work, self._answers = SimpleQueue(), SimpleQueue()
            threading.Thread(
                target=_keep_asking, args=(self._work, self._answers), name="scanners", daemon=True
            ).start()
        self._work.put(ask)
        try:
            answer = self._answers.get(timeout=self.seconds_for_one)
        except Empty:
            self.dismiss()
            raise ScannerTimedOut(f"no answer within {self.seconds_for_one:g} s") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def dismiss(self) -> None:
        """Let the thread end when it has done what it was given; its answer is no longer waited for."""
        if self._work is not None:
            self._work.put(None)
            self._work = None


def _keep_asking(work: _Work, answers: _Answers) -> None:
    while (ask := work.get()) is not None:
        try:
            answers.put(ask())
        except Exception as error:  # noqa: BLE001  # handed to the thread that waits
            answers.put(error)
        del ask  # and with it the picture


def _check(finding: Finding) -> None:
    """Raise ValueError for a finding that cannot be stored and judged."""
    Category(finding.category)
    Severity(finding.severity)
    if not 0 <= finding.confidence <= 100:  # false for NaN too
        raise ValueError(f"confidence must be 0 to 100, got {finding.confidence}")
    if not finding.label or len(finding.label) > MAX_LABEL:
        raise ValueError(f"label must have 1 to {MAX_LABEL} characters, got {finding.label!r}")
    if finding.box is not None and not all(0 <= side <= 1 for side in finding.box):
        raise ValueError(f"box must be fractions of the picture, got {finding.box}")
    json.dumps(finding.evidence, allow_nan=False)


def _failure(key: str, version: str, error: Exception, seconds: float | None, milliseconds: float) -> Seen:
    finding = Finding(
        Category.SCANNER_FAILED,
        Severity.SERIOUS,
        100.0,
        "scanner_failed",
        evidence={"error": f"{type(error).__name__}: {error}"[:300]},
    )
    return Seen(key, version, finding, seconds, milliseconds)


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
