"""Short tasks: expire_claims, settle_due."""

from celery import shared_task

from moderation.services.reviews import review_expire_claims, reviews_settle_due


@shared_task(name="moderation.tasks.light.expire_claims")
def expire_claims() -> int:
    """Put items whose claim has run out back into the queue. Safe to run twice."""
    return review_expire_claims()


@shared_task(name="moderation.tasks.light.settle_due")
def settle_due() -> int:
    """Let answers take effect whose time to be undone is over. Safe to run twice."""
    return reviews_settle_due()
