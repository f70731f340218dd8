"""Short tasks: expire_claims, settle_due, consents, erasures, wipe_frames."""

import logging
import uuid

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from moderation.errors import ConsentEnded
from moderation.models.kept_frame import KeptFrame
from moderation.services.consents import consent_expire, consents_expired
from moderation.services.erasure import erasure_run, erasures_unfinished
from moderation.services.kept_frames import kept_frames_sweep, kept_frames_wipe
from moderation.services.reviews import review_expire_claims, reviews_settle_due

logger = logging.getLogger(__name__)


@shared_task(name="moderation.tasks.light.expire_claims")
def expire_claims() -> int:
    """Put items whose claim has run out back into the queue. Safe to run twice."""
    return review_expire_claims()


@shared_task(name="moderation.tasks.light.settle_due")
def settle_due() -> int:
    """Let answers take effect whose time to be undone is over. Safe to run twice."""
    return reviews_settle_due()


@shared_task(name="moderation.tasks.light.expire_consents")
def expire_consents() -> int:
    """Take down what was made of portraits whose consent is over. Safe to run twice."""
    due = consents_expired()
    for consent in due:
        try:
            consent_expire(consent=consent)
        except ConsentEnded:
            logger.info("consent ended meanwhile", extra={"consent": str(consent.pk)})
        except SoftTimeLimitExceeded:
            raise
        except Exception:  # one that fails must not hold up the others
            logger.exception("consent could not be ended", extra={"consent": str(consent.pk)})
    return len(due)


@shared_task(name="moderation.tasks.light.run_erasure")
def run_erasure(erasure_id: str) -> None:
    """Carry out one erasure, or go on with it. Safe to run twice."""
    erasure_run(erasure_id=uuid.UUID(erasure_id))


@shared_task(name="moderation.tasks.light.continue_erasures")
def continue_erasures() -> int:
    """Go on with erasures that the storage, or a job in work, had stopped. Safe to run twice."""
    unfinished = erasures_unfinished()
    for erasure_id in unfinished:
        try:
            erasure_run(erasure_id=erasure_id)
        except SoftTimeLimitExceeded:
            raise
        except Exception:  # one that fails must not hold up the others
            logger.exception("erasure failed", extra={"erasure": str(erasure_id)})
    return len(unfinished)


@shared_task(name="moderation.tasks.light.wipe_frames")
def wipe_frames() -> None:
    """Remove kept frames that the storage failed to remove, and files without rows. Safe to run twice."""
    kept_frames_wipe(KeptFrame.objects.all())
    kept_frames_sweep()
