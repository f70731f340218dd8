"""look_alikes_for: other content that looks like an item's picture, as one reader may see it."""

from dataclasses import dataclass
from typing import Any

from moderation.blindness import not_given_away_to
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from moderation.near_duplicates import near_duplicates
from moderation.selectors import verdicts_standing
from moderation.taxonomy import Verdict

MOST = 50


@dataclass(frozen=True)
class LookAlike:
    """Another subject, its nearest scan, and the verdict that stands on it. distance: bits of 256."""

    scan_run: ScanRun
    distance: int
    verdict: Verdict


def look_alikes_for(user: Any, item: ReviewItem, limit: int) -> list[LookAlike]:
    """The nearest first, at most MOST. None for a blind item, and none that `user` has to judge blindly.

    So nobody learns from a copy of the picture what somebody else said of it.
    """
    if item.is_blind:
        return []
    found = near_duplicates(item.scan_run, limit=min(limit, MOST))
    runs = ScanRun.objects.filter(pk__in=[one.scan_run.pk for one in found])
    shown = set(not_given_away_to(user, runs).order_by().values_list("pk", flat=True))
    found = [one for one in found if one.scan_run.pk in shown]
    standing = {
        (kind, subject_id): verdict
        for kind in {one.scan_run.subject_type for one in found}
        for subject_id, verdict in verdicts_standing(
            kind, [one.scan_run.subject_id for one in found if one.scan_run.subject_type == kind]
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
