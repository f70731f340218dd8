"""Whether the work goes on: workers, clock, jobs, webhooks, reviews."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from generation.models import Job
from generation.selectors import oldest_queued_at
from generation.services.dead_letters import DEAD_LETTERS
from generation.states import WORKING
from moderation.queue_selectors import backlog_counts
from tongyi_portal.operations.doctor.finding import Finding, error, fine, warning
from tongyi_portal.usage.models import LoadSample, WorkerBeat
from tongyi_portal.usage.services.load import SEEN_WITHIN
from tongyi_portal.webhooks.models import Delivery
from tongyi_portal.webhooks.states import DeliveryState

SKEW = timedelta(seconds=5)
CLOCK_LATE = timedelta(minutes=3)
LONG_WAIT = timedelta(minutes=30)
WEBHOOKS_LATE = timedelta(minutes=10)
DEAD_WITHIN = timedelta(days=1)


def worker_findings() -> Iterator[Finding]:
    """A worker that was seen within a minute for every queue, and none whose clock is ahead of ours."""
    now = timezone.now()
    beats = WorkerBeat.objects.filter(seen_at__gte=now - SEEN_WITHIN)
    served = {queue for beat in beats for queue in beat.queue.split(",")}
    silent = sorted({queue.name for queue in settings.CELERY_TASK_QUEUES} - served)
    if silent:
        yield error(
            "workers.missing",
            _("No worker was seen in the last minute for: %(queues)s") % {"queues": ", ".join(silent)},
            _("Start `python manage.py serve`, or `python manage.py program worker --queue NAME` for one."),
        )
    else:
        yield fine("workers.seen", _("Workers of every queue were seen in the last minute."))
    ahead = [beat.name for beat in beats if beat.seen_at > now + SKEW]
    if ahead:
        yield error(
            "clock.workers",
            _("Workers whose clock is ahead of this machine's: %(names)s") % {"names": ", ".join(ahead)},
            _("Let a time service (chrony, systemd-timesyncd) set the clocks: leases of jobs depend on it."),
        )


def clock_finding() -> Finding:
    """The clock (Celery beat) has a sample taken each minute, by a worker of the light queue."""
    newest = LoadSample.objects.filter(is_demo=False).aggregate(at=Max("at"))["at"]
    if newest is not None and newest > timezone.now() - CLOCK_LATE:
        return fine("beat.seen", _("The clock has started its tasks within the last minutes."))
    return error(
        "beat.missing",
        _("The clock has started no task for minutes: lost jobs are not found, and nothing is cleaned up."),
        _("Start one `python manage.py program beat` and a worker of the queue light; `serve` starts both."),
    )


def job_findings() -> Iterator[Finding]:
    """Jobs that nobody works on though they should be."""
    now = timezone.now()
    lost_before = now - timedelta(seconds=settings.JOB_LEASE_SECONDS)
    stuck = Job.objects.filter(state__in=WORKING, lease_until__lt=lost_before).count()
    if stuck:
        yield error(
            "jobs.stuck",
            _("Jobs that lost their worker and that nobody took up again: %(count)d.") % {"count": stuck},
            _("Start the clock and a worker of the queue light; the jobs then go on by themselves."),
        )
    oldest = oldest_queued_at()
    if oldest is not None and oldest < now - LONG_WAIT:
        minutes = (now - oldest).total_seconds() / 60
        yield warning(
            "jobs.waiting",
            _("The first job in the queue has waited for %(minutes)d minutes.") % {"minutes": minutes},
            _("Start more workers of the queue gpu; the console's usage page tells what they do."),
        )
    dead = Job.objects.filter(DEAD_LETTERS, dead_at__gte=now - DEAD_WITHIN).count()
    if dead:
        yield warning(
            "jobs.dead",
            _("Jobs given up within a day after their last attempt: %(count)d.") % {"count": dead},
            _("The console's list of jobs, filtered by failed, shows the last error of each."),
        )
    if not stuck and not dead:
        yield fine("jobs.moving", _("No job is stuck, and none was given up within a day."))


def duty_findings() -> Iterator[Finding]:
    """Webhooks and reviews that are late."""
    now = timezone.now()
    due = Delivery.objects.filter(state=DeliveryState.PENDING).aggregate(oldest=Min("due_at"))["oldest"]
    if due is not None and due < now - WEBHOOKS_LATE:
        yield warning(
            "webhooks.late",
            _("Webhooks have waited for a sender for %(minutes)d minutes.")
            % {"minutes": (now - due).total_seconds() / 60},
            _("See that a worker of the queue outbound runs and may reach other servers."),
        )
    overdue = backlog_counts().overdue
    if overdue:
        yield warning(
            "reviews.overdue",
            _("Reviews whose time is over: %(count)d.") % {"count": overdue},
            _("Reviewers find them first on the queue page of the console."),
        )
