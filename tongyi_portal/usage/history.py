"""A believable history of usage, by chance from a seed: for demos, tests and benchmarks. Pure Python.

Each upload is followed through: checked, moderated, sent, waited for, made, watched, shared. How
long jobs wait follows from how many come and how many workers there are: the work runs through one fluid
queue whose speed is that of all workers together. Rates are guesses at a consumer's app, not measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from math import ceil, exp

import numpy as np
import numpy.typing as npt

from tongyi_portal.usage.history_shape import MINUTES, OUTAGE_PART, Shape

KINDS = (
    "upload",
    "check_failed",
    "moderated",
    "submitted",
    "started",
    "finished",
    "failed",
    "cancelled",
    "watched",
    "downloaded",
    "shared",
    "deleted",
    "appealed",
)
FAULTS = (
    "not_full_body",
    "person_too_small",
    "several_people",
    "no_person",
    "turned_away",
    "too_dark",
    "sitting",
)
FAULT_WEIGHTS = (0.34, 0.17, 0.15, 0.12, 0.09, 0.08, 0.05)
ERRORS = ("engine_failed", "engine_out_of_memory", "attempts_exhausted")
CODES = ("", "pass", "review", "block", *FAULTS, *ERRORS)
REASONS = (
    "",
    "sexual_nudity",
    "sexual_suggestive",
    "minor_safety",
    "privacy",
    "likeness_consent",
    "ip_brand",
)
REASON_WEIGHTS = (0.0, 0.31, 0.27, 0.11, 0.12, 0.11, 0.08)
SCANNERS = ("", "nsfw_detector", "nsfw_classifier", "faces", "text_in_image", "image_hash")
SCANNER_OF_REASON = (0, 1, 2, 3, 4, 3, 5)
SURFACES = ("", "photo", "output", "motion_video")
JOB_KINDS = ("", "dance_video", "pose_extract")
ENGINES = ("", "animation", "motion")
SUBJECTS = ("", "photo", "comic", "statue", "unknown")
SUBJECT_WEIGHTS = (0.0, 0.79, 0.12, 0.05, 0.04)
FAULT_SHARE = (0.0, 0.08, 0.13, 0.12, 0.2)  # by subject: comics and statues are harder to find a person in
APPS = 3
APP_WEIGHTS = (0.68, 0.2, 0.08, 0.04)  # the portal's own pages first
WORDS = {  # what the numbers in these columns of EVENT stand for
    "kind": KINDS,
    "code": CODES,
    "reason": REASONS,
    "scanner": SCANNERS,
    "surface": SURFACES,
    "job_kind": JOB_KINDS,
    "engine": ENGINES,
    "subject_kind": SUBJECTS,
}
NOTHING = -1  # in app, template, wait_ms and run_ms; person is 0 then
EVENT = np.dtype(
    [
        ("at", "i8"),
        *((name, "u1") for name in WORDS),
        ("app", "i2"),
        ("template", "i2"),
        ("wait_ms", "i8"),
        ("run_ms", "i8"),
        ("person", "i8"),
    ]
)
LOAD = np.dtype([("at", "i8"), ("queued", "i8"), ("oldest_wait_ms", "i8"), ("workers", "i8"), ("busy", "i8")])
EVENTS_OF_AN_UPLOAD = 6.35  # on average, counted over long histories
UPLOADS_OF_A_PERSON = 9
RUN_SECONDS, RUN_SPREAD = 52.0, 0.3  # median of a dance of middle length, and deviation of its logarithm
MOST_SLOWNESS = 2.0  # so much longer are runs where few workers would else have nothing to do
PEAK_LOAD = 1.04  # of the workers, at the evening's peak of an ordinary day
JOBS_OF_AN_UPLOAD = 0.79
PEAK_SHARE = 0.14  # of a day's uploads, in the hour of the evening's peak
REVIEW, BLOCK = 0.024, 0.026  # of photos
OUTPUT_REVIEW, OUTPUT_BLOCK = 0.006, 0.003
FAILED_SHARE, FAILED_IN_OUTAGE = 0.013, 0.7  # by when a job was sent
PATIENCE_SECONDS = 2400.0  # mean time after which a waiting person cancels

Events = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HistoryPlan:
    """until: an aware time in the zone whose days are meant; its day is the last one.

    events: about so many in all. templates: how many, numbered by rank, the leader first.
    """

    until: datetime
    days: int
    events: int
    templates: int
    seed: int

    def __post_init__(self) -> None:
        if self.until.tzinfo is None or min(self.days, self.events, self.templates) < 1:
            raise ValueError(f"an aware time, and days, events and templates >= 1, got {self}")


@dataclass(frozen=True)
class HistoryDay:
    """What began on a day.

    events (EVENT): by time, in ms since 1970 UTC; what followed after midnight is here as well. load (LOAD):
    of each minute of the day.
    """

    day: date
    events: Events
    load: npt.NDArray[np.void]


def history_days(plan: HistoryPlan) -> Iterator[HistoryDay]:
    """The days of a history one after the other; the same ones for the same plan."""
    maker = _Maker(plan)
    for number in range(plan.days):
        yield maker.day(number)


def history_launches(plan: HistoryPlan) -> dict[int, date]:
    """When the templates came that were launched within the history, by their numbers."""
    shape = _Maker(plan).shape
    return {int(one): shape.days[shape.launches[one]] for one in np.flatnonzero(shape.launches >= 0)}


def history_outage(plan: HistoryPlan) -> tuple[datetime, datetime] | None:
    """From when to when most workers were away; None for a history of under a week."""
    shape = _Maker(plan).shape
    if shape.outage is None:
        return None
    day, start, end = shape.outage
    midnight = datetime.combine(shape.days[day], time.min, plan.until.tzinfo)
    return midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)


@dataclass(frozen=True)
class _Fates:
    """What became of jobs. sent, left (the queue), ended: ms since 1970. ran: ms of work."""

    sent: Ints
    left: Ints
    ended: Ints
    ran: Ints
    is_cancelled: Flags
    is_failed: Flags

    def of(self, which: Flags) -> "_Fates":
        return _Fates(**{one.name: getattr(self, one.name)[which] for one in fields(self)})

    @classmethod
    def joined(cls, first: "_Fates", second: "_Fates") -> "_Fates":
        names = [one.name for one in fields(cls)]
        return cls(**{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names})


class _Maker:
    """Carries over from day to day: jobs sent after midnight, and the work that waits."""

    def __init__(self, plan: HistoryPlan) -> None:
        self.plan = plan
        self.chance = np.random.default_rng(plan.seed)
        last = plan.until.date()
        days = [last - timedelta(days=plan.days - 1 - number) for number in range(plan.days)]
        self.shape = Shape.draw(days, plan.templates, self.chance)
        self.uploads = plan.events / EVENTS_OF_AN_UPLOAD
        at_peak = self.uploads / plan.days * PEAK_SHARE * JOBS_OF_AN_UPLOAD
        busy = at_peak * RUN_SECONDS * exp(RUN_SPREAD**2 / 2) / 3600 / PEAK_LOAD
        self.workers = ceil(busy)
        self.run_seconds = RUN_SECONDS * min(self.workers / busy, MOST_SLOWNESS)
        self.people = max(round(self.uploads / UPLOADS_OF_A_PERSON), 3)
        starts = [*days, last + timedelta(days=1), last + timedelta(days=2)]
        self.starts = np.array([_midnight(day, plan.until) for day in starts], np.int64)
        self.until = int(plan.until.timestamp() * 1000)
        self.moments, self.capacity = self._capacity()
        self.work_until = 0.0  # of the queue, in seconds of one worker
        self.pending = np.zeros(0, EVENT)
        nobody, nothing = np.zeros(0, np.bool_), np.zeros(0, np.int64)
        self.open = _Fates(nothing, nothing, nothing, nothing, nobody, nobody)

    def day(self, number: int) -> HistoryDay:
        """The next day; each is asked for once, in order."""
        uploads = self._uploads(number)
        jobs, others = self._checked(uploads, number)
        jobs = np.concatenate([self.pending, jobs, self._library_jobs(number)])
        jobs = jobs[np.argsort(jobs["at"], kind="stable")]
        is_today = jobs["at"] < self.starts[number + 1]
        self.pending, jobs = jobs[~is_today], jobs[is_today]
        fates = self._fates(jobs)
        events = np.concatenate([uploads, *others, jobs, *self._ends(jobs, fates)])
        events = events[events["at"] < self.until]
        events["person"] = self._persons(events)
        events = events[np.argsort(events["at"], kind="stable")]
        return HistoryDay(self.shape.days[number], events, self._load(number, fates))

    def _uploads(self, number: int) -> Events:
        """Whoever has been here often comes most: people are numbered by when they came first."""
        chance, count = self.chance, self.chance.poisson(self.uploads * self.shape.volumes[number])
        minutes = chance.choice(MINUTES, count, p=self.shape.minutes(number, chance))
        uploads = np.zeros(count, EVENT)
        uploads["at"] = self.starts[number] + 60_000 * minutes + chance.integers(0, 60_000, count)
        uploads["surface"] = SURFACES.index("photo")
        uploads["subject_kind"] = chance.choice(len(SUBJECTS), count, p=SUBJECT_WEIGHTS)
        uploads["app"] = chance.choice(APPS + 1, count, p=APP_WEIGHTS) - 1
        here = self.people * (0.35 + 0.65 * (number + 1) / self.plan.days)
        uploads["person"] = 1 + (here * chance.random(count) ** 1.7).astype(np.int64)
        for name in ("template", "wait_ms", "run_ms"):
            uploads[name] = NOTHING
        return uploads

    def _checked(self, uploads: Events, number: int) -> tuple[Events, list[Events]]:
        """Checks, moderation, appeals and deletions; and the jobs that people send."""
        chance, others = self.chance, []
        fails = chance.random(len(uploads)) < np.array(FAULT_SHARE)[uploads["subject_kind"]]
        faults = chance.choice(len(FAULTS), len(uploads), p=FAULT_WEIGHTS) + CODES.index(FAULTS[0])
        checked = self._after(uploads, "check_failed", 2.0, 0.3)
        checked["code"] = faults
        others.append(checked[fails])
        good, judged = self._moderated(uploads[~fails], REVIEW, BLOCK)
        others += judged
        blocked = np.concatenate([one[one["code"] == CODES.index("block")] for one in judged])
        people = self._some(self._after(blocked, "appealed", 5 * 3600.0, 1.0), 0.08)
        people["code"] = people["reason"] = people["scanner"] = 0
        people["person"] = 1 + chance.integers(0, self.people, len(people))
        others += [people, self._some(self._after(uploads, "deleted", 3 * 3600.0, 1.5), 0.04)]
        jobs = self._some(self._after(good, "submitted", 25.0, 0.8), 0.91)
        jobs["surface"], jobs["job_kind"] = 0, JOB_KINDS.index("dance_video")
        jobs["engine"] = ENGINES.index("animation")
        jobs["template"] = chance.choice(self.plan.templates, len(jobs), p=self.shape.shares[number])
        return jobs, others

    def _moderated(self, rows: Events, review: float, block: float) -> tuple[Events, list[Events]]:
        """What scanners decide of each, and people of what scanners leave to them; and what passed, later."""
        chance, names = self.chance, ("pass", "review", "block")
        verdict = chance.choice(3, len(rows), p=(1 - review - block, review, block))
        judged = self._after(rows, "moderated", 3.0, 0.3)
        reasons = chance.choice(len(REASONS), len(rows), p=REASON_WEIGHTS)
        judged["code"] = np.array([CODES.index(name) for name in names])[verdict]
        judged["reason"] = np.where(verdict == 0, 0, reasons)
        judged["scanner"] = np.array(SCANNER_OF_REASON)[judged["reason"]]
        judged["person"] = 0
        looked_at = self._after(judged[verdict == 1], "moderated", 1500.0, 0.9)
        is_right = chance.random(len(looked_at)) < 0.7
        looked_at["code"] = np.where(is_right, CODES.index("pass"), CODES.index("block"))
        looked_at["reason"][is_right] = 0
        looked_at["scanner"] = 0
        good = [rows[verdict == 0].copy(), rows[verdict == 1][is_right].copy()]
        good[0]["at"], good[1]["at"] = judged["at"][verdict == 0], looked_at["at"][is_right]
        return np.concatenate(good), [judged, looked_at]

    def _library_jobs(self, number: int) -> Events:
        """A template's poses are taken from its film on the morning of its launch."""
        new = np.flatnonzero(self.shape.launches == number)
        jobs = np.zeros(len(new), EVENT)
        jobs["at"] = self.starts[number] + self.chance.integers(9 * 3_600_000, 11 * 3_600_000, len(new))
        jobs["kind"], jobs["template"] = KINDS.index("submitted"), new
        jobs["job_kind"], jobs["engine"] = JOB_KINDS.index("pose_extract"), ENGINES.index("motion")
        jobs["app"] = jobs["wait_ms"] = jobs["run_ms"] = NOTHING
        return jobs

    def _fates(self, jobs: Events) -> _Fates:
        """Wait, work and end of jobs in the order in which they were sent.

        In the fluid queue, work is done at the speed of all workers: a job begins when all that was sent
        before it is done (Lindley 1952, written as a running maximum).
        """
        chance, count = self.chance, len(jobs)
        factor = 0.7 + 0.6 * (jobs["template"] * 7919 % 13) / 12  # dances differ in length
        is_library = jobs["job_kind"] == JOB_KINDS.index("pose_extract")
        seconds = (
            self.run_seconds * np.where(is_library, 4.0, factor) * np.exp(chance.normal(0, RUN_SPREAD, count))
        )
        came = np.maximum(np.interp(jobs["at"], self.moments, self.capacity), self.work_until)
        before = np.cumsum(seconds) - seconds
        begin = before + np.maximum.accumulate(came - before) if count else came
        self.work_until = float(begin[-1] + seconds[-1]) if count else self.work_until
        starts = np.interp(begin, self.capacity, self.moments).astype(np.int64)
        starts = np.maximum(starts, jobs["at"]) + (1000 * chance.lognormal(-0.2, 0.5, count)).astype(np.int64)
        patience = (1000 * chance.exponential(PATIENCE_SECONDS, count)).astype(np.int64)
        is_cancelled = (patience < starts - jobs["at"]) & ~is_library
        fails = np.where(self._in_outage(jobs["at"]), FAILED_IN_OUTAGE, FAILED_SHARE)
        is_failed = (chance.random(count) < fails) & ~is_cancelled
        ran = (1000 * seconds * np.where(is_failed, chance.random(count), 1.0)).astype(np.int64)
        left = np.where(is_cancelled, jobs["at"] + patience, starts)
        return _Fates(
            jobs["at"].copy(), left, np.where(is_cancelled, left, left + ran), ran, is_cancelled, is_failed
        )

    def _ends(self, jobs: Events, fates: _Fates) -> list[Events]:
        """Events of the jobs, of their results, and of what people do with those."""
        chance = self.chance
        cancelled, started = jobs[fates.is_cancelled].copy(), jobs[~fates.is_cancelled].copy()
        cancelled["at"], cancelled["kind"] = fates.left[fates.is_cancelled], KINDS.index("cancelled")
        begun = fates.of(~fates.is_cancelled)
        started["at"], started["kind"] = begun.left, KINDS.index("started")
        started["wait_ms"] = begun.left - begun.sent
        ended = started.copy()
        ended["at"], ended["run_ms"], ended["wait_ms"] = begun.ended, begun.ran, NOTHING
        ended["kind"] = np.where(begun.is_failed, KINDS.index("failed"), KINDS.index("finished"))
        is_away = self._in_outage(begun.sent)
        errors = np.where(is_away & (chance.random(len(ended)) < 0.6), 2, chance.random(len(ended)) < 0.2)
        ended["code"] = np.where(begun.is_failed, errors + CODES.index(ERRORS[0]), 0)
        made = ended[~begun.is_failed & (ended["job_kind"] == JOB_KINDS.index("dance_video"))].copy()
        made["run_ms"], made["surface"] = NOTHING, SURFACES.index("output")
        shown, judged = self._moderated(made, OUTPUT_REVIEW, OUTPUT_BLOCK)
        shown["surface"] = 0
        watched = self._some(self._after(shown, "watched", 20.0, 1.0), 0.87)
        used = [
            self._some(self._after(watched, "downloaded", 25.0, 0.7), 0.47),
            self._some(self._after(watched, "shared", 40.0, 0.8), 0.21),
        ]
        started["person"] = ended["person"] = 0
        return [cancelled, started, ended, *judged, watched, *used]

    def _load(self, number: int, fates: _Fates) -> npt.NDArray[np.void]:
        """Queue and workers at each minute, with the jobs that yesterday left."""
        jobs = _Fates.joined(self.open, fates)
        self.open = jobs.of(jobs.ended >= self.starts[number + 1])
        minutes = np.arange(self.starts[number], self.starts[number + 1], 60_000)
        minutes = minutes[minutes < self.until]
        sent, left, ran = np.sort(jobs.sent), np.sort(jobs.left), jobs.of(~jobs.is_cancelled)
        gone = np.searchsorted(left, minutes, "right")
        load = np.zeros(len(minutes), LOAD)
        load["at"] = minutes
        load["queued"] = np.searchsorted(sent, minutes, "right") - gone
        oldest = np.append(sent, 0)[gone]
        load["oldest_wait_ms"] = np.where(load["queued"] > 0, np.maximum(minutes - oldest, 0), 0)
        away = ceil(self.workers * OUTAGE_PART)
        load["workers"] = np.where(self._in_outage(minutes), away, self.workers)
        at_work = np.searchsorted(np.sort(ran.left), minutes, "right") - np.searchsorted(
            np.sort(ran.ended), minutes, "right"
        )
        load["busy"] = np.minimum(at_work, load["workers"])
        return load

    def _after(self, rows: Events, kind: str, seconds: float, spread: float) -> Events:
        """What follows each row after about so many seconds (median, and deviation of the logarithm)."""
        events = rows.copy()
        events["kind"] = KINDS.index(kind)
        events["at"] += (1000 * seconds * np.exp(self.chance.normal(0, spread, len(rows)))).astype(np.int64)
        return events

    def _some(self, rows: Events, share: float) -> Events:
        return rows[self.chance.random(len(rows)) < share]

    def _persons(self, events: Events) -> Ints:
        """A hash of person and day, as the day's salt would give it; 0 where nobody acted."""
        day = np.searchsorted(self.starts, events["at"], "right").astype(np.uint64)
        mixed = events["person"].astype(np.uint64) * _MIX[0] + day * _MIX[1] + np.uint64(self.plan.seed)
        for factor, shift in zip(_MIX[1:], (30, 27), strict=True):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
        return np.where(events["person"] == 0, 0, (mixed ^ (mixed >> np.uint64(31))).astype(np.int64))

    def _in_outage(self, moments: Ints) -> Flags:
        if self.shape.outage is None:
            return np.zeros(len(moments), np.bool_)
        day, start, end = self.shape.outage
        since = moments - self.starts[day]
        return np.asarray((since >= 60_000 * start) & (since < 60_000 * end))

    def _capacity(self) -> tuple[Floats, Floats]:
        """Moments, and how much work all workers have done by then in seconds; straight in between."""
        moments, speeds = [int(self.starts[0]), int(self.starts[-1]) + 30 * 86_400_000], [1.0]
        if self.shape.outage is not None:
            day, start, end = self.shape.outage
            moments[1:1] = [int(self.starts[day]) + 60_000 * minute for minute in (start, end)]
            speeds = [1.0, OUTAGE_PART, 1.0]
        done = np.cumsum(np.diff(moments) / 1000 * np.array(speeds) * self.workers)
        return np.array(moments, np.float64), np.concatenate([[0.0], done])


_MIX = tuple(np.uint64(one) for one in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _midnight(day: date, like: datetime) -> int:
    return int(datetime.combine(day, time.min, like.tzinfo).timestamp() * 1000)
