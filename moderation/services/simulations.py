"""simulation_request, simulation_run, simulation_cancel: a policy replayed over stored findings."""

import logging
import statistics
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from moderation.errors import PolicyInvalid, PolicyUnusable, SimulationEmpty
from moderation.models.answer import ReviewAnswer
from moderation.models.policy import Policy
from moderation.models.scan import Finding, ScanPurpose, ScanRun
from moderation.models.simulation import PolicySimulation, SimulationChange
from moderation.policy import replay
from moderation.policy.checks import RULE_FIELDS, check_rules, rule_from
from moderation.policy.rules import Rule
from moderation.policy_texts import fault_text
from moderation.services.findings_now import findings_now, findings_of
from moderation.services.policies import policy_live, policy_rules, rule_rows, rules_digest
from moderation.states import SIMULATION, SimulationState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.common.queue import enqueue

logger = logging.getLogger(__name__)
RUN_TASK = "moderation.tasks.light.simulation_run"
CHUNK = 500
# What a replay reads: whole rows, with a policy beside each, take twice the time.
_RUN_COLUMNS = (
    *("created_at", "surface", "job_kind", "verdict", "policy_id"),
    *("medium", "content_sha256", "pdq", "pdq_quality"),
)
_FINDING_COLUMNS = (
    *("scan_run_id", "scanner", "category", "severity", "confidence", "label", "box", "evidence"),
    "may_block",
)
SECONDS_FOR_ONE_TASK = 60.0
LOST_AFTER = timedelta(minutes=3)
ASSUMED_DECISION_SECONDS = 30.0  # until enough people have decided to measure it
_MEASURED_FROM = 20
LEAST_COVERED = timedelta(hours=1)
LONGEST_LOOK_BACK = timedelta(days=3653)


@dataclass(frozen=True)
class ReviewLoad:
    """What one side of a simulation asks of reviewers. is_measured: from people's own times, not assumed."""

    items_per_day: float
    hours_per_day: float
    seconds_for_one: float
    is_measured: bool


@transaction.atomic
def simulation_request(
    *,
    policy: Policy,
    since: datetime,
    by: Any,
    until: datetime | None = None,
    surfaces: Collection[str] = (),
    job_kinds: Collection[str] = (),
) -> PolicySimulation:
    """Ask for a replay of `policy` over the admission scans from `since` to `until` (None: now).

    Raises PolicyInvalid for rules outside the taxonomy (gaps are allowed: they mean review), SimulationEmpty.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    rows = rule_rows(policy)
    faults = [fault for fault in check_rules(rows) if fault.code == "invalid"]
    if faults:
        raise PolicyInvalid(details={"faults": [fault_text(fault, rows) for fault in faults]})
    simulation = PolicySimulation(
        policy=policy,
        baseline=policy_live(),
        rules=rows,
        rules_digest=rules_digest(rows),
        since=since,
        until=until or timezone.now(),
        surfaces=sorted(Surface(surface) for surface in surfaces),
        job_kinds=sorted(job_kinds),
        counts=replay.new_counts(),
        created_by=by,
    )
    simulation.total = _runs_of(simulation).count()
    if not simulation.total:
        raise SimulationEmpty()
    simulation.save(force_insert=True)
    enqueue(RUN_TASK, simulation.pk)
    return simulation


def simulation_run(*, simulation_id: uuid.UUID, seconds: float = SECONDS_FOR_ONE_TASK) -> None:
    """Replay chunk after chunk for at most `seconds`, then ask for the rest in a new task.

    Safe to run twice, also at the same time, and to take up again after a lost worker.
    """
    simulation = PolicySimulation.objects.filter(pk=simulation_id).first()
    if simulation is None:
        logger.warning("no such simulation", extra={"simulation": str(simulation_id)})
        return
    if simulation.state == SimulationState.QUEUED:
        try:
            SIMULATION.move(simulation, SimulationState.RUNNING)
        except TransitionRefused:
            simulation.refresh_from_db()
    ends_at = time.monotonic() + seconds
    while simulation.state == SimulationState.RUNNING:
        if time.monotonic() >= ends_at:
            enqueue(RUN_TASK, simulation.pk)
            return
        try:
            simulation = _chunk(simulation_id)
        except ValueError as error:  # a stored scan outside the taxonomy: no attempt would get past it
            logger.exception("simulation failed", extra={"simulation": str(simulation_id)})
            SIMULATION.move(
                simulation, SimulationState.FAILED, fault=str(error)[:300], finished_at=timezone.now()
            )


@transaction.atomic
def simulation_cancel(*, simulation: PolicySimulation, by: Any) -> PolicySimulation:
    """Stop a simulation that is not over; what it has counted stays. Raises TransitionRefused."""
    roles.require(by, roles.POLICY_PUBLISH)
    SIMULATION.move(simulation, SimulationState.CANCELLED, finished_at=timezone.now())
    return simulation


def simulations_lost() -> list[uuid.UUID]:
    """Simulations that nobody has worked on for a while: their task or worker was lost."""
    unfinished = PolicySimulation.objects.filter(state__in=[SimulationState.QUEUED, SimulationState.RUNNING])
    lost = unfinished.filter(updated_at__lt=timezone.now() - LOST_AFTER)
    return list(lost.values_list("pk", flat=True)[:20])


def days_covered(simulation: PolicySimulation) -> float:
    """How many days of its window lie behind the first admission scan that is stored, at least an hour.

    A portal that is six days old has no more reviews a day because somebody asks for eleven days.
    """
    admitted = ScanRun.objects.filter(purpose=ScanPurpose.ADMISSION)
    first = admitted.order_by("created_at").values_list("created_at", flat=True).first()
    since = max(simulation.since, first or simulation.since)
    until = min(simulation.until, simulation.created_at)
    return max(until - since, LEAST_COVERED) / timedelta(days=1)


def review_load(items: int, days: float) -> ReviewLoad:
    """What `items` reviews in `days` ask of people, at the median time that they took in the last 30 days."""
    recent = ReviewAnswer.objects.filter(answered_at__gte=timezone.now() - timedelta(days=30))
    measured = list(recent.order_by("-answered_at").values_list("seconds", flat=True)[:2000])
    is_measured = len(measured) >= _MEASURED_FROM
    seconds = statistics.median(measured) if is_measured else ASSUMED_DECISION_SECONDS
    per_day = items / days
    return ReviewLoad(per_day, per_day * seconds / 3600, seconds, is_measured)


def _runs_of(simulation: PolicySimulation) -> QuerySet[ScanRun]:
    runs = ScanRun.objects.filter(
        purpose=ScanPurpose.ADMISSION, created_at__gte=simulation.since, created_at__lt=simulation.until
    )
    if simulation.surfaces:
        runs = runs.filter(surface__in=simulation.surfaces)
    if simulation.job_kinds:
        runs = runs.filter(job_kind__in=simulation.job_kinds)
    return runs


@transaction.atomic
def _chunk(simulation_id: uuid.UUID) -> PolicySimulation:
    """Replay the next CHUNK runs; the row's lock keeps a second worker waiting for its turn."""
    simulation = PolicySimulation.objects.select_for_update(of=("self",)).get(pk=simulation_id)
    if simulation.state != SimulationState.RUNNING:
        return simulation
    runs = _runs_of(simulation)
    if simulation.cursor_at is not None:
        same_moment = Q(created_at=simulation.cursor_at, id__gt=simulation.cursor_id)
        runs = runs.filter(Q(created_at__gt=simulation.cursor_at) | same_moment)
    wanted = Prefetch("findings", Finding.objects.only(*_FINDING_COLUMNS).order_by("pk"))
    ordered = runs.only(*_RUN_COLUMNS).prefetch_related(wanted).order_by("created_at", "id")
    chunk = list(ordered[:CHUNK])
    if not chunk:
        SIMULATION.move(simulation, SimulationState.READY, finished_at=timezone.now())
        return simulation
    _replay_chunk(simulation, chunk)
    simulation.examined += len(chunk)
    simulation.total = max(simulation.total, simulation.examined)
    simulation.cursor_at, simulation.cursor_id = chunk[-1].created_at, chunk[-1].pk
    simulation.save(update_fields=["examined", "total", "cursor_at", "cursor_id", "counts", "updated_at"])
    return simulation


