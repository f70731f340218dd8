"""strike_issue, strike_lift, measure_impose, measure_lift; standing_of and require_good_standing.

What counts: a person's refusal whose reason names a category of harm. A block that no person looked at
counts only where the picture is in a block bank, because a person put it there; a model alone can be wrong
too often for that. Technical faults, broken scanners and scanners that disagree never count. One act counts
once, however many files came of it and however often they were scanned and decided on; nor does content count
that somebody sent before they were told of an earlier strike of the same category.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation import subject_registry
from moderation.errors import (
    AccountSuspended,
    MeasureAlreadyLifted,
    MeasureInvalid,
    OwnContentRefused,
    StrikeAlreadyLifted,
)
from moderation.models.decision import Decision
from moderation.models.people import AccountMeasure, LiftCause, MeasureKind, MeasureLift, Strike, StrikeLift
from moderation.models.settings import ModerationSettings
from moderation.models.statement import StatementOfReasons
from moderation.people_errors import AccountClosed, CategoryNeverCounted, StaffAccountRefused
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.evidence import evidence_note
from moderation.services.given_reasons import person_reason
from moderation.services.matched_entries import blocked_by_banks
from moderation.services.statements import (
    category_of,
    owner_id_of,
    statement_for_measure,
    statement_for_strike,
    statement_note,
)
from moderation.taxonomy import Category, Verdict
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.webhooks.services.events import event_emit

ISSUED, LIFTED = "moderation.strike.issued", "moderation.strike.lifted"
IMPOSED, ENDED = "moderation.measure.imposed", "moderation.measure.lifted"
NEVER_COUNTED = frozenset({Category.TECHNICAL, Category.SCANNER_FAILED, Category.DISAGREEMENT})
COUNTED = frozenset(Category) - NEVER_COUNTED
LONGEST_MEASURE = timedelta(days=3652)


@dataclass(frozen=True)
class AccountStanding:
    """How an account stands now. until: when the gravest measure ends; None in good standing.

    statement_id: what its owner was told of that measure.
    """

    level: Literal["good", "limited", "suspended"]
    active_strikes: int
    until: datetime | None = None
    statement_id: uuid.UUID | None = None


def standing_of(user: Any) -> AccountStanding:
    """The account's level now; suspensions and limits end by themselves when their time is over."""
    return _standing_by(strikes_active(user.pk), measures_in_force(user.pk))


def standing_without(user: Any, contents: Collection[tuple[str, uuid.UUID]]) -> AccountStanding:
    """The account's level as if nobody had decided on these contents, nor on what came of the same acts.

    For whoever judges them blindly. contents: kind and key of each.
    """
    strikes, measures = strikes_active(user.pk), measures_in_force(user.pk)
    same = [strike for kind, key in contents for strike in _of_act(strikes, kind, key)]
    if same:  # what they led to was imposed right after the first
        first = min(strike.created_at for strike in same)
        strikes = strikes.exclude(pk__in=[strike.pk for strike in same])
        measures = measures.filter(created_at__lt=first)
    return _standing_by(strikes, measures)


def _standing_by(strikes: Any, measures: Any) -> AccountStanding:
    count, found = strikes.count(), measures.order_by("-until")
    for kind, level in ((MeasureKind.SUSPENSION, "suspended"), (MeasureKind.LIMIT, "limited")):
        measure = next((one for one in found if one.kind == kind), None)
        if measure is not None:
            told = StatementOfReasons.objects.filter(measure=measure).values_list("pk", flat=True).first()
            return AccountStanding(level, count, measure.until, told)  # type: ignore[arg-type]
    return AccountStanding("good", count)


def require_good_standing(user: Any) -> AccountStanding:
    """The standing of an account that may upload and make things. Raises AccountSuspended."""
    standing = standing_of(user)
    if standing.level == "suspended":
        raise AccountSuspended(details=standing_details(standing))
    return standing


def standing_details(standing: AccountStanding) -> dict[str, Any]:
    """For an error's details: until when, and where the statement is."""
    return {
        "until": standing.until.isoformat() if standing.until else None,
        "statement": str(standing.statement_id) if standing.statement_id else None,
        "statement_url": f"/api/v1/rights/statements/{standing.statement_id}"
        if standing.statement_id
        else None,
    }


def strikes_active(owner_id: uuid.UUID) -> Any:
    """Strikes that count now."""
    return Strike.objects.filter(owner_id=owner_id, expires_at__gt=timezone.now(), lift__isnull=True)


def measures_in_force(owner_id: uuid.UUID) -> Any:
    """Limits and suspensions that hold now."""
    return AccountMeasure.objects.filter(owner_id=owner_id, until__gt=timezone.now(), lift__isnull=True)


