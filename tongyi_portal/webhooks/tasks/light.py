"""Tasks of the light queue: wake what is due, forget what is old."""

from celery import shared_task

from tongyi_portal.webhooks.services.retention import webhooks_purge
from tongyi_portal.webhooks.services.sending import deliveries_wake_due


@shared_task
def relay() -> None:
    """Wake every delivery that is due, also those whose wake-up was lost. Safe to run twice."""
    deliveries_wake_due()


@shared_task
def purge() -> None:
    """Remove events and deliveries that are over for WEBHOOK_KEEP_DAYS. Safe to run twice."""
    webhooks_purge()
