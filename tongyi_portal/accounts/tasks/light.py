"""Tasks of the light queue, once a day: guests who left nothing, sessions that ran out."""

from celery import shared_task

from tongyi_portal.accounts.services import guests_purge, sessions_purge


@shared_task
def purge_guests() -> None:
    """Remove guests who left nothing behind. Safe to run twice."""
    guests_purge()


@shared_task
def purge_sessions() -> None:
    """Remove sessions that ran out. Safe to run twice."""
    sessions_purge()
