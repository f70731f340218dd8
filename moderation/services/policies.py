"""policy_draft_from, policy_rules_replace, policy_shadow, policy_canary, policy_publish, policy_withdraw,
policy_restore, policy_load, policies_in_force: the life of a policy version."""

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from moderation.canonical import digest_of
from moderation.errors import (
    CanaryTaken,
    PolicyConflict,
    PolicyEdited,
    PolicyFrozen,
    PolicyInvalid,
    PolicyNotSimulated,
    PolicyUnusable,
    TooManyShadows,
)
from moderation.models.audit import AuditEntry
from moderation.models.policy import Policy, PolicyRule
from moderation.models.simulation import PolicySimulation
from moderation.policy.checks import RULE_FIELDS, RuleFault, check_rules, rule_from
from moderation.policy.defaults import DEFAULT_NOTE, DEFAULT_RULES, DEFAULT_TITLE
from moderation.policy.rules import ANY, Rule, RuleSet
from moderation.policy_texts import fault_text
from moderation.services.audit import audit_append_all
from moderation.services.evidence import evidence_note
from moderation.services.telling import policy_tell
from moderation.states import POLICY, PolicyState, SimulationState
from moderation.subject_registry import job_kinds
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused

PUBLISHED, RETIRED = "moderation.policy.published", "moderation.policy.retired"
MAX_RULES = 500
MAX_SHADOWS = 3  # each is evaluated at every scan, and stores a row for it
RuleRow = Mapping[str, Any]
_loaded: dict[tuple[uuid.UUID, str], RuleSet] = {}
_loading = threading.Lock()


@transaction.atomic
def policy_draft_from(*, source: Policy | None, title: str, by: Any, note: str = "") -> Policy:
    """A new draft with the next version number and a copy of the rules of `source` (none when it is None)."""
    roles.require(by, roles.POLICY_PUBLISH)
    draft = _policy_create(title=title, note=note, by=by, copied_from=source)
    if source is not None:
        _rules_create(draft, rule_rows(source))
    return _told("moderation.policy.drafted", draft, by)


@transaction.atomic
def policy_rules_replace(
    *,
    policy: Policy,
    rules: Sequence[RuleRow],
    by: Any,
    title: str | None = None,
    note: str | None = None,
    instead_of: str | None = None,
) -> Policy:
    """Give a draft these rules instead of its own; it may still have gaps.

    rules: rows of RULE_FIELDS. instead_of: digest of the rules that the caller has seen; PolicyEdited when
    the draft has others by now. Raises PolicyFrozen for a version that is no draft, PolicyInvalid
    (details["faults"]) for rows outside the taxonomy, for two rows that speak of the same findings, for kinds
    of jobs that do not exist, and for more than MAX_RULES rows.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    _locked_draft(policy)
    if instead_of is not None and instead_of != rules_digest(rule_rows(policy)):
        raise PolicyEdited(details={"version": policy.version})
    _refuse_strange(policy, rules)
    _refuse_faults([fault for fault in check_rules(rules) if fault.code in {"invalid", "twice"}], rules)
    policy.rules.all().delete()
    _rules_create(policy, rules)
    if title is not None:
        policy.title = title
    if note is not None:
        policy.note = note
    policy.save(update_fields=["title", "note", "updated_at"])
    return _told("moderation.policy.edited", policy, by, rules=len(rules), digest=rules_digest(rules))


@transaction.atomic
def policy_shadow(*, policy: Policy, by: Any) -> Policy:
    """Let the version judge every scan in silence: its verdicts are stored, and have no effect.

    Raises PolicyInvalid, TransitionRefused, TooManyShadows.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    _locked_stages()
    if Policy.objects.filter(state=PolicyState.SHADOW).exclude(pk=policy.pk).count() >= MAX_SHADOWS:
        raise TooManyShadows(details={"limit": MAX_SHADOWS})
    POLICY.move(policy, PolicyState.SHADOW, **_fixed(policy), canary_percent=None)
    return _told("moderation.policy.shadowed", policy, by)


@transaction.atomic
def policy_canary(*, policy: Policy, percent: int, by: Any) -> Policy:
    """Let the version judge `percent` (1 to 99) of all subjects, always the same ones.

    Raises PolicyInvalid, TransitionRefused, CanaryTaken while another version is the canary.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    if not 1 <= percent <= 99:
        raise PolicyInvalid(details={"faults": [f"percent must be 1 to 99, got {percent}."]})
    _locked_stages()
    other = Policy.objects.filter(state=PolicyState.CANARY).exclude(pk=policy.pk).first()
    if other is not None:
        raise CanaryTaken(details={"version": other.version})
    try:
        with transaction.atomic():
            POLICY.move(policy, PolicyState.CANARY, **_fixed(policy), canary_percent=percent)
    except IntegrityError as error:
        raise CanaryTaken() from error
    return _told("moderation.policy.canaried", policy, by, percent=percent)


@transaction.atomic
def policy_publish(*, policy: Policy, by: Any, without_simulation: bool = False) -> Policy:
    """Make a version live and retire the one before it.

    Raises PolicyInvalid (details["faults"]) for rules that do not fit the taxonomy or that leave a category
    without a rule on some surface, TransitionRefused for a version that is or was live, PolicyConflict when
    another went live in the same moment, and PolicyNotSimulated unless these very rules were replayed over
    stored scans and compared with the version that is live now; without_simulation says that somebody takes
    that upon themselves.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    fixed = _fixed(policy)
    simulation = policy_simulated(policy)
    if simulation is None and not without_simulation and policy.state in POLICY.sources(PolicyState.LIVE):
        raise PolicyNotSimulated(details={"version": policy.version})
    return _publish(policy, by, fixed, simulation)


