"""look_alikes_for: other content that looks like an item's picture, as one reader may see it."""

from dataclasses import dataclass
from typing import Any

from moderation.blindness import known_before
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from moderation.near_duplicates import near_duplicates
from moderation.selectors import decisions_known_to, verdicts_standing
from moderation.taxonomy import Verdict

MOST = 50


@dataclass(frozen=True)
class LookAlike:
    """Another subject, its nearest scan, and the verdict that stands on it. distance: bits of 256."""

    scan_run: ScanRun
    distance: int
    verdict: Verdict


def look_alikes_for(user: Any, item: ReviewItem, limit: int) -> list[LookAlike]:
    """The nearest first, at most MOST, each with the verdict as far as `user` may know of it.

    So nobody learns from a copy of the picture what somebody else said of it; of a blind item's copies those
    are left out that came later than the first judgement.
    """
    before = known_before(item)
    found = near_duplicates(item.scan_run, limit=min(limit, MOST))
    found = [one for one in found if before is None or one.scan_run.created_at < before]
    known = decisions_known_to(user, item)
    standing = {
        (kind, subject_id): verdict
        for kind in {one.scan_run.subject_type for one in found}
        for subject_id, verdict in verdicts_standing(
            kind, [one.scan_run.subject_id for one in found if one.scan_run.subject_type == kind], known
        ).items()
    }
    return [
        LookAlike(
            one.scan_run,
            one.distance,
            standing.get((one.scan_run.subject_type, one.scan_run.subject_id), one.verdict),
        )
        for one in found
    ]