def _replay_chunk(simulation: PolicySimulation, runs: Collection[ScanRun]) -> None:
    rules = [rule_from(row) for row in simulation.rules]
    live_rules = _known_rules(simulation.baseline)
    policies = Policy.objects.in_bulk({run.policy_id for run in runs if run.policy_id is not None})
    rules_then = {key: _known_rules(policy) for key, policy in policies.items()}
    changes: list[SimulationChange] = []
    seen = findings_of(runs)
    found = findings_now(runs, seen)
    for run in runs:
        stored = replay.StoredScan(
            Surface(run.surface),
            run.job_kind,
            tuple(found[run.pk]),
            Verdict(run.verdict),
            rules_then[run.policy_id] if run.policy_id is not None else None,
            tuple(seen[run.pk]),
        )
        one = replay.replay(stored, rules, live_rules)
        replay.count(simulation.counts, stored, one)
        if one.is_changed:
            changes.append(_change(simulation, run, one))
    SimulationChange.objects.bulk_create(changes)


def _known_rules(policy: Policy | None) -> tuple[Rule, ...] | None:
    if policy is None:
        return None
    try:
        return policy_rules(policy).rules
    except PolicyUnusable:
        logger.exception("policy cannot be used", extra={"version": policy.version})
        return None


def _change(simulation: PolicySimulation, run: ScanRun, one: replay.Replayed) -> SimulationChange:
    finding, rule = one.cause.finding, one.cause.rule
    plain = {field: getattr(rule, field) for field in RULE_FIELDS} if rule is not None else {}
    return SimulationChange(
        simulation=simulation,
        scan_run=run,
        surface=run.surface,
        job_kind=run.job_kind,
        decided_then=one.then,
        live_now=one.live,
        after=one.after.verdict,
        reason_codes=list(one.after.reasons),
        category=finding.category if finding else Category.SCANNER_FAILED,
        severity=finding.severity if finding else Severity.CONTEXT,
        confidence=finding.confidence if finding else 0.0,
        scanner=_scanner_of(run, one),
        label=finding.label if finding else "",
        rule={**plain, "is_new": one.cause.is_new} if plain else {},
    )


def _scanner_of(run: ScanRun, one: replay.Replayed) -> str:
    """Which scanner reported the finding that made the change."""
    finding = one.cause.finding
    if finding is None:
        return ""
    alike = [row for row in run.findings.all() if row.label == finding.label]
    same = [row for row in alike if row.confidence == finding.confidence]
    return str((same or alike)[0].scanner) if alike else ""
