"""Times counted in buckets that grow by a tenth each, and quantiles of what was counted. Pure Python.

Log-linear buckets as in DDSketch (Masson, Rim and Lee 2019, section 2): a quantile read from the counts has a
relative error of at most sqrt(1.1) - 1, and counts of several hours, apps or engines simply add up.
"""

from collections.abc import Mapping
from math import ceil, floor, log, sqrt

BASE = 1.1
LESS_THAN_A_MILLISECOND = -1  # a bucket of its own: logarithms have no zero
MOST_RELATIVE_ERROR = sqrt(BASE) - 1


def bucket_of(ms: int) -> int:
    """The bucket of a time. Raises ValueError for a negative one."""
    if ms < 0:
        raise ValueError(f"ms must not be negative, got {ms}")
    return floor(log(ms) / log(BASE)) if ms >= 1 else LESS_THAN_A_MILLISECOND


def bucket_bounds(bucket: int) -> tuple[float, float]:
    """Milliseconds from which a bucket counts (included) and up to which (not included)."""
    if bucket < LESS_THAN_A_MILLISECOND:
        raise ValueError(f"bucket must be {LESS_THAN_A_MILLISECOND} or more, got {bucket}")
    if bucket == LESS_THAN_A_MILLISECOND:
        return 0.0, 1.0
    return BASE**bucket, BASE ** (bucket + 1)


def quantile(counts: Mapping[int, int], part: float) -> float | None:
    """The time in milliseconds that `part` (0 to 1) of all counted times do not exceed; None of nothing.

    counts: how many by bucket. The answer is the geometric middle of the bucket that holds the value of rank
    ceil(part * total), so it is at most MOST_RELATIVE_ERROR away from that value.
    """
    if not 0 <= part <= 1:
        raise ValueError(f"part must be 0 to 1, got {part}")
    total = sum(counts.values())
    if not total:
        return None
    rank, seen = max(ceil(part * total), 1), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= rank:
            break
    low, high = bucket_bounds(bucket)
    return sqrt(low * high)


def quantile_seconds(counts: Mapping[int, int], part: float) -> float | None:
    """The same in seconds."""
    milliseconds = quantile(counts, part)
    return None if milliseconds is None else milliseconds / 1000
