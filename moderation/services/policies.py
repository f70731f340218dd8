"""policy_draft_from, policy_publish, policy_load, policy_install_default: the life of a policy version."""

import threading
from collections.abc import Collection, Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from moderation.canonical import digest_of
from moderation.errors import PolicyConflict, PolicyInvalid, PolicyUnusable
from moderation.models.policy import Policy, PolicyRule
from moderation.policy.defaults import DEFAULT_NOTE, DEFAULT_RULES, DEFAULT_TITLE
from moderation.policy.rules import ANY, Rule, RuleSet
from moderation.services.audit import audit_append
from moderation.states import POLICY, PolicyState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common import roles

_RULE_FIELDS = (
    "category",
    "surface",
    "job_kind",
    "min_severity",
    "min_confidence",
    "verdict",
    "reason_code",
)
_loaded: dict[tuple[int, str], RuleSet] = {}
_loading = threading.Lock()


@transaction.atomic
def policy_draft_from(*, source: Policy | None, title: str, by: Any, note: str = "") -> Policy:
    """A new draft with the next version number and a copy of the rules of `source` (none when it is None)."""
    roles.require(by, roles.POLICY_PUBLISH)
    draft = _policy_create(title=title, note=note, by=by)
    if source is not None:
        _rules_create(draft, [_rule_of(row) for row in source.rules.all()])
    audit_append(action="moderation.policy.drafted", subject=draft, actor=by, data={"version": draft.version})
    return draft


@transaction.atomic
def policy_publish(*, policy: Policy, by: Any) -> Policy:
    """Make a draft live and retire the version before it; from then on nothing of it can change.

    Raises PolicyInvalid (details["faults"]) for rules that do not fit the taxonomy or that leave a category
    without a rule on some surface, TransitionRefused for a policy that is not a draft, PolicyConflict when
    another version went live in the same moment.
    """
    roles.require(by, roles.POLICY_PUBLISH)
    return _publish(policy, by)


@transaction.atomic
def policy_install_default() -> Policy | None:
    """Publish the default rules when there is no policy at all; None when there was one."""
    if Policy.objects.exists():
        return None
    policy = _policy_create(title=DEFAULT_TITLE, note=DEFAULT_NOTE, by=None)
    _rules_create(policy, DEFAULT_RULES)
    return _publish(policy, None)


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
    key = (policy.version, policy.digest)
    with _loading:
        if key not in _loaded:
            _loaded[key] = _read(policy)
        return policy, _loaded[key]


def policy_faults(policy: Policy) -> list[str]:
    """Why the draft cannot go live, one sentence each."""
    faults: list[str] = []
    rows = list(policy.rules.all())
    for row in rows:
        try:
            _rule_of(row)
        except ValueError as error:
            faults.append(f"{row}: {error}")
    if faults:
        return faults
    rules = [_rule_of(row) for row in rows]
    covered = any(
        rule.category == Category.SCANNER_FAILED
        and rule.min_severity == Severity.CONTEXT
        and rule.min_confidence == 0
        and (rule.surface, rule.job_kind) == ("any", "any")
        and rule.verdict != Verdict.PASS
        for rule in rules
    )
    if not covered:
        faults.append("A rule must send every failed scanner to review or block it, on any surface.")
    return faults + _gaps(rules)


def _gaps(rules: Collection[Rule]) -> list[str]:
    """Where a category has no rule for jobs of any kind; one sentence for each category."""
    spoken_of = {(rule.category, rule.surface) for rule in rules if rule.job_kind == ANY}
    faults: list[str] = []
    for category in Category:
        if (category, ANY) in spoken_of:
            continue
        gaps = ", ".join(surface for surface in Surface if (category, surface) not in spoken_of)
        if gaps:
            faults.append(f"The category {category} has no rule for any kind of job on: {gaps}.")
    return faults


def _publish(policy: Policy, by: Any) -> Policy:
    faults = policy_faults(policy)
    if faults:
        raise PolicyInvalid(details={"faults": faults})
    digest = _digest(_rule_of(row) for row in policy.rules.all())
    moment = timezone.now()
    try:
        with transaction.atomic():
            former = Policy.objects.filter(state=PolicyState.LIVE).exclude(pk=policy.pk).first()
            if former is not None:
                POLICY.move(former, PolicyState.RETIRED, retired_at=moment)
            POLICY.move(policy, PolicyState.LIVE, published_at=moment, published_by=by, digest=digest)
    except IntegrityError as error:
        raise PolicyConflict() from error
    data = {"version": policy.version, "digest": digest, "former": former.version if former else None}
    audit_append(action="moderation.policy.published", subject=policy, actor=by, data=data)
    return policy


def _policy_create(*, title: str, note: str, by: Any) -> Policy:
    highest = Policy.objects.aggregate(highest=Max("version"))["highest"] or 0
    return Policy.objects.create(version=highest + 1, title=title, note=note, created_by=by)


def _rules_create(policy: Policy, rules: Iterable[Rule]) -> None:
    PolicyRule.objects.bulk_create(
        PolicyRule(policy=policy, **{field: getattr(rule, field) for field in _RULE_FIELDS}) for rule in rules
    )


def _rule_of(row: PolicyRule) -> Rule:
    return Rule(**{field: getattr(row, field) for field in _RULE_FIELDS})


def _read(policy: Policy) -> RuleSet:
    try:
        rules = tuple(_rule_of(row) for row in policy.rules.all())
    except ValueError as error:
        raise PolicyUnusable(details={"version": policy.version}) from error
    if _digest(rules) != policy.digest:
        raise PolicyUnusable(details={"version": policy.version})
    return RuleSet(policy.version, rules)


def _digest(rules: Iterable[Rule]) -> str:
    lines = [
        [
            *(str(rule.category), str(rule.surface), rule.job_kind),
            *(str(int(rule.min_severity)), str(int(rule.min_confidence))),
            *(str(rule.verdict), rule.reason_code),
        ]
        for rule in rules
    ]
    return digest_of(sorted(lines))
