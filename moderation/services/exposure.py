"""exposure_record, exposure_status, exposure_break_begin, exposure_break_end, exposure_require_no_break: care
for whoever looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from moderation.exposure_errors import BreakDue
from moderation.models.exposure import BreakOutcome, ExposureBreak, ExposureEvent
from moderation.models.review import ReviewItem
from moderation.models.settings import ModerationSettings
from moderation.taxonomy import Severity
from tongyi_portal.common import roles

LONGEST_LOOK_SECONDS = 600.0


@dataclass(frozen=True)
class ExposureStatus:
    """What one moderator has seen since `since`: the start of the shift, or the end of the last break.

    grave_count: different items of severity 4 or more that were looked at unveiled. seconds: all looks.
    """

    grave_count: int
    budget: int
    seconds: float
    since: datetime

    @property
    def is_break_due(self) -> bool:
        return 0 < self.budget <= self.grave_count

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.grave_count / self.budget)) if self.budget else 0


def exposure_status(by: Any) -> ExposureStatus:
    """How much of the exposure budget `by` has used; a budget of 0 means that there is none."""
    current = ModerationSettings.current()
    since = timezone.now() - timedelta(hours=current.shift_hours)
    last = ExposureBreak.objects.filter(by=by, ended_at__gt=since).order_by("-ended_at").first()
    if last is not None and last.ended_at is not None:
        since = last.ended_at
    seen = ExposureEvent.objects.filter(by=by, created_at__gt=since).aggregate(
        grave=Count("item", distinct=True, filter=Q(is_grave=True)), seconds=Sum("seconds")
    )
    return ExposureStatus(seen["grave"], current.exposure_budget, seen["seconds"] or 0.0, since)


@transaction.atomic
def exposure_record(*, item: ReviewItem, by: Any, seconds: float) -> ExposureEvent:
    """Write down one look at an item without its veil; nonsense lengths are brought into range."""
    roles.require(by, roles.REVIEW_DECIDE)
    return ExposureEvent.objects.create(
        by=by,
        item=item,
        seconds=min(max(seconds, 0.0), LONGEST_LOOK_SECONDS),
        is_grave=item.severity >= Severity.SERIOUS,
    )


@transaction.atomic
def exposure_break_begin(by: Any) -> ExposureBreak | None:
    """The break that is due for `by`, begun now or earlier; None when none is due."""
    roles.require(by, roles.REVIEW_DECIDE)
    status = exposure_status(by)
    if not status.is_break_due:
        return None
    pause, _is_new = ExposureBreak.objects.get_or_create(
        by=by, outcome=BreakOutcome.WAITING, defaults={"grave_count": status.grave_count}
    )
    return pause


def exposure_require_no_break(by: Any) -> None:
    """Begin the break where one is due, and raise BreakDue until it was ended, in time or before."""
    pause = exposure_break_begin(by)
    if pause is not None:
        over_at = break_over_at(pause).isoformat()
        raise BreakDue(details={"grave_count": pause.grave_count, "over_at": over_at})


@transaction.atomic
def exposure_break_end(by: Any) -> ExposureBreak | None:
    """End the break and give the whole budget again; None when no break had begun.

    It counts as taken when its minutes are over, else as gone on without.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    pause = ExposureBreak.objects.select_for_update().filter(by=by, outcome=BreakOutcome.WAITING).first()
    if pause is None:
        return None
    moment = timezone.now()
    is_taken = moment >= break_over_at(pause)
    pause.outcome, pause.ended_at = BreakOutcome.TAKEN if is_taken else BreakOutcome.CONTINUED, moment
    pause.save(update_fields=["outcome", "ended_at"])
    return pause


def break_over_at(pause: ExposureBreak) -> datetime:
    """When a break that was taken is over."""
    return pause.started_at + timedelta(minutes=ModerationSettings.current().break_minutes)
