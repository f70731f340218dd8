"""What happened to a subject before: scans, decisions, the audit trail; as far as the reader may know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext

from moderation.blindness import is_nameless, known_before
from moderation.models import AuditEntry, Decision, ReviewItem
from moderation.selectors import SubjectHistory, history_known_to
from moderation.texts import action_text, reasons_text


@dataclass(frozen=True)
class HistoryLine:
    """One thing that happened."""

    at: datetime
    text: str
    note: str


def history_of(item: ReviewItem, viewer: Any, *, limit: int = 12) -> tuple[list[HistoryLine], SubjectHistory]:
    """Newest first. A blind reviewer is not told what others thought, an adjudicator not who they are."""
    known = history_known_to(viewer, item)
    lines = [
        HistoryLine(
            run.created_at,
            gettext("scanned: %(verdict)s") % {"verdict": run.get_verdict_display()},
            str(run.policy or ""),
        )
        for run in known.scan_runs
    ]
    is_named = not is_nameless(item)
    lines += [_decided(decision, is_named=is_named) for decision in known.decisions]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit], known


def _decided(decision: Decision, *, is_named: bool) -> HistoryLine:
    who = gettext("policy")
    if decision.by is not None:
        who = decision.by.get_username() if is_named else gettext("a moderator")
    text = gettext("%(who)s: %(verdict)s") % {"who": who, "verdict": decision.get_verdict_display()}
    reasons = reasons_text(decision.reason_codes) if decision.reason_codes else ""
    return HistoryLine(decision.created_at, text, " ".join(part for part in (reasons, decision.note) if part))


def audit_of(item: ReviewItem, known: SubjectHistory, viewer: Any) -> list[HistoryLine]:
    """The audit entries of the subject's items and decisions, newest first, for whoever may read them.

    Without names for an adjudicator, who has to judge the content and not the two people.
    """
    if not viewer.has_perm("moderation.view_auditentry"):
        return []
    decisions = [str(decision.pk) for decision in known.decisions]
    items = [str(one.pk) for one in known.review_items]
    about = Q(subject_type="moderation.decision", subject_id__in=decisions)
    about |= Q(subject_type="moderation.reviewitem", subject_id__in=items)
    before = known_before(item)
    if before is not None:
        about &= Q(created_at__lt=before)
    entries = list(AuditEntry.objects.filter(about).order_by("-sequence")[:20])
    actors = {entry.actor_id for entry in entries if entry.actor_id and not is_nameless(item)}
    names = dict(get_user_model().objects.filter(pk__in=actors).values_list("pk", "username"))
    return [
        HistoryLine(
            entry.created_at,
            action_text(entry.action),
            f"#{entry.sequence} {names.get(entry.actor_id, '')} {entry.digest[:12]}",
        )
        for entry in entries
    ]