@transaction.atomic
def policy_withdraw(*, policy: Policy, by: Any) -> Policy:
    """End a version that is not live, also a draft; its rules stay to be read. Raises TransitionRefused."""
    roles.require(by, roles.POLICY_PUBLISH)
    moment = timezone.now()
    fixed = _frozen(policy, moment)
    POLICY.move(
        policy,
        PolicyState.RETIRED,
        guard={"published_at__isnull": True},
        **fixed,
        canary_percent=None,
        retired_at=moment,
    )
    return _told("moderation.policy.withdrawn", policy, by)


@transaction.atomic
def policy_restore(*, policy: Policy, by: Any, title: str) -> Policy:
    """Roll back: the rules of a version that was live once go live again at once, as a new version.

    Raises TransitionRefused for one that was never live, or is.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    if policy.state != PolicyState.RETIRED or policy.was_withdrawn:
        raise TransitionRefused(details={"target": PolicyState.LIVE})
    copy = policy_draft_from(source=policy, title=title, by=by)
    return _publish(copy, by, _fixed(copy), policy_simulated(copy))


@transaction.atomic
def policy_install_default() -> Policy | None:
    """Publish the default rules when there is no policy at all; None when there was one."""
    if Policy.objects.exists():
        return None
    policy = _policy_create(title=DEFAULT_TITLE, note=DEFAULT_NOTE, by=None)
    _rules_create(policy, [_row_of(rule) for rule in DEFAULT_RULES])
    return _publish(policy, None, _fixed(policy), None)


def policy_live() -> Policy | None:
    """The version in force."""
    return Policy.objects.filter(state=PolicyState.LIVE).first()


def policy_load() -> tuple[Policy, RuleSet]:
    """The version in force and its rules.

    One indexed read for each call, so a new version counts everywhere at once; the rules themselves are kept
    for each version, as they cannot change. Raises PolicyUnusable when no version is live, or when the stored
    rules differ from those that were published.
    """
    policy = policy_live()
    if policy is None:
        raise PolicyUnusable()
    return policy, policy_rules(policy)


def policies_in_force() -> dict[str, list[Policy]]:
    """Live version, canary and shadows by state, in one indexed read."""
    states = (PolicyState.LIVE, PolicyState.CANARY, PolicyState.SHADOW)
    found: dict[str, list[Policy]] = {state: [] for state in states}
    for policy in Policy.objects.filter(state__in=states).order_by("version"):
        found[policy.state].append(policy)
    return found


def policy_rules(policy: Policy) -> RuleSet:
    """The rules of a version that is no draft. Raises PolicyUnusable when they are not those once fixed."""
    key = (policy.pk, policy.digest)
    with _loading:
        if key not in _loaded:
            _loaded[key] = _read(policy)
        return _loaded[key]


def rule_rows(policy: Policy) -> list[dict[str, Any]]:
    """The stored rules as plain rows of RULE_FIELDS, in the order of the console."""
    return list(policy.rules.values(*RULE_FIELDS))


def rules_digest(rows: Iterable[RuleRow]) -> str:
    """SHA-256 of a set of rules, whatever their order."""
    lines = [
        [
            *(str(row["category"]), str(row["surface"]), str(row["job_kind"])),
            *(str(int(row["min_severity"])), str(int(row["min_confidence"]))),
            *(str(row["verdict"]), str(row["reason_code"])),
        ]
        for row in rows
    ]
    return digest_of(sorted(lines))


def policies_verify() -> list[str]:
    """Versions whose rules are no longer those that left the draft, and a live one that nobody published."""
    told = AuditEntry.objects.filter(action=PUBLISHED).order_by("-sequence").first()
    live = policy_live()
    is_told = (told.subject_id if told else None) == (str(live.pk) if live else None)
    faults = [] if is_told else ["The live policy is not the one that was published last."]
    return faults + [
        f"The rules of policy version {policy.version} differ from their digest."
        for policy in Policy.objects.exclude(state=PolicyState.DRAFT).order_by("version")
        if rules_digest(rule_rows(policy)) != policy.digest
    ]


def policy_faults(policy: Policy) -> list[str]:
    """Why the rules cannot leave the draft, one sentence each."""
    rows = rule_rows(policy)
    return [fault_text(fault, rows) for fault in check_rules(rows) if fault.is_error]


def policy_simulated(policy: Policy) -> PolicySimulation | None:
    """The newest finished simulation of the very rules that the version has now, on scans of every kind.

    One that went by another live version tells nothing of the change that is about to happen.
    """
    digest = policy.digest or rules_digest(rule_rows(policy))
    finished = PolicySimulation.objects.filter(
        state=SimulationState.READY, rules_digest=digest, surfaces=[], job_kinds=[], baseline=policy_live()
    )
    return finished.order_by("-finished_at").first()


def _publish(
    policy: Policy, by: Any, fixed: Mapping[str, Any], simulation: PolicySimulation | None
) -> Policy:
    moment = timezone.now()
    try:
        with transaction.atomic():
            former = Policy.objects.filter(state=PolicyState.LIVE).exclude(pk=policy.pk).first()
            if former is not None:
                POLICY.move(former, PolicyState.RETIRED, retired_at=moment, stage_at=moment)
            POLICY.move(
                policy, PolicyState.LIVE, **fixed, published_at=moment, published_by=by, canary_percent=None
            )
    except IntegrityError as error:
        raise PolicyConflict() from error
    if by is not None:  # the first policy comes with the tables, perhaps before those of webhooks
        policy_tell(policy)
    if former is not None:
        _told(RETIRED, former, by)
    return _told(
        PUBLISHED,
        policy,
        by,
        digest=policy.digest,
        former=former.version if former else None,
        simulation=str(simulation.pk) if simulation else None,
    )


def _fixed(policy: Policy) -> dict[str, Any]:
    """The fields that a move out of the draft sets. Raises PolicyInvalid."""
    fields = _frozen(policy, timezone.now())
    rows = rule_rows(policy)
    _refuse_faults([fault for fault in check_rules(rows) if fault.is_error], rows)
    return fields


def _frozen(policy: Policy, moment: datetime) -> dict[str, Any]:
    """stage_at, and for a draft what fixes its rules; the row is locked until the transaction ends."""
    locked = Policy.objects.select_for_update(of=("self",)).get(pk=policy.pk)
    if not locked.is_draft:
        return {"stage_at": moment}
    return {"stage_at": moment, "frozen_at": moment, "digest": rules_digest(rule_rows(locked))}


def _told(action: str, policy: Policy, by: Any, **data: Any) -> Policy:
    """The chain keeps the version as it stands in the database now."""
    stored = Policy.objects.get(pk=policy.pk)
    audit_append_all([evidence_note(action, stored, by, version=policy.version, **data)])
    return policy


def _refuse_faults(faults: Sequence[RuleFault], rows: Sequence[RuleRow]) -> None:
    if faults:
        raise PolicyInvalid(details={"faults": [fault_text(fault, rows) for fault in faults]})


def _refuse_strange(policy: Policy, rows: Sequence[RuleRow]) -> None:
    """Raise PolicyInvalid for too many rules, and for unknown kinds of jobs: they would match nothing.

    A kind that the draft speaks of already was known once, and may stay.
    """
    known = {ANY, *job_kinds(), *policy.rules.values_list("job_kind", flat=True)}
    faults = [
        gettext("There is no kind of job “%(kind)s”.") % {"kind": kind}
        for kind in sorted({str(row["job_kind"]) for row in rows} - known)
    ]
    if len(rows) > MAX_RULES:
        faults = [gettext("A policy has at most %(limit)d rules.") % {"limit": MAX_RULES}]
    if faults:
        raise PolicyInvalid(details={"faults": faults})


def _locked_draft(policy: Policy) -> None:
    locked = Policy.objects.select_for_update(of=("self",)).get(pk=policy.pk)
    if not locked.is_draft:
        raise PolicyFrozen(details={"version": locked.version, "state": locked.state})


def _locked_stages() -> None:
    """One change of shadows and canary at a time."""
    list(Policy.objects.select_for_update(of=("self",)).filter(state=PolicyState.LIVE))


def _policy_create(*, title: str, note: str, by: Any, copied_from: Policy | None = None) -> Policy:
    highest = Policy.objects.aggregate(highest=Max("version"))["highest"] or 0
    return Policy.objects.create(
        version=highest + 1, title=title, note=note, created_by=by, copied_from=copied_from
    )


def _rules_create(policy: Policy, rows: Iterable[RuleRow]) -> None:
    PolicyRule.objects.bulk_create(
        PolicyRule(policy=policy, **{field: row[field] for field in RULE_FIELDS}) for row in rows
    )


def _row_of(rule: Rule) -> dict[str, Any]:
    return {field: getattr(rule, field) for field in RULE_FIELDS}


def _read(policy: Policy) -> RuleSet:
    rows = rule_rows(policy)
    try:
        rules = tuple(rule_from(row) for row in rows)
    except ValueError as error:
        raise PolicyUnusable(details={"version": policy.version}) from error
    if rules_digest(rows) != policy.digest:
        raise PolicyUnusable(details={"version": policy.version})
    return RuleSet(policy.version, rules)