def strike_of_decision(decision: Decision) -> list[AuditNote]:
    """Give the owner a strike where the refusal counts; what is left to audit. For decision_record."""
    owner_id = owner_id_of(decision)
    is_by_person = decision.by_id is not None
    category = category_of(list(decision.reason_codes)) if is_by_person else _known_bad_category(decision)
    if owner_id is None or category is None or category in NEVER_COUNTED:
        return []
    owner = _locked(owner_id)
    had = Strike.objects.filter(owner=owner).exclude(lift__cause=LiftCause.OVERRIDDEN)
    if _of_act(had, decision.subject_type, decision.subject_id):
        return []
    earlier = strikes_active(owner_id).filter(category=category).order_by("-created_at").first()
    run = decision.scan_run
    if earlier is not None and run is not None and run.created_at < earlier.created_at:
        return []
    return _issue(
        owner,
        Strike(owner=owner, decision=decision, category=category, reason_code=_reason(decision, category)),
    )


def strike_lift_of_decision(decision: Decision, replaced_by: Decision) -> list[AuditNote]:
    """Take back the strike of a refusal that was overridden; what is left to audit."""
    strike = Strike.objects.filter(decision=decision, lift__isnull=True).select_related("owner").first()
    if strike is None:
        return []
    _locked(strike.owner_id)
    return strike_lift_rows(
        strike, StrikeLift(strike=strike, cause=LiftCause.OVERRIDDEN, decision=replaced_by)
    )


@transaction.atomic
def strike_issue(*, owner: Any, category: str, reason_code: str, note: str, by: Any) -> Strike:
    """A strike by hand, for what no decision speaks of.

    Raises PermissionRefused, StaffAccountRefused, AccountClosed, UnknownReason, CategoryNeverCounted.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    if category not in COUNTED:
        raise CategoryNeverCounted(details={"category": category, "counted": sorted(COUNTED)})
    strike = Strike(
        reason_code=person_reason(reason_code),
        owner=_acted_on(owner),
        category=Category(category),
        note=note,
        issued_by=by,
    )
    audit_append_all(_issue(strike.owner, strike))
    return strike


@transaction.atomic
def strike_lift(*, strike: Strike, note: str, by: Any) -> StrikeLift:
    """Take back a strike by hand, with the measures that needed it.

    Never by the account that has it. Raises PermissionRefused, OwnContentRefused, StrikeAlreadyLifted.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    _refuse_oneself(strike.owner_id, by)
    _locked(strike.owner_id)
    if StrikeLift.objects.filter(strike=strike).exists():
        raise StrikeAlreadyLifted
    lift = StrikeLift(strike=strike, cause=LiftCause.BY_HAND, note=note, by=by)
    audit_append_all(strike_lift_rows(strike, lift))
    return lift


@transaction.atomic
def measure_impose(
    *, owner: Any, kind: str, until: datetime, reason_code: str, note: str, by: Any
) -> AccountMeasure:
    """Limit or suspend an account by hand.

    Raises PermissionRefused, StaffAccountRefused, AccountClosed, UnknownReason, MeasureInvalid.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    if not timedelta(0) < until - timezone.now() <= LONGEST_MEASURE:
        raise MeasureInvalid(details={"until": until.isoformat()})
    measure = AccountMeasure(
        reason_code=person_reason(reason_code),
        owner=_acted_on(owner),
        kind=MeasureKind(kind),
        until=until,
        note=note,
        imposed_by=by,
    )
    audit_append_all(_impose(measure))
    return measure


@transaction.atomic
def measure_lift(*, measure: AccountMeasure, note: str, by: Any) -> MeasureLift:
    """End a limit or suspension before its time, never one's own.

    Raises PermissionRefused, OwnContentRefused, MeasureAlreadyLifted.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    _refuse_oneself(measure.owner_id, by)
    _locked(measure.owner_id)
    if MeasureLift.objects.filter(measure=measure).exists():
        raise MeasureAlreadyLifted
    lift = MeasureLift(measure=measure, cause=LiftCause.BY_HAND, note=note, by=by)
    lift.save(force_insert=True)
    audit_append_all([evidence_note(ENDED, lift, by)])
    return lift


def _of_act(strikes: Any, subject_type: str, subject_id: uuid.UUID) -> list[Strike]:
    """Those of `strikes` that decisions on content of the same act gave."""
    act = subject_registry.subject_type(subject_type).act_of(subject_id)
    decided = strikes.filter(decision__isnull=False).select_related("decision")
    return [
        strike
        for strike in decided
        if subject_registry.subject_type(strike.decision.subject_type).act_of(strike.decision.subject_id)
        == act
    ]


