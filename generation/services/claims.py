"""job_claim_next: the next job that this worker may and can do, by the fair order."""

import logging
import uuid
from collections.abc import Collection
from itertools import islice
from pathlib import Path

from django.conf import settings

from generation.fair_queue import may_start, with_preference
from generation.models import Job
from generation.queue_line import queue_line
from generation.services.leases import job_claim
from generation.worker_offer import WorkerOffer
from tongyi_portal.common.disk import disk_has_room

logger = logging.getLogger(__name__)
TRIES = 10  # of jobs that other workers take at the same moment
PREFERRED_AMONG = 8  # places in which a job for a loaded engine may overtake


def job_claim_next(*, offer: WorkerOffer, loaded: Collection[str]) -> Job | None:
    """Take the next job; None when there is none that this worker can do now, or its disk is nearly full.

    loaded: engines that this process holds ready.
    """
    if not disk_has_room(Path(settings.ENGINE_SCRATCH_ROOT)):
        logger.error("no job taken: the disk is nearly full", extra={"least_mb": settings.MIN_FREE_DISK_MB})
        return None
    unserved = [key for key in offer.unserved() if key not in loaded]
    line = queue_line(without_engines=unserved)
    ready = [job for job in line.order() if may_start(job, line.load, line.rules, line.now)]
    order = with_preference(
        ready,
        loaded,
        line.rules,
        line.now,
        patience=settings.AFFINITY_PATIENCE_SECONDS,
        among=PREFERRED_AMONG,
    )
    for waiting in islice(order, TRIES):
        limit = line.rules.cap(waiting.group, waiting.account)
        if (job := job_claim(job_id=uuid.UUID(waiting.key), account_limit=limit)) is not None:
            return job
    return None
