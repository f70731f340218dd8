"""A scanner that fails means a finding, never silence."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.scanners.running import Helper, Seen, run_scanners, worst_of
from moderation.taxonomy import Category, Severity, Surface


def finding(confidence: float = 50.0, **changes: object) -> Finding:
    values = {"category": Category.GORE, "severity": Severity.SERIOUS, "label": "blood", **changes}
    return Finding(confidence=confidence, **values)  # type: ignore[arg-type]


class Told:
    """A scanner that does what it is told."""

    key, version, accepts = "told", "1.0", frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def __init__(self, answer: Callable[[ScanInput], list[Finding]]) -> None:
        self.answer = answer
        self.asked = 0

    def load(self) -> None:
        pass

    def scan(self, item: ScanInput) -> list[Finding]:
        self.asked += 1
        return self.answer(item)


def pictures(count: int = 1) -> Iterator[ScanInput]:
    for second in range(count):
        pixels = np.full((8, 8, 3), second, np.uint8)
        yield ScanInput(Media.VIDEO_FRAME, Surface.OUTPUT, pixels, seconds=float(second))


def test_findings_carry_their_scanner_version_and_time_code() -> None:
    outcome = run_scanners([Told(lambda item: [finding()])], pictures(3))
    assert [(one.scanner, one.version, one.seconds) for one in outcome.seen] == [
        *(("told", "1.0", 0.0), ("told", "1.0", 1.0), ("told", "1.0", 2.0))
    ]
    assert outcome.item_count == 3


def _raise(item: ScanInput) -> list[Finding]:
    raise MemoryError("no room")


@pytest.mark.parametrize(
    "answer",
    [
        _raise,
        lambda item: None,
        lambda item: [finding(float("nan"))],
        lambda item: [finding(101)],
        lambda item: [finding(-1)],
        lambda item: [finding(label="x" * 200)],
        lambda item: [finding(box=(0.0, 0.0, 2.0, 1.0))],
        lambda item: [finding(evidence={"no": object()})],
        lambda item: [finding(category="made up")],
        lambda item: ["not a finding"],
    ],
)
def test_whatever_goes_wrong_becomes_a_failure_and_the_scanner_is_not_asked_again(answer: object) -> None:
    broken, healthy = Told(answer), Told(lambda item: [finding()])  # type: ignore[arg-type]
    outcome = run_scanners([broken, healthy], pictures(3))
    failures = [one for one in outcome.seen if one.finding.category == Category.SCANNER_FAILED]
    assert len(failures) == 1
    assert failures[0].finding.evidence["error"]
    assert (broken.asked, healthy.asked) == (1, 3)
    assert outcome.reports[0].error
    assert not outcome.reports[1].error


def test_a_scanner_that_does_not_answer_in_time_has_failed() -> None:
    never = threading.Event()
    outcome = run_scanners(
        [Told(lambda item: [finding()] * never.wait(30))], pictures(), seconds_for_one=0.05
    )
    never.set()
    assert [one.finding.evidence["error"] for one in outcome.seen] == [
        "ScannerTimedOut: no answer within 0.05 s"
    ]


def test_a_source_that_breaks_off_is_a_failure() -> None:
    def breaking() -> Iterator[ScanInput]:
        yield from pictures(2)
        raise OSError("the disk is gone")

    outcome = run_scanners([Told(lambda item: [])], breaking())
    assert [one.scanner for one in outcome.seen] == ["frames"]
    assert outcome.item_count == 2


def test_one_thread_serves_all_scanners_until_one_of_them_hangs() -> None:
    threads: list[str] = []
    never = threading.Event()

    def answer(item: ScanInput) -> list[Finding]:
        threads.append(threading.current_thread().name + str(threading.get_ident()))
        return []

    def hang(item: ScanInput) -> list[Finding]:
        never.wait(30)
        return [finding()]

    healthy = Told(answer)
    outcome = run_scanners([healthy, healthy, Told(hang), healthy], pictures(2), seconds_for_one=0.5)
    never.set()
    assert (healthy.asked, len(set(threads))) == (6, 2)
    assert threading.current_thread().name not in threads
    assert [one.finding.label for one in outcome.seen] == ["scanner_failed"]  # what came too late is not used


def test_the_thread_ends_with_its_scan() -> None:
    threads: list[threading.Thread] = []

    def answer(item: ScanInput) -> list[Finding]:
        threads.append(threading.current_thread())
        return []

    run_scanners([Told(answer)], pictures())
    threads[0].join(10)
    assert not threads[0].is_alive()


class TimeIsUp(Exception):
    """What a worker raises in the thread of its task when the task takes too long."""


def test_what_stops_the_caller_during_a_scan_is_no_fault_of_the_scanner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(helper: Helper, ask: Callable[[], list[Finding]]) -> list[Finding]:
        raise TimeIsUp

    scanner = Told(lambda item: [])
    monkeypatch.setattr(Helper, "wait_for", interrupted)
    with pytest.raises(TimeIsUp):
        run_scanners([scanner], pictures(), let_through=(TimeIsUp,))


def test_what_stops_the_caller_while_a_frame_is_decoded_is_no_fault_of_the_source() -> None:
    def interrupted() -> Iterator[ScanInput]:
        yield from pictures(1)
        raise TimeIsUp

    with pytest.raises(TimeIsUp):
        run_scanners([Told(lambda item: [])], interrupted(), let_through=(TimeIsUp,))


def test_a_medium_that_nobody_looks_at_is_a_failure() -> None:
    assert [one.finding.category for one in run_scanners([], pictures()).seen] == [Category.SCANNER_FAILED]


def test_the_worst_frame_is_kept_for_each_label() -> None:
    def seen(severity: Severity, confidence: float, second: float, label: str = "blood") -> Seen:
        return Seen("told", "1.0", finding(confidence, severity=severity, label=label), second, 1.0)

    kept = worst_of(
        [
            seen(Severity.SERIOUS, 90, 1),
            seen(Severity.EXTREME, 50, 2),
            seen(Severity.EXTREME, 60, 3),
            seen(Severity.EXTREME, 55, 4),
            seen(Severity.MILD, 99, 5, "knife"),
        ]
    )
    assert [(one.finding.label, one.seconds) for one in kept] == [("blood", 3), ("knife", 5)]


def test_two_marks_of_origin_that_say_the_same_are_both_kept() -> None:
    marks = [
        Seen(
            "provenance",
            "1.0",
            Finding(
                Category.TECHNICAL, Severity.CONTEXT, 100.0, "marked_ai_made", None, {"standard": standard}
            ),
            None,
            1.0,
        )
        for standard in ("aigc", "iptc", "aigc")
    ]
    assert [one.finding.evidence["standard"] for one in worst_of(marks)] == ["aigc", "iptc"]
