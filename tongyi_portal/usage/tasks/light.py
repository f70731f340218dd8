"""Tasks of the light queue: sums, months, salts, retention, the nightly comparison, reports that are due."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from tongyi_portal.usage.services.partitions import partitions_ensure
from tongyi_portal.usage.services.reconciling import usage_reconcile
from tongyi_portal.usage.services.retention import usage_purge
from tongyi_portal.usage.services.rollups import usage_roll_up
from tongyi_portal.usage.services.salts import salt_prepare
from tongyi_portal.usage.services.scheduling import schedules_advance

logger = logging.getLogger(__name__)
COMPARED = timedelta(days=2)


@shared_task
def roll_up() -> None:
    """Bring the sums up to now. Safe to run twice."""
    usage_roll_up()


@shared_task
def prepare() -> None:
    """Make the months and the salts that are needed soon. Safe to run twice."""
    partitions_ensure()
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    salt_prepare(today)
    salt_prepare(today + timedelta(days=1))


@shared_task
def purge() -> None:
    """Remove events that are older than they are kept. Safe to run twice."""
    usage_purge()


@shared_task
def compare() -> None:
    """Compare the last two days with what they are made of, and put right what differs. Safe to run twice."""
    for found in usage_reconcile(since=timezone.now() - COMPARED, is_repairing=True):
        logger.error("usage differed", extra={"table": found.table, "what": str(found)})


@shared_task
def advance_schedules() -> None:
    """Have the reports sent that are due. Safe to run twice."""
    schedules_advance(now=timezone.now())
