"""near_duplicates: earlier pictures that look like one, whatever size or position they came in.

Every process keeps the PDQ hashes of all scan runs as one array, and reads only the runs that are newer than
what it has. 32 bytes a run: 100,000 runs take 3 MB and are compared in a few milliseconds.
"""

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from moderation.hashing.banks import MIN_QUALITY, Words, within, words_of
from moderation.hashing.pdq import variants_of
from moderation.models.scan import ScanPurpose, ScanRun
from moderation.models.settings import ModerationSettings
from moderation.taxonomy import Verdict

_LATE = timedelta(minutes=5)  # a run may be committed so long after the moment it names
_GROWTH = 4096  # rows the array grows by


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
    ids: list[uuid.UUID] = field(default_factory=list)
    subjects: list[tuple[str, uuid.UUID]] = field(default_factory=list)
    late: dict[uuid.UUID, datetime] = field(default_factory=dict)  # read, and young enough to come again
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
        found = _nearest(close, bits, own=(scan_run.subject_type, scan_run.subject_id), limit=limit)
    runs = ScanRun.objects.select_related("owner").in_bulk([key for key, _bits in found])
    return [
        NearDuplicate(runs[key], distance, Verdict(runs[key].verdict))
        for key, distance in found
        if key in runs
    ]


def near_duplicates_forget() -> None:
    """Read everything again at the next call; for tests that empty the database."""
    global _known
    with _lock:
        _known = _Known()


def _nearest(
    close: npt.NDArray[np.intp], bits: npt.NDArray[np.uint16], *, own: tuple[str, uuid.UUID], limit: int
) -> list[tuple[uuid.UUID, int]]:
    """Run and distance of the nearest subjects; of one subject's runs the nearest, then the newest."""
    seen, found = {own}, []
    for place in np.lexsort((-close, bits)):
        index = int(close[place])
        subject = _known.subjects[index]
        if subject not in seen:
            seen.add(subject)
            found.append((_known.ids[index], int(bits[place])))
            if len(found) == limit:
                break
    return found


def _read_newer() -> None:
    """Add the runs that were committed since the last call."""
    rows = ScanRun.objects.filter(pdq_quality__gte=MIN_QUALITY, purpose=ScanPurpose.ADMISSION).exclude(pdq="")
    if _known.newest is not None:
        rows = rows.filter(created_at__gte=_known.newest - _LATE)
    columns = rows.order_by("created_at").values_list("id", "subject_type", "subject_id", "pdq", "created_at")
    new = [row for row in columns.iterator(chunk_size=10_000) if row[0] not in _known.late]
    if not new:
        return
    start = _known.count
    _make_room(start + len(new))
    _known.columns[:, start : start + len(new)] = words_of([row[3] for row in new]).T
    _known.ids += [row[0] for row in new]
    _known.subjects += [(row[1], row[2]) for row in new]
    newest = max(new[-1][4], _known.newest or new[-1][4])
    young = {**_known.late, **{row[0]: row[4] for row in new}}
    _known.late = {key: moment for key, moment in young.items() if moment >= newest - _LATE}
    _known.newest = newest


def _make_room(rows: int) -> None:
    capacity = _known.columns.shape[1]
    if rows > capacity:
        larger = np.zeros((4, max(rows + _GROWTH, capacity * 2)), np.uint64)
        larger[:, : _known.count] = _known.columns[:, : _known.count]
        _known.columns = larger
