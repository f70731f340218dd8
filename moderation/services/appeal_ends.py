"""appeal_end, appeal_uphold, appeals_follow_override: how an appeal ends, also by others' overrides."""

from typing import Any

from django.utils import timezone

from moderation.errors import AppealDecided
from moderation.models.appeal import Appeal
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem
from moderation.models.statement import StatementKind
from moderation.services.audit import AuditNote
from moderation.services.evidence import evidence_note
from moderation.services.opening import NO_CLAIM
from moderation.services.statements import statement_for_decision, statement_note
from moderation.states import APPEAL, REVIEW, UNDECIDED, AppealState, ReviewState
from moderation.taxonomy import Verdict
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.webhooks.services.events import event_emit

_ACTIONS = {
    AppealState.UPHELD: "moderation.appeal.upheld",
    AppealState.OVERTURNED: "moderation.appeal.overturned",
    AppealState.WITHDRAWN: "moderation.appeal.withdrawn",
}


def appeal_end(
    appeal: Appeal, state: AppealState, by: Any, outcome: Decision | None = None
) -> list[AuditNote]:
    """Move the appeal to its end, tell the owner's apps; what is left to audit. Raises AppealDecided."""
    try:
        APPEAL.move(appeal, state, decided_by=by, decided_at=timezone.now(), outcome=outcome)
    except TransitionRefused as error:
        raise AppealDecided from error
    _item_withdraw(appeal)
    if state != AppealState.WITHDRAWN:
        decided_at = appeal.decided_at.isoformat() if appeal.decided_at else None
        appeal_tell("moderation.appeal.decided", appeal, {"outcome": str(state), "decided_at": decided_at})
    return [evidence_note(_ACTIONS[state], appeal, by)]


def appeal_uphold(appeal: Appeal, by: Any, outcome: Decision | None = None) -> list[AuditNote]:
    """End the appeal as refused and tell its owner why; what is left to audit. Raises AppealDecided.

    outcome: the block that has replaced the one complained of, where one has.
    """
    notes = appeal_end(appeal, AppealState.UPHELD, by, outcome)
    told = statement_for_decision(appeal.decision, StatementKind.UPHELD) if appeal.decision else None
    return [*notes, statement_note(told, by)] if told is not None else notes


def appeals_follow_override(old: Decision, new: Decision) -> list[AuditNote]:
    """The decision was changed: an open appeal against it has succeeded, or failed where a block stays."""
    appeal = Appeal.objects.filter(decision=old, state=AppealState.OPEN).first()
    if appeal is None:
        return []
    if new.verdict == Verdict.PASS:
        return appeal_end(appeal, AppealState.OVERTURNED, new.by, outcome=new)
    return appeal_uphold(appeal, new.by, outcome=new)


def appeal_tell(event: str, appeal: Appeal, further: dict[str, Any]) -> None:
    """Emit an event about an appeal."""
    decision = appeal.decision
    subject = {"type": decision.subject_type, "id": str(decision.subject_id)} if decision else None
    event_emit(
        type=event,
        owner_id=appeal.owner_id,
        data={
            "appeal": str(appeal.pk),
            "decision": str(decision.pk) if decision else None,
            "subject": subject,
            **further,
        },
    )


def _item_withdraw(appeal: Appeal) -> None:
    """Nobody needs to decide any more; an item that somebody settles in this moment is left to them."""
    if appeal.review_item_id is None:
        return
    items = ReviewItem.objects.select_for_update(skip_locked=True, of=("self",))
    item = items.filter(pk=appeal.review_item_id, state__in=list(UNDECIDED)).first()
    if item is not None and not item.appeals.filter(state=AppealState.OPEN).exists():
        REVIEW.move(item, ReviewState.WITHDRAWN, **NO_CLAIM)
