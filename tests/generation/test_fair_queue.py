"""The order of the queue: its properties on any queue, and what comes of it over simulated hours."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.eta import Work
from generation.fair_queue import (
    BATCH,
    INTERACTIVE,
    Load,
    Rules,
    Waiting,
    effective_tier,
    fair_order,
    may_start,
    with_preference,
)

on_any = settings(max_examples=50, deadline=None)
NOW = 10_000.0
WEIGHTS = {"a": 3.0, "b": 1.0, "studio": 2.0}
ACCOUNTS = {"a": ("a",), "b": ("b",), "studio": ("s1", "s2", "s3")}


def work(seconds: float) -> Work:
    return Work("dance/animation", 1.0, seconds, 0.0)


def job(key: int, group: str = "a", account: str = "", **fields: object) -> Waiting:
    given = {"engine": "animation", "work": work(10.0), "tier": INTERACTIVE, "queued": NOW - 5, **fields}
    return Waiting(key=f"{key:04}", group=group, account=account or ACCOUNTS[group][0], **given)  # type: ignore[arg-type]


@st.composite
def queues(draw: st.DrawFn, *, caps: bool = True) -> tuple[list[Waiting], Load, Rules]:
    count = draw(st.integers(0, 25))
    waiting = []
    for key in range(count):
        group = draw(st.sampled_from(sorted(ACCOUNTS)))
        waiting.append(
            job(
                key,
                group,
                draw(st.sampled_from(ACCOUNTS[group])),
                engine=draw(st.sampled_from(["animation", "motion"])),
                work=work(draw(st.sampled_from([1.0, 10.0, 60.0]))),
                tier=draw(st.sampled_from([INTERACTIVE, BATCH])),
                queued=NOW - draw(st.integers(0, 2000)),
                due=draw(st.sampled_from([0.0, 0.0, 0.0, NOW + 30])),
            )
        )
    begun = {
        (group, account): float(draw(st.integers(0, 500)))
        for group in ACCOUNTS
        for account in ACCOUNTS[group]
    }
    groups = {group: sum(begun[group, one] for one in ACCOUNTS[group]) for group in ACCOUNTS}
    cap = draw(st.sampled_from([None, 1, 2])) if caps else None
    in_flight = {account: draw(st.integers(0, 2)) for group in ACCOUNTS for account in ACCOUNTS[group]}
    rules = Rules(weights=WEIGHTS, cap=lambda _group, _account: cap)
    return waiting, Load(groups, begun, in_flight), rules


@on_any
@given(queues())
def test_every_job_has_one_place(queue: tuple[list[Waiting], Load, Rules]) -> None:
    waiting, load, rules = queue
    assert sorted(one.key for one in fair_order(waiting, load, rules, NOW)) == [one.key for one in waiting]


@on_any
@given(queues(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_rows_come(
    queue: tuple[list[Waiting], Load, Rules], chance: random.Random
) -> None:
    waiting, load, rules = queue
    shuffled = list(waiting)
    chance.shuffle(shuffled)
    assert fair_order(shuffled, load, rules, NOW) == fair_order(waiting, load, rules, NOW)


@on_any
@given(queues())
def test_jobs_that_may_not_start_now_are_behind_those_that_may(
    queue: tuple[list[Waiting], Load, Rules],
) -> None:
    waiting, load, rules = queue
    order = fair_order(waiting, load, rules, NOW)
    started: Counter[object] = Counter(load.in_flight)
    may = []
    for one in order:
        cap = rules.cap(one.group, one.account)
        may.append(one.due <= NOW and (cap is None or started[one.account] < cap))
        started[one.account] += 1
    assert may == sorted(may, reverse=True)
    assert [may_start(one, load, rules, NOW) for one in order[:1]] == may[:1]


@on_any
@given(queues())
def test_no_batch_job_goes_before_an_interactive_one_unless_it_has_waited_long(
    queue: tuple[list[Waiting], Load, Rules],
) -> None:
    waiting, load, _rules = queue
    rules = Rules(weights=WEIGHTS)
    tiers = [
        effective_tier(one, rules, NOW) for one in fair_order(waiting, load, rules, NOW) if one.due <= NOW
    ]
    assert tiers == sorted(tiers)


@on_any
@given(queues())
def test_an_accounts_own_jobs_stay_in_their_order(queue: tuple[list[Waiting], Load, Rules]) -> None:
    waiting, load, rules = queue
    places: dict[object, list[tuple[bool, int, float, str]]] = {}
    for one in fair_order(waiting, load, rules, NOW):
        mine = (one.due > NOW, effective_tier(one, rules, NOW), one.queued, one.key)
        places.setdefault(one.account, []).append(mine)
    assert all(line == sorted(line) for line in places.values())


@on_any
@given(queues(caps=False))
def test_taking_one_job_after_another_follows_the_positions_that_were_told(
    queue: tuple[list[Waiting], Load, Rules],
) -> None:
    """Each claim changes what was begun, and the places of the others stay as they were told."""
    waiting, load, rules = queue
    waiting = [one for one in waiting if one.due <= NOW]
    told = fair_order(waiting, load, rules, NOW)
    taken = []
    while waiting:
        head = fair_order(waiting, load, rules, NOW)[0]
        taken.append(head)
        waiting = [one for one in waiting if one is not head]
        load = begun(load, head)
    assert taken == told


@on_any
@given(queues())
def test_a_preference_moves_one_job_within_its_tier_and_the_first_places(
    queue: tuple[list[Waiting], Load, Rules],
) -> None:
    waiting, load, rules = queue
    order = fair_order(waiting, load, rules, NOW)
    preferred = with_preference(order, {"motion"}, rules, NOW, patience=3000.0, among=4)
    assert sorted(preferred, key=order.index) == order
    if preferred != order:
        assert preferred[0].engine == "motion"
        assert order.index(preferred[0]) < 4
        assert effective_tier(preferred[0], rules, NOW) == effective_tier(order[0], rules, NOW)
        assert [one for one in order if one is not preferred[0]] == preferred[1:]


def test_a_head_that_has_waited_is_not_overtaken_for_a_loaded_engine() -> None:
    order = [job(1, queued=NOW - 40), job(2, engine="motion")]
    rules = Rules()
    assert with_preference(order, {"motion"}, rules, NOW, patience=30.0, among=8) == order
    assert with_preference(order, {"motion"}, rules, NOW, patience=60.0, among=8) == order[::-1]


def test_of_a_thousand_jobs_of_one_app_a_newcomers_is_next() -> None:
    crowd = [job(key, "a", queued=NOW - 1000) for key in range(1000)]
    load = Load({"a": 300.0}, {("a", "a"): 300.0})
    assert fair_order([*crowd, job(1000, "b", queued=NOW)], load, Rules(), NOW)[0].key == "1000"


def test_within_the_studio_persons_take_turns() -> None:
    mine = [job(key, "studio", "s1", queued=NOW - 60) for key in range(4)]
    yours = [job(key, "studio", "s2", queued=NOW - 50) for key in range(4, 6)]
    order = fair_order([*mine, *yours], Load(), Rules(ageing=0.0), NOW)
    assert [one.account for one in order] == ["s1", "s2", "s1", "s2", "s1", "s1"]


def begun(load: Load, one: Waiting) -> Load:
    groups, accounts = dict(load.of_groups), dict(load.of_accounts)
    groups[one.group] = groups.get(one.group, 0.0) + one.work.guess_seconds
    key = one.group, one.account
    accounts[key] = accounts.get(key, 0.0) + one.work.guess_seconds
    return replace(load, of_groups=groups, of_accounts=accounts)


WINDOW = 1800.0


class Site:
    """One worker, and apps that submit by themselves; all that a claim knows is what lies in the window."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.now, self.number, self.oldest = rules, 0.0, 0, 0
        self.waiting: list[Waiting] = []
        self.started: list[tuple[float, Waiting]] = []

    def submit(self, group: str, account: str, seconds: float, tier: int = INTERACTIVE) -> None:
        self.number += 1
        one = job(self.number, group, account, work=work(seconds), tier=tier, queued=self.now)
        self.waiting.append(one)

    def step(self) -> None:
        """Start the next job, and let it run to its end."""
        order = fair_order(self.waiting, self._load(), self.rules, self.now)
        if not order:
            self.now += 1.0
            return
        self.waiting.remove(order[0])
        self.started.append((self.now, order[0]))
        self.now += order[0].work.guess_seconds

    def served(self, since: float) -> Counter[str]:
        done: Counter[str] = Counter()
        for at, one in self.started:
            if at >= since:
                done[one.group] += one.work.guess_seconds
        return done

    def longest_wait(self, accounts: Iterable[str]) -> float:
        mine = [at - one.queued for at, one in self.started if one.account in accounts]
        mine += [self.now - one.queued for one in self.waiting if one.account in accounts]
        return max(mine)

    def _load(self) -> Load:
        while self.started[self.oldest :] and self.started[self.oldest][0] <= self.now - WINDOW:
            self.oldest += 1
        groups: Counter[str] = Counter()
        accounts: Counter[tuple[str, object]] = Counter()
        for _at, one in self.started[self.oldest :]:
            groups[one.group] += one.work.guess_seconds
            accounts[one.group, one.account] += one.work.guess_seconds
        return Load(groups, accounts)


