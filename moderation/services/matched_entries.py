"""blocked_by_banks, entries_behind: which entries of hash banks a decision about content rests on."""

import logging
import uuid
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from moderation.errors import PolicyUnusable
from moderation.hashing.banks import MIN_QUALITY, words_of
from moderation.hashing.banks import within as within_reach
from moderation.hashing.pdq import variants_of
from moderation.models.bank import BankEntry, BankKind, HashAlgorithm
from moderation.models.decision import Decision
from moderation.models.scan import ScanMedium, ScanRun
from moderation.policy.evaluate import evaluate
from moderation.scanners.base import Finding
from moderation.scanners.image_hash import BLOCKS_TO, KNOWN
from moderation.services.judging import findings_stored
from moderation.services.policies import policy_rules
from moderation.taxonomy import Surface, Verdict

logger = logging.getLogger(__name__)


def blocked_by_banks(decision: Decision) -> list[Finding]:
    """Matches with block banks because of which the policy blocked this content; none when it did not."""
    return [finding for finding, verdict in _decisive(decision) if verdict == Verdict.BLOCK]


def entries_behind(decision: Decision) -> QuerySet[BankEntry]:
    """Active entries that speak of this content and led to the decision: with them it is blocked again.

    Those that the scan matched, where they made the policy block or are exactly this picture, and what else
    on the same banks is as near to it: a bank's exact match hides its others. With each of them go the other
    hashes of its picture, or the file that was listed stays blocked when a copy of it is cleared. A match so
    far off that it only asks for a person is an entry for another picture, and none of them.
    """
    run = decision.scan_run
    found = [
        finding.evidence
        for finding, verdict in _decisive(decision)
        if verdict == Verdict.BLOCK or finding.evidence.get("distance") == 0
    ]
    active = BankEntry.objects.filter(bank__kind=BankKind.BLOCK, removed_at__isnull=True)
    if run is None or not found:
        return active.none()
    named = {uuid.UUID(str(one["entry_id"])) for one in found if one.get("entry_id")}
    banks = {uuid.UUID(str(one["bank_id"])) for one in found if one.get("bank_id")}
    matched = BankEntry.objects.filter(pk__in=named | _same_content(run, active.filter(bank__in=banks)))
    pictures = {first or key for key, first in matched.values_list("pk", "same_as")}
    return active.filter(Q(pk__in=pictures) | Q(same_as__in=pictures))


def _decisive(decision: Decision) -> Iterable[tuple[Finding, Verdict]]:
    """The matches with block banks among what made the policy's verdict on the decision's scan."""
    run = decision.scan_run
    if run is None or run.policy is None:
        return []
    found = findings_stored(run.findings.all())
    if all(finding.label != KNOWN for finding in found):
        return []
    try:
        rules = policy_rules(run.policy).rules
    except PolicyUnusable:
        logger.exception("the policy cannot be read", extra={"decision": str(decision.pk)})
        return []
    decisive = evaluate(found, rules, Surface(run.surface), run.job_kind).decisive
    matches = [(found[match.finding_index], match.verdict) for match in decisive]
    return [(finding, verdict) for finding, verdict in matches if finding.label == KNOWN]


def _same_content(run: ScanRun, entries: QuerySet[BankEntry]) -> set[uuid.UUID]:
    """Entries whose hash is the picture's own, or near enough to block it."""
    exact = entries.filter(algorithm=HashAlgorithm.SHA256, value=run.content_sha256)
    found = set(exact.values_list("pk", flat=True)) if run.medium == ScanMedium.IMAGE else set()
    if not run.pdq or run.pdq_quality < MIN_QUALITY:
        return found
    rows = list(entries.filter(algorithm=HashAlgorithm.PDQ).values_list("pk", "value"))
    columns = words_of([value for _key, value in rows]).T
    places, _bits = within_reach(columns, variants_of(run.pdq), BLOCKS_TO)
    return found | {rows[int(place)][0] for place in places}
