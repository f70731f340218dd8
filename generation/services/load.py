"""queue_sample: how long the queue of jobs is this minute."""

from django.utils import timezone

from generation.models import Job
from generation.selectors import oldest_queued_at
from generation.states import WORKING, JobState
from tongyi_portal.usage.models import LoadSample
from tongyi_portal.usage.services.load import load_sample


def queue_sample() -> LoadSample:
    """Write down queue and workers as they are now. Safe to run twice.

    A job in work is one whose worker still holds it: a worker that was killed works no more.
    """
    now = timezone.now()
    oldest = oldest_queued_at()
    return load_sample(
        queued=Job.objects.filter(state=JobState.QUEUED).count(),
        oldest_wait_ms=round((now - oldest).total_seconds() * 1000) if oldest else 0,
        busy=Job.objects.filter(state__in=WORKING, lease_until__gt=now).count(),
        now=now,
    )