def _locked(owner_id: uuid.UUID) -> User:
    """The account, held so that two strikes at once both count; rows may still point at it."""
    return User.objects.select_for_update(no_key=True, of=("self",)).get(pk=owner_id)


def _acted_on(owner: Any) -> User:
    """The account, held. Raises StaffAccountRefused, AccountClosed for one that was closed or erased."""
    refuse_staff(owner)
    held = _locked(owner.pk)
    if not held.is_active:
        raise AccountClosed
    return held


def refuse_staff(owner: Any) -> None:
    """Raise StaffAccountRefused for whoever works here, so for oneself as well: nobody here acts on those."""
    if owner.is_staff or owner.is_superuser:
        raise StaffAccountRefused


def _refuse_oneself(owner_id: uuid.UUID, by: Any) -> None:
    if owner_id == by.pk:
        raise OwnContentRefused(_("Nobody may lift a strike or a measure of their own account."))


def _reason(decision: Decision, category: Category) -> str:
    codes: list[str] = list(decision.reason_codes)
    return next((code for code in codes if category_of([code]) == category), codes[0])


def _known_bad_category(decision: Decision) -> Category | None:
    """The category of the block bank's match that a block by the policy rests on.

    None when it rests on other findings alone. The bank says the category, as a rule's reason may name none
    ("listed_content").
    """
    if decision.verdict != Verdict.BLOCK:
        return None
    return next((finding.category for finding in blocked_by_banks(decision)), None)


def _issue(owner: User, strike: Strike) -> list[AuditNote]:
    """Store a strike, tell the owner, and do what the number of strikes asks for."""
    numbers = ModerationSettings.current()
    strike.expires_at = timezone.now() + timedelta(days=numbers.strike_days)
    strike.save(force_insert=True)
    active = list(strikes_active(owner.pk).order_by("expires_at"))
    actor = strike.issued_by or (strike.decision.by if strike.decision else None)
    told = statement_for_strike(strike, len(active))
    event_emit(
        type="moderation.strike.issued",
        owner_id=owner.pk,
        data={
            "strike": str(strike.pk),
            "decision": str(strike.decision_id) if strike.decision_id else None,
            "category": str(strike.category),
            "expires_at": strike.expires_at.isoformat(),
        },
    )
    notes = [evidence_note(ISSUED, strike, actor), statement_note(told)]
    common = {"owner": owner, "strike": strike, "reason_code": strike.reason_code}
    in_force = list(measures_in_force(owner.pk))
    is_suspended = any(one.kind == MeasureKind.SUSPENSION for one in in_force)
    if len(active) >= numbers.strikes_to_suspend and not is_suspended:
        until = timezone.now() + timedelta(days=numbers.suspension_days)
        threshold = numbers.strikes_to_suspend
        notes += _impose(
            AccountMeasure(kind=MeasureKind.SUSPENSION, until=until, threshold=threshold, **common)
        )
    if len(active) >= numbers.strikes_to_limit:
        until = active[len(active) - numbers.strikes_to_limit].expires_at  # then one too few is left
        if all(one.until < until for one in in_force if one.kind == MeasureKind.LIMIT):
            threshold = numbers.strikes_to_limit
            notes += _impose(
                AccountMeasure(kind=MeasureKind.LIMIT, until=until, threshold=threshold, **common)
            )
    return notes


def _impose(measure: AccountMeasure) -> list[AuditNote]:
    measure.save(force_insert=True)
    told = statement_for_measure(measure)
    if measure.kind == MeasureKind.SUSPENSION:
        event_emit(
            type="moderation.account.suspended",
            owner_id=measure.owner_id,
            data={"measure": str(measure.pk), "level": "suspended", "until": measure.until.isoformat()},
        )
    return [evidence_note(IMPOSED, measure, measure.imposed_by), statement_note(told)]


def strike_lift_rows(strike: Strike, lift: StrikeLift) -> list[AuditNote]:
    """Store that a strike no longer counts, and end the measures that would not have come without it."""
    lift.save(force_insert=True)
    actor = lift.by or (lift.decision.by if lift.decision else None)
    notes = [evidence_note(LIFTED, lift, actor)]
    for measure in measures_in_force(strike.owner_id).filter(strike__isnull=False):
        counted = Strike.objects.filter(
            owner_id=strike.owner_id,
            created_at__lte=measure.created_at,
            expires_at__gt=measure.created_at,
            lift__isnull=True,
        )
        if counted.count() < measure.threshold:
            ended = MeasureLift(measure=measure, cause=LiftCause.STRIKE_LIFTED)
            ended.save(force_insert=True)
            notes.append(evidence_note(ENDED, ended, actor))
    return notes
