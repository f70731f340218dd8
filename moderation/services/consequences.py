"""What follows from a decision for the account that owns the content: statement, strike, and their end.

Called by decision_record inside its transaction, after the content was told and before anything is audited.
"""

from moderation.models.decision import Decision
from moderation.models.statement import StatementKind
from moderation.services.appeal_ends import appeals_follow_override
from moderation.services.audit import AuditNote
from moderation.services.banks import banks_follow_decision
from moderation.services.statements import statement_for_decision, statement_note
from moderation.services.strikes import strike_lift_of_decision, strike_of_decision
from moderation.taxonomy import Verdict


def consequences_of(decision: Decision) -> list[AuditNote]:
    """Tell the owner and count strikes; returns what is left to append to the audit chain, in order."""
    notes: list[AuditNote] = []
    old = decision.overrides
    if old is not None:
        notes += strike_lift_of_decision(old, replaced_by=decision)
        notes += appeals_follow_override(old, decision)
        notes += banks_follow_decision(decision)
    if decision.verdict == Verdict.BLOCK:
        told = statement_for_decision(decision, StatementKind.CONTENT)
        if told is not None:
            notes.append(statement_note(told, decision.by))
        notes += strike_of_decision(decision)
    elif decision.verdict == Verdict.PASS and old is not None and old.verdict == Verdict.BLOCK:
        told = statement_for_decision(old, StatementKind.RESTORED)
        if told is not None:
            notes.append(statement_note(told, decision.by))
    return notes
