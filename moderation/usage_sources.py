"""Decisions and appeals as events of usage: what is recorded of each, and the rows to compare them with."""

from collections.abc import Iterator
from datetime import datetime

from moderation import subject_registry
from moderation.models.appeal import Appeal
from moderation.models.decision import Decision
from moderation.models.scan import ScanRun
from moderation.taxonomy import Verdict
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.services.recording import UsageFacts, usage_record
from tongyi_portal.usage.sources import EventSource, Fact


def decision_count(decision: Decision, *, scanner: str = "") -> None:
    """Record a decision that was just made. scanner: whose finding decided, where the policy did."""
    usage_record(
        kind=UsageKind.MODERATED, at=decision.created_at, **_decided(decision) | {"scanner": scanner}
    )


def appeal_count(appeal: Appeal) -> None:
    """Record an appeal that was just made."""
    usage_record(kind=UsageKind.APPEALED, at=appeal.created_at, **_appealed(appeal))


def _decided(decision: Decision) -> UsageFacts:
    """A video's files are decided on one by one, so one result may give several."""
    facts = _content(decision)
    facts["code"] = str(decision.verdict)
    if decision.verdict != Verdict.PASS and decision.reason_codes:
        facts["reason"] = str(decision.reason_codes[0])
    return facts


def _appealed(appeal: Appeal) -> UsageFacts:
    facts: UsageFacts = _content(appeal.decision) if appeal.decision is not None else {}
    return facts | {"account_id": appeal.owner_id}


def _content(decision: Decision) -> UsageFacts:
    run: ScanRun | None = decision.scan_run
    facts = subject_registry.usage_facts_of(decision.subject_type, decision.subject_id)
    return facts if run is None else facts | {"surface": run.surface, "job_kind": run.job_kind}


def _decisions(since: datetime, until: datetime) -> Iterator[Fact]:
    rows = Decision.objects.filter(created_at__gte=since, created_at__lt=until).select_related("scan_run")
    for decision in rows.order_by("created_at").iterator(chunk_size=500):
        yield decision.created_at, _decided(decision)


def _appeals(since: datetime, until: datetime) -> Iterator[Fact]:
    rows = Appeal.objects.filter(created_at__gte=since, created_at__lt=until)
    for appeal in rows.select_related("decision__scan_run").order_by("created_at"):
        yield appeal.created_at, _appealed(appeal)


SOURCES = (
    EventSource(UsageKind.MODERATED, "moderation_decision", _decisions, untold=frozenset({"scanner"})),
    EventSource(UsageKind.APPEALED, "moderation_appeal", _appeals),
)
