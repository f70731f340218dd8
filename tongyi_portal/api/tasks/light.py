"""Tasks of the light queue: forget what callers of the API did not finish."""

import logging

from celery import shared_task

from generation.services.direct_uploads import direct_uploads_expire
from tongyi_portal.common.storage import StorageUnavailable

logger = logging.getLogger(__name__)


@shared_task
def expire_direct_uploads() -> None:
    """Erase what lies in the object store and was not completed in time. Safe to run twice."""
    try:
        direct_uploads_expire()
    except StorageUnavailable:
        logger.exception("expired originals not erased")