def test_over_hours_backlogged_apps_get_what_their_weights_say() -> None:
    site = Site(Rules(weights=WEIGHTS))
    for _ in range(400):
        for group, seconds in (("a", 20.0), ("b", 40.0), ("studio", 10.0)):
            while sum(one.group == group for one in site.waiting) < 5:
                site.submit(group, ACCOUNTS[group][0], seconds)
        site.step()
    served = site.served(since=WINDOW)
    shares = {group: served[group] / sum(served.values()) for group in WEIGHTS}
    assert shares == {group: pytest.approx(weight / 6, abs=0.03) for group, weight in WEIGHTS.items()}


def flooded(rules: Rules) -> Site:
    """Three times as much comes in as one worker does: of an app in both tiers, and of ever new guests."""
    site, next_modest = Site(rules), 0.0
    for step in range(500):
        for tier in (INTERACTIVE, BATCH):
            site.submit("a", "a", 10.0, tier)
        site.submit("studio", f"guest-{step}", 10.0)
        if site.now >= next_modest and step < 400:
            site.submit("b", "b", 10.0, BATCH)
            site.submit("studio", "regular", 10.0)
            next_modest = site.now + 300.0
        site.step()
    return site


def overtaken_by(site: Site, account: str) -> float:
    """How much later than a job of the account another person's came in that was started before it."""
    starts = {one.key: at for at, one in site.started}
    others = [one for _at, one in site.started if one.group == "studio" and one.account != account]
    mine = [one for _at, one in site.started if one.account == account]
    mine += [one for one in site.waiting if one.account == account]
    return max(
        other.queued - one.queued
        for one in mine
        for other in others
        if starts[other.key] < starts.get(one.key, site.now)
    )


def test_nobody_starves_however_much_others_submit() -> None:
    site = flooded(Rules(weights=WEIGHTS))
    assert site.longest_wait(["b"]) < site.rules.batch_patience + 300.0
    assert max(at for at, one in site.started if one.tier == BATCH and one.group == "a") > site.now - 300.0
    had = 10.0 * (WINDOW / 300.0) + 10.0 * 14  # in the window, and ahead of the last of one's own
    assert overtaken_by(site, "regular") < had / site.rules.ageing


def test_without_ageing_newcomers_would_go_before_a_regular_for_ever() -> None:
    aged, rigid = (
        overtaken_by(flooded(Rules(weights=WEIGHTS, ageing=rate)), "regular") for rate in (0.1, 0.0)
    )
    assert aged < rigid / 2
