"""findings_now: what stored scans say while hash banks and word lists stand as they do now."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils import timezone

from moderation.hashing.banks import MIN_QUALITY, BankMatch
from moderation.hashing.pdq import variants_of
from moderation.models.bank import BankEntry
from moderation.models.scan import ScanMedium, ScanRun
from moderation.models.terms import Term
from moderation.scanners.base import Finding
from moderation.scanners.image_hash import APPROVED, match_finding
from moderation.services.bank_matching import bank_snapshot
from moderation.services.judging import findings_stored
from moderation.taxonomy import Category, Severity

SETTLED_BY = "settled_by"


@dataclass(frozen=True)
class _Harm:
    """What the list of an entry or a word says of it now."""

    category: Category
    severity: Severity


Stored = Mapping[uuid.UUID, Collection[Finding]]


def findings_of(runs: Collection[ScanRun]) -> dict[uuid.UUID, list[Finding]]:
    """The findings of each run as they were stored."""
    return {run.pk: findings_stored(run.findings.all()) for run in runs}


def findings_now(runs: Collection[ScanRun], stored: Stored) -> dict[uuid.UUID, list[Finding]]:
    """The findings of each run without hits on entries and words that are no longer in force.

    stored: by `findings_of`.

    A hit that stays has its list's harm of today. Where an entry has gone, another one of its bank that the
    picture matches takes its place; a doubt that a removed approval had settled is one again. Words cannot be
    looked up again, as texts are sealed.
    """
    harms = _harms_in_force(finding for found in stored.values() for finding in found)
    return {run.pk: list(_of_run(run, stored[run.pk], harms)) for run in runs}


def _of_run(run: ScanRun, found: Collection[Finding], harms: Mapping[str, _Harm]) -> Iterable[Finding]:
    is_approved = any(
        one.label == APPROVED and one.evidence.get("algorithm") == "sha256" and _listed_as(one) in harms
        for one in found
    )
    for one in found:
        if listed_as := _listed_as(one):
            now = _hit_now(one, harms[listed_as]) if listed_as in harms else _next_match(run, one)
            if now is not None:
                yield now
        elif SETTLED_BY in one.evidence and not is_approved:
            yield replace(one, severity=Severity(one.evidence["severity"]))
        else:
            yield one


def _listed_as(finding: Finding) -> str:
    """Key of the bank entry or word that was hit; empty for what scanners saw by themselves."""
    return str(finding.evidence.get("entry_id") or finding.evidence.get("term_id") or "")


def _harms_in_force(findings: Iterable[Finding]) -> dict[str, _Harm]:
    """The harm of each entry and word that the findings name and that still counts, by key."""
    entries: set[str] = set()
    words: set[str] = set()
    for finding in findings:
        for keys, name in ((entries, "entry_id"), (words, "term_id")):
            if finding.evidence.get(name):
                keys.add(str(finding.evidence[name]))
    moment = timezone.now()
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
    list_unexpired = Q(term_list__expires_at__isnull=True) | Q(term_list__expires_at__gt=moment)
    standing = BankEntry.objects.filter(pk__in=entries, removed_at__isnull=True, bank__is_enabled=True)
    counting = Term.objects.filter(
        unexpired, list_unexpired, pk__in=words, is_enabled=True, term_list__is_enabled=True
    )
    rows = [
        *standing.order_by().values_list("pk", "bank__category", "bank__severity"),
        *counting.order_by().values_list("pk", "term_list__category", "term_list__severity"),
    ]
    return {str(key): _Harm(Category(category), Severity(severity)) for key, category, severity in rows}


def _hit_now(hit: Finding, harm: _Harm) -> Finding:
    if hit.label == APPROVED:
        return hit
    return replace(hit, category=harm.category, severity=harm.severity)


def _next_match(run: ScanRun, gone: Finding) -> Finding | None:
    """What the picture matches now on the bank of an entry that is gone: an exact match hides all others."""
    bank_id = gone.evidence.get("bank_id")
    if not bank_id:
        return None
    banks = bank_snapshot()
    matches: list[BankMatch] = []
    if run.medium == ScanMedium.IMAGE:
        matches += banks.match_sha256(run.content_sha256)
    if run.pdq and run.pdq_quality >= MIN_QUALITY:
        matches += banks.match_pdq(variants_of(run.pdq))
    return next((match_finding(match) for match in matches if match.bank.id == str(bank_id)), None)
