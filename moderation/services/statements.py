"""statement_of, statements_issue: what the owner of an account is told, once for each thing that happens."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from moderation.dsa import CATEGORY_TERMS, EEA, OTHER_TERMS, content_types, dsa_faults
from moderation.models.decision import Decision
from moderation.models.people import AccountMeasure, MeasureKind, Strike
from moderation.models.settings import ModerationSettings
from moderation.models.statement import StatementKind, StatementOfReasons
from moderation.services.audit import AuditNote
from moderation.services.evidence import evidence_note
from moderation.statement_wording import WORDING, StatementFacts, decision_facts, reasons, statement_texts
from moderation.taxonomy import Category, Verdict

ISSUED = "moderation.statement.issued"
_CATEGORIES = {category.value: category for category in Category} | {
    "scanners_disagree": Category.DISAGREEMENT
}


@dataclass(frozen=True)
class _Content:
    """The piece of content that a decision speaks of, as far as a statement needs it."""

    surface: str
    medium: str
    given_on: date
    is_flagged: bool


def category_of(reason_codes: list[str]) -> Category | None:
    """The category that a decision rests on; None where its reasons name none."""
    return next((_CATEGORIES[code] for code in reason_codes if code in _CATEGORIES), None)


def statement_of(decision: Decision) -> StatementOfReasons | None:
    """What the owner was told of a decision; None when it restricted nothing or nobody owns the content."""
    return decision.statements.filter(kind=StatementKind.CONTENT).first()


def owner_id_of(decision: Decision) -> uuid.UUID | None:
    """Whose content was decided on."""
    return decision.scan_run.owner_id if decision.scan_run is not None else None


def statement_for_decision(decision: Decision, kind: StatementKind) -> StatementOfReasons | None:
    """Write the statement of a refusal, of its being taken back, or of an appeal that was refused.

    decision: the refusal itself in all three cases. None when nobody owns the content.
    """
    owner_id = owner_id_of(decision)
    if owner_id is None:
        return None
    content, is_refusal = _content(decision), kind == StatementKind.CONTENT
    row = StatementOfReasons(owner_id=owner_id, kind=kind, decision=decision)
    facts = StatementFacts(
        kind=kind,
        reference=str(row.pk),
        decided_on=timezone.localdate(),
        reason_codes=tuple(decision.reason_codes),
        surface=content.surface,
        content_date=content.given_on,
        policy_version=decision.policy.version if decision.policy else None,
        is_detected_by_machine=content.is_flagged,
        is_decided_by_machine=decision.by_id is None,
        appeal_until=_appeal_day() if is_refusal else None,
    )
    return _store(row, facts, _content_fields(facts, content) if is_refusal else {})


def statement_for_strike(strike: Strike, active_strikes: int) -> StatementOfReasons:
    """Tell of a strike. It restricts nothing by itself, so there is nothing for the DSA's database."""
    decision = strike.decision
    row = StatementOfReasons(owner_id=strike.owner_id, kind=StatementKind.STRIKE, strike=strike)
    facts = StatementFacts(
        kind=StatementKind.STRIKE,
        reference=str(row.pk),
        decided_on=timezone.localdate(),
        reason_codes=(strike.reason_code,),
        policy_version=decision.policy.version if decision and decision.policy else None,
        is_decided_by_machine=decision is not None and decision.by_id is None,
        appeal_until=_appeal_day(),
        active_strikes=active_strikes,
        strike_until=timezone.localdate(strike.expires_at),
        is_by_hand=decision is None,
    )
    return _store(row, facts, {})


def statement_for_measure(measure: AccountMeasure) -> StatementOfReasons:
    """Tell of a limit or a suspension."""
    strike = measure.strike
    decision = strike.decision if strike else None
    kind = StatementKind.SUSPENSION if measure.kind == MeasureKind.SUSPENSION else StatementKind.LIMIT
    row = StatementOfReasons(owner_id=measure.owner_id, kind=kind, measure=measure)
    facts = StatementFacts(
        kind=kind,
        reference=str(row.pk),
        decided_on=timezone.localdate(),
        reason_codes=(measure.reason_code,),
        policy_version=decision.policy.version if decision and decision.policy else None,
        appeal_until=_appeal_day(),
        until=timezone.localdate(measure.until),
        is_by_hand=strike is None,
    )
    return _store(row, facts, _measure_fields(facts, measure, decision))


