"""scan_digests: what scanners saw, as one digest each, so that the audit chain vouches for scans as well.

A frame that was kept counts by its own digest; a scan without one has the digest that it always had. How the
scanners worked - which ran, in which version, how long, with which fault - has a digest of its own, and so
has what the findings matched: it decides who may judge an appeal, and which hashes leave their bank. Left out
is what an erasure empties: the owner of a run and the rest of the evidence, which may be words of people.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moderation.canonical import digest_of
from moderation.models.kept_frame import KeptFrame
from moderation.models.scan import Finding, ScanRun

_RUN = (
    *("id", "subject_type", "subject_id", "surface", "job_kind", "medium", "purpose", "content_sha256"),
    *("pdq", "pdq_quality", "policy_id", "verdict", "reason_codes", "frames_scanned", "worst_seconds"),
)
_FINDING = (
    *("scanner", "scanner_version", "category", "severity", "confidence", "label", "box", "seconds"),
    "may_block",
)
_WORK = ("scanners", "milliseconds", "created_at")
_FRAME = ("sha256", "seconds", "width", "height", "byte_size")


_MATCHED = ("entry_id", "bank_id", "term_id", "list_id", "distance", "settled_by")


class ScanDigest(NamedTuple):
    """SHA-256 of what was seen, of how the scanners worked, and of what the findings matched."""

    seen: str
    work: str
    matched: str


def matched_in(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a finding's evidence that names entries of our lists, and how near they are; no words."""
    return {key: evidence[key] for key in _MATCHED if key in evidence}


def scan_digests(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ScanDigest]:
    """The digests of each stored run with its findings; three queries for any number of them."""
    if not run_ids:
        return {}
    wanted = set(run_ids)
    findings: dict[uuid.UUID, list[Any]] = defaultdict(list)
    times: dict[uuid.UUID, list[Any]] = defaultdict(list)
    matched: dict[uuid.UUID, list[Any]] = defaultdict(list)
    rows = Finding.objects.filter(scan_run_id__in=wanted).order_by("pk")
    columns = ("scan_run_id", "milliseconds", "evidence", *_FINDING)
    for run_id, milliseconds, evidence, *values in rows.values_list(*columns):
        findings[run_id].append([_plain(value) for value in values])
        times[run_id].append(_plain(milliseconds))
        matched[run_id].append(_plain(matched_in(evidence)))
    frames: dict[uuid.UUID, list[Any]] = {}
    kept = KeptFrame.objects.filter(scan_run_id__in=wanted)
    for run_id, *values in kept.values_list("scan_run_id", *_FRAME):
        frames[run_id] = [[_plain(value) for value in values]]
    digests = {}
    for run_id, *values in ScanRun.objects.filter(pk__in=wanted).values_list(*_RUN, *_WORK):
        seen, work = values[: -len(_WORK)], values[-len(_WORK) :]
        digests[run_id] = ScanDigest(
            digest_of([[str(run_id), *map(_plain, seen)], findings[run_id], *frames.get(run_id, [])]),
            digest_of([[str(run_id), *map(_plain, work)], times[run_id]]),
            digest_of([str(run_id), matched[run_id]]),
        )
    return digests


def _plain(value: Any) -> Any:
    """Without floats, which have no one spelling in JSON; their repr is the same from every database."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if value is None or isinstance(value, bool | int | str):
        return value
    return repr(value) if isinstance(value, float) else str(value)
