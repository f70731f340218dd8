"""near_duplicates: earlier pictures that look like one, whatever size or position they came in.

Every process keeps the PDQ hashes of all scan runs as one array, and reads only the runs that are newer than
what it has. At first it reads two short columns of all: 100,000 runs in a tenth of a second. Kept are 32
bytes and the id of each; 100,000 are compared in a few milliseconds.
"""

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from django.db.models import CharField, Max
from django.db.models.functions import Cast

from moderation.hashing.banks import MIN_QUALITY, Words, within, words_of
from moderation.hashing.pdq import variants_of
from moderation.models.scan import ScanPurpose, ScanRun
from moderation.models.settings import ModerationSettings
from moderation.taxonomy import Verdict

_LATE = timedelta(minutes=5)  # a run may be committed so long after the moment it names
_GROWTH = 4096  # rows the array grows by
_RUNS_EACH = 16  # so many runs for each subject that is shown are looked at, as one may have several


@dataclass(frozen=True)
class NearDuplicate:
    """Another subject that looks alike. distance: bits of 256; 0 is the same to the eye."""

    scan_run: ScanRun
    distance: int
    verdict: Verdict


@dataclass
class _Known:
    """Hashes in the order in which they were read; the first `count` of `columns` are filled."""

    columns: Words = field(default_factory=lambda: np.zeros((4, _GROWTH), np.uint64))
    ids: list[str] = field(default_factory=list)  # as text: making UUIDs of all takes longer than reading
    late: dict[str, datetime] = field(default_factory=dict)  # read, and young enough to come again
    newest: datetime | None = None

    @property
    def count(self) -> int:
        return len(self.ids)


_known = _Known()
_lock = threading.Lock()


def near_duplicates(scan_run: ScanRun, limit: int = 12) -> list[NearDuplicate]:
    """Other subjects whose picture is within the set distance, nearest first; the newest run of each.

    Nothing for texts, and for pictures with too little structure to tell them apart.
    """
    if not scan_run.pdq or scan_run.pdq_quality < MIN_QUALITY:
        return []
    reach = ModerationSettings.current().near_duplicate_distance
    variants = variants_of(scan_run.pdq)
    with _lock:
        _read_newer()
        close, bits = within(_known.columns[:, : _known.count], variants, reach)
        order = np.lexsort((-close, bits))[: limit * _RUNS_EACH]
        distances = {uuid.UUID(_known.ids[close[place]]): int(bits[place]) for place in order}
    chosen = _nearest(distances, own=(scan_run.subject_type, scan_run.subject_id))[:limit]
    runs = ScanRun.objects.select_related("owner").in_bulk(chosen)
    return [
        NearDuplicate(runs[key], distances[key], Verdict(runs[key].verdict)) for key in chosen if key in runs
    ]


def near_duplicates_forget() -> None:
    """Read everything again at the next call; for tests that empty the database."""
    global _known
    with _lock:
        _known = _Known()


def _nearest(distances: dict[uuid.UUID, int], *, own: tuple[str, uuid.UUID]) -> list[uuid.UUID]:
    """One run of each other subject, nearest first; of one subject's runs the nearest, then the newest."""
    columns = ScanRun.objects.filter(pk__in=distances).values_list(
        "id", "created_at", "subject_type", "subject_id"
    )
    seen, found = {own}, []
    for key, _moment, *subject in sorted(columns, key=lambda row: (distances[row[0]], -row[1].timestamp())):
        if tuple(subject) not in seen:
            seen.add((subject[0], subject[1]))
            found.append(key)
    return found


def _read_newer() -> None:
    """Add the runs that were committed since the last call; at the first call all."""
    rows = ScanRun.objects.filter(pdq_quality__gte=MIN_QUALITY, purpose=ScanPurpose.ADMISSION).exclude(pdq="")
    rows = rows.annotate(key=Cast("id", CharField())).order_by()
    if _known.newest is None:
        newest = rows.aggregate(newest=Max("created_at"))["newest"]
        if newest is None:
            return
        old = rows.filter(created_at__lt=newest - _LATE).values_list("key", "pdq")
        _add(list(old.iterator(chunk_size=10_000)))
        _known.newest = newest
    young = rows.filter(created_at__gte=_known.newest - _LATE).values_list("key", "pdq", "created_at")
    new = [row for row in young if row[0] not in _known.late]
    if not new:
        return
    _add([(key, value) for key, value, _moment in new])
    newest = max(_known.newest, *(moment for _key, _value, moment in new))
    moments = {**_known.late, **{key: moment for key, _value, moment in new}}
    _known.late = {key: moment for key, moment in moments.items() if moment >= newest - _LATE}
    _known.newest = newest


def _add(new: list[tuple[str, str]]) -> None:
    start = _known.count
    _make_room(start + len(new))
    _known.columns[:, start : start + len(new)] = words_of([value for _key, value in new]).T
    _known.ids += [key for key, _value in new]


def _make_room(rows: int) -> None:
    capacity = _known.columns.shape[1]
    if rows > capacity:
        larger = np.zeros((4, max(rows + _GROWTH, capacity * 2)), np.uint64)
        larger[:, : _known.count] = _known.columns[:, : _known.count]
        _known.columns = larger