def statement_note(statement: StatementOfReasons, actor: Any = None) -> AuditNote:
    """What the audit chain keeps of a statement."""
    return evidence_note(ISSUED, statement, actor)


def statements_for_export(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """DSA fields of all restrictions of a stretch of time, oldest first."""
    rows = StatementOfReasons.objects.filter(created_at__gte=since, created_at__lt=until).order_by(
        "created_at"
    )
    for dsa in rows.values_list("dsa", flat=True).iterator(chunk_size=2000):
        if dsa:
            yield dsa


def _appeal_moment() -> datetime:
    return timezone.now() + timedelta(days=ModerationSettings.current().appeal_days)


def _appeal_day() -> date:
    return timezone.localdate(_appeal_moment())


def _content(decision: Decision) -> _Content:
    run = decision.scan_run
    if run is None:
        raise ValueError("A statement needs the scan that the decision rests on.")
    return _Content(run.surface, run.medium, timezone.localdate(run.created_at), run.verdict != Verdict.PASS)


def _store(row: StatementOfReasons, facts: StatementFacts, dsa: dict[str, Any]) -> StatementOfReasons:
    if faults := dsa_faults(dsa) if dsa else []:
        raise ValueError(f"The statement would be refused: {' '.join(faults)}")
    texts = statement_texts(facts)
    row.wording, row.text_zh, row.text_en, row.dsa = WORDING, texts.chinese, texts.english, dsa
    row.appeal_until = _appeal_moment() if facts.appeal_until else None
    row.save(force_insert=True)
    return row


def _common_fields(facts: StatementFacts, reason_codes: list[str]) -> dict[str, Any]:
    category = category_of(reason_codes)
    terms = CATEGORY_TERMS.get(category, OTHER_TERMS) if category else OTHER_TERMS
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"Content policy, {', '.join(facts.reason_codes) or 'other'}",
        "incompatible_content_explanation": reasons(facts).english,
        "incompatible_content_illegal": "No",
        "category": terms.category,
        "category_specification": list(terms.keywords),
        "territorial_scope": EEA,
        "application_date": facts.decided_on.isoformat(),
        "decision_facts": decision_facts(facts),
        "source_type": "SOURCE_VOLUNTARY",
        "puid": facts.reference,
    }


def _content_fields(facts: StatementFacts, content: _Content) -> dict[str, Any]:
    is_alone = facts.is_decided_by_machine
    return _common_fields(facts, list(facts.reason_codes)) | {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "content_type": content_types(content.surface, content.medium),
        "content_date": content.given_on.isoformat(),
        "automated_detection": "Yes" if content.is_flagged else "No",
        "automated_decision": f"AUTOMATED_DECISION_{'FULLY' if is_alone else 'NOT_AUTOMATED'}",
    }


def _measure_fields(
    facts: StatementFacts, measure: AccountMeasure, decision: Decision | None
) -> dict[str, Any]:
    """Of the account as a whole; the content of the last strike stands for the content."""
    end = timezone.localdate(measure.until).isoformat()
    content = _content(decision) if decision is not None and decision.scan_run is not None else None
    fields = _common_fields(facts, [measure.reason_code]) | {
        "account_type": "ACCOUNT_TYPE_PRIVATE",
        "content_date": (content.given_on if content else facts.decided_on).isoformat(),
        "automated_detection": "Yes" if content and content.is_flagged else "No",
        # a count that people's decisions went into, carried out by itself
        "automated_decision": f"AUTOMATED_DECISION_{'PARTIALLY' if measure.strike_id else 'NOT_AUTOMATED'}",
    }
    if content is not None:
        fields["content_type"] = content_types(content.surface, content.medium)
    else:
        fields |= {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "account"}
    if measure.kind == MeasureKind.SUSPENSION:
        return fields | {
            "decision_account": "DECISION_ACCOUNT_SUSPENDED",
            "end_date_account_restriction": end,
        }
    return fields | {
        "decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION",
        "end_date_service_restriction": end,
    }
