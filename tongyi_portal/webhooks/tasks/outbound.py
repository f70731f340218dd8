"""Tasks of the outbound queue: they wait for other people's servers, in threads of their own."""

import uuid

from celery import shared_task

from tongyi_portal.webhooks.services.sending import delivery_attempt


@shared_task
def deliver(delivery_id: str) -> None:
    """Try one delivery if it is due and nobody is sending it. Safe to run twice, and late."""
    delivery_attempt(delivery_id=uuid.UUID(delivery_id))
