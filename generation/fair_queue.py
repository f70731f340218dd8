"""fair_order(waiting, load, rules, now): who is next, and who after that. Pure Python.

Tier first; within a tier the share of each group (an app, the studio, the library) by its weight; within a
group the share of each account, less a credit for the wait. "Work" is estimated seconds of a worker.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from generation.eta import Work

INTERACTIVE, BATCH = 1, 2  # the lower one goes first
_READY, _CAPPED, _PAUSED = 0, 1, 2


class Waiting(NamedTuple):
    """One queued job. queued, due: seconds on the clock of `now`; it may not start before `due`.

    key: tells jobs apart, and breaks ties.
    """

    key: str
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
    ranked: list[_Ranked] = []
    for group, accounts in _lines(waiting, rules, now).items():
        within: list[_Ranked] = []
        for account, line in accounts.items():
            within += _strained(group, account, line, load, rules, now)
        within.sort()
        begun, weight = load.of_groups.get(group, 0.0), rules.weights.get(group, 1.0)
        for standing, tier, _strain, queued, key, job in within:
            ranked.append((standing, tier, begun / weight, queued, key, job))
            begun += job.work.guess_seconds
    ranked.sort()
    return [rank[-1] for rank in ranked]


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


# Standing, tier, what the account or group had or has ahead of it, queued, key: no two are equal up to here.
_Ranked = tuple[int, int, float, float, str, Waiting]
_Line = list[tuple[bool, int, float, str, Waiting]]


def _lines(waiting: Iterable[Waiting], rules: Rules, now: float) -> dict[str, dict[Hashable, _Line]]:
    """Each account's jobs by group, first in, first out within a tier; those that pause behind the others."""
    lines: dict[str, dict[Hashable, _Line]] = defaultdict(lambda: defaultdict(list))
    promoted = now - rules.batch_patience
    for job in waiting:
        tier = INTERACTIVE if job.queued <= promoted else job.tier
        lines[job.group][job.account].append((job.due > now, tier, job.queued, job.key, job))
    for accounts in lines.values():
        for line in accounts.values():
            line.sort()
    return lines


def _strained(
    group: str, account: Hashable, line: _Line, load: Load, rules: Rules, now: float
) -> Iterator[_Ranked]:
    """With each job of an account whether it may start, and the work before it less the credit for its
    wait.
    """
    ahead = load.of_accounts.get((group, account), 0.0)
    cap, used = rules.cap(group, account), load.in_flight.get(account, 0)
    for is_paused, tier, queued, key, job in line:
        standing = _PAUSED if is_paused else _CAPPED if cap is not None and used >= cap else _READY
        yield standing, tier, ahead - rules.ageing * (now - queued), queued, key, job
        ahead += job.work.guess_seconds
        used += 1
