"""Tasks of the outbound queue: mail waits for other people's servers."""

import uuid

from celery import shared_task

from tongyi_portal.usage.services.sending import sending_send


@shared_task
def send_report(sending_id: str) -> None:
    """Send a due report if nobody has taken it. Safe to run twice, and late."""
    sending_send(sending_id=uuid.UUID(sending_id))
