"""Everything that the desk shows of one item, as a template's context."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from moderation.models import Appeal, ReviewItem
from moderation.models.review import ReviewPurpose
from moderation.policy.rules import PERSON_REASONS, reason_text
from moderation.review.evidence import EvidenceRow, evidence_boxes, evidence_rows, text_pieces
from moderation.review.history import audit_of, history_of
from moderation.review.kept_frame_file import kept_frame_of, kept_frame_url
from moderation.review.likeness import alike_of, banks_for
from moderation.review.uploader import uploader_of
from moderation.selectors import answers_compared
from moderation.services.appeals import appeal_effect, appeal_text
from moderation.states import ReviewState
from moderation.subject_registry import SubjectPreview, subject_type
from moderation.taxonomy import Severity
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.errors import UnknownKey

# Second reviews and gold items look like ordinary ones.
_PURPOSES = {
    ReviewPurpose.AUDIT: _("sample of passed content"),
    ReviewPurpose.APPEAL: _("appeal"),
    ReviewPurpose.ADJUDICATION: _("adjudication"),
}


def desk_url(item_id: uuid.UUID) -> str:
    return reverse("admin:review_desk", args=[item_id])


def refusal_reasons(first: str = "") -> list[tuple[str, str]]:
    """Reasons that a person may give, `first` at the head, each with its sentence."""
    codes = sorted(PERSON_REASONS, key=lambda code: code != first)
    return [(code, reason_text(code, get_language() or "en")) for code in codes]


def item_context(request: HttpRequest, item: ReviewItem, *, as_holder: bool = False) -> dict[str, Any]:
    """as_holder: show it as it will look once it is claimed; for an item that is loaded ahead."""
    user = request.user
    preview = preview_of(item)
    rows = evidence_rows(item.scan_run, preview.text if preview is not None else "")
    history, known = history_of(item, user)
    suggested = next((code for code in item.reason_codes if code in PERSON_REASONS), "other")
    is_own = item.owner_id is not None and item.owner_id == user.pk
    return {
        "item": item,
        "short_id": str(item.pk)[:8],
        "is_grave": item.severity >= Severity.SERIOUS,
        "preview": preview,
        "pieces": text_pieces(preview.text, rows) if preview is not None else [],
        "rows": rows,
        "boxes": evidence_boxes(rows),
        "frame": _kept_frame(item, rows),
        "why": [reason_text(code, get_language() or "en") for code in item.reason_codes],
        "purpose_text": _PURPOSES.get(ReviewPurpose(item.purpose), ""),
        "escalation": _escalation(item),
        "appeals": _appeals(item),
        "verdicts": _two_answers(item),
        "uploader": uploader_of(item, user),
        "duplicates": alike_of(item, user),
        "banks": banks_for(item, user),
        "history": history,
        "audit": audit_of(item, known, user),
        "is_overdue": item.is_waiting and item.is_overdue,
        "is_holder": as_holder or (item.state == ReviewState.CLAIMED and item.claimed_by_id == user.pk),
        "holder_name": _holder_name(item, user),
        "is_own_content": is_own and item.is_waiting,
        "is_claimable": item.state in (ReviewState.OPEN, ReviewState.CLAIMED),
        "may_decide": user.has_perm(roles.REVIEW_DECIDE) and not is_own,
        "may_escalate": not item.for_senior,
        "may_undo": item.state == ReviewState.ANSWERED and item.answered_by_id == user.pk,
        "may_override": user.has_perm(roles.REVIEW_OVERRIDE) and item.is_decided and not is_own,
        "refusal_reasons": refusal_reasons(suggested),
        "suggested_reason": suggested,
        "queue_slug": request.POST.get("queue") or request.GET.get("queue") or "",
    }


def preview_of(item: ReviewItem) -> SubjectPreview | None:
    """None when the content is gone, or its kind is no longer known."""
    try:
        return subject_type(item.subject_type).preview(item.subject_id)
    except UnknownKey:
        return None


def _kept_frame(item: ReviewItem, rows: Sequence[EvidenceRow]) -> dict[str, Any] | None:
    """The worst moment of a video as it was scanned, with the boxes of what was seen in it."""
    frame = kept_frame_of(item.scan_run)
    if frame is None:
        return None
    seen_then = [row for row in rows if row.finding.seconds == frame.seconds]
    return {"frame": frame, "url": kept_frame_url(frame), "boxes": evidence_boxes(seen_then)}


def _holder_name(item: ReviewItem, user: Any) -> str:
    if item.claimed_by is None or item.claimed_by_id == user.pk:
        return ""
    return str(item.claimed_by.get_username())


def _escalation(item: ReviewItem) -> dict[str, Any] | None:
    if item.escalated_at is None:
        return None
    return {"note": item.escalation_note, "by": item.escalated_by, "at": item.escalated_at}


def _appeals(item: ReviewItem) -> list[dict[str, Any]]:
    """What the owner says, and the decision they complain of."""
    if item.purpose != ReviewPurpose.APPEAL:
        return []
    found = item.appeals.select_related("decision__by").order_by("created_at")
    return [
        {
            "at": appeal.created_at,
            "text": appeal_text(appeal),
            "verdict": appeal.decision.get_verdict_display() if appeal.decision else "",
            "who": (appeal.decision and appeal.decision.by) or gettext("policy"),
            "reasons": _appealed_reasons(appeal),
        }
        for appeal in found
    ]


def _appealed_reasons(appeal: Appeal) -> str:
    """Why the content was refused, and what approving it does beyond releasing it."""
    reasons = reasons_text(appeal.decision.reason_codes) if appeal.decision else ""
    return " ".join(filter(None, [reasons, appeal_effect(appeal)]))


def _two_answers(item: ReviewItem) -> list[str]:
    """Of an adjudication: what the two reviewers said, without their names."""
    return [_answer_text(one) for one in answers_compared(item)]


def _answer_text(item: ReviewItem) -> str:
    if item.answer_approve:
        return gettext("Approved. %(note)s") % {"note": item.answer_note}
    reason = reason_text(item.answer_reason, get_language() or "en")
    return gettext("Refused: %(reason)s %(note)s") % {"reason": reason, "note": item.answer_note}
