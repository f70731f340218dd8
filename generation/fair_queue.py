"""fair_order(waiting, load, rules, now): who is next, and who after that. Pure Python.

Tier first; within a tier the share of each group (an app, the studio, the library) by its weight; within a
group the share of each account, less a credit for the wait. "Work" is estimated seconds of a worker.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from generation.eta import Work

INTERACTIVE, BATCH = 1, 2  # the lower one goes first
_READY, _CAPPED, _PAUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """One queued job. queued, due: seconds on the clock of `now`; it may not start before `due`.

    key: tells jobs apart, and breaks ties.
    """

    key: Any
    group: str
    account: Hashable
    engine: str
    work: Work
    tier: int
    queued: float
    due: float = 0.0


@dataclass(frozen=True)
class Load:
    """What was begun lately, in seconds of work, and how many jobs of each account are in work now."""

    of_groups: Mapping[str, float] = field(default_factory=dict)
    of_accounts: Mapping[tuple[str, Hashable], float] = field(default_factory=dict)
    in_flight: Mapping[Hashable, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """weights: of groups, above 0; 1 where none is named. cap: jobs of an account in work at once, None: any
    number. batch_patience: seconds after which a batch job counts as interactive. ageing: seconds of work
    that one second of waiting makes up for.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    cap: Callable[[str, Hashable], int | None] = lambda _group, _account: None
    batch_patience: float = 900.0
    ageing: float = 0.1


def fair_order(waiting: Iterable[Waiting], load: Load, rules: Rules, now: float) -> list[Waiting]:
    """Every job in the order in which they start; those that may not start now come last."""
    ranked: list[tuple[int, int, float, float, Waiting]] = []
    for group, lines in _lines(waiting, rules, now).items():
        begun, weight = load.of_groups.get(group, 0.0), rules.weights.get(group, 1.0)
        for standing, tier, _strain, job in sorted(
            (one for line in lines.values() for one in _strained(line, load, rules, now)), key=_in_group
        ):
            ranked.append((standing, tier, begun / weight, job.queued, job))
            begun += job.work.guess_seconds
    ranked.sort(key=lambda rank: (*rank[:4], str(rank[4].key)))
    return [rank[4] for rank in ranked]


def may_start(job: Waiting, load: Load, rules: Rules, now: float) -> bool:
    """Whether neither a pause nor the cap of its account holds the job back."""
    cap = rules.cap(job.group, job.account)
    return job.due <= now and (cap is None or load.in_flight.get(job.account, 0) < cap)


def with_preference(
    order: Sequence[Waiting],
    loaded: Collection[str],
    rules: Rules,
    now: float,
    *,
    patience: float,
    among: int,
) -> list[Waiting]:
    """The order for a worker that holds the engines `loaded`: the first of them, within the head's tier and
    the first `among` places, goes first, unless the head has waited for `patience` seconds.
    """
    if not order or order[0].engine in loaded or now - order[0].queued >= patience:
        return list(order)
    tier = effective_tier(order[0], rules, now)
    for place, job in enumerate(islice(order, among)):
        if effective_tier(job, rules, now) != tier:
            break
        if job.engine in loaded:
            return [job, *order[:place], *order[place + 1 :]]
    return list(order)


def effective_tier(job: Waiting, rules: Rules, now: float) -> int:
    """A batch job that has waited for long enough is no longer one."""
    return INTERACTIVE if now - job.queued >= rules.batch_patience else job.tier


_Ranked = tuple[int, int, float, Waiting]


def _lines(
    waiting: Iterable[Waiting], rules: Rules, now: float
) -> dict[str, dict[Hashable, list[tuple[int, Waiting]]]]:
    """Each account's jobs with their tiers, by group; its own first in, first out within a tier."""
    lines: dict[str, dict[Hashable, list[tuple[int, Waiting]]]] = defaultdict(lambda: defaultdict(list))
    for job in waiting:
        lines[job.group][job.account].append((effective_tier(job, rules, now), job))
    for accounts in lines.values():
        for line in accounts.values():
            line.sort(key=lambda one: (one[1].due > now, one[0], one[1].queued, str(one[1].key)))
    return lines


def _strained(line: list[tuple[int, Waiting]], load: Load, rules: Rules, now: float) -> Iterable[_Ranked]:
    """With each job of an account whether it may start, and how much its account had or has ahead of it."""
    first = line[0][1]
    ahead = load.of_accounts.get((first.group, first.account), 0.0)
    cap, used = rules.cap(first.group, first.account), load.in_flight.get(first.account, 0)
    for tier, job in line:
        if job.due > now:
            standing = _PAUSED
        elif cap is not None and used >= cap:
            standing = _CAPPED
        else:
            standing = _READY
        yield standing, tier, ahead - rules.ageing * (now - job.queued), job
        ahead += job.work.guess_seconds
        used += 1


def _in_group(rank: _Ranked) -> tuple[int, int, float, float, str]:
    standing, tier, strain, job = rank
    return standing, tier, strain, job.queued, str(job.key)
