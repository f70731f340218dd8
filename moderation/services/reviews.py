"""Everything that can happen to a review item, in one place to import from."""

from moderation.services.answers import (
    BATCH_LIMIT,
    BulkOutcome,
    review_answer,
    review_resolve,
    review_undo,
    reviews_answer_many,
    reviews_undo_batch,
)
from moderation.services.claims import (
    review_claim,
    review_claim_next,
    review_expire_claims,
    review_heartbeat,
    review_peek_next,
    review_release,
)
from moderation.services.escalation import review_escalate
from moderation.services.opening import review_open, review_reopen, review_withdraw, reviews_drop
from moderation.services.routing import review_route
from moderation.services.settling import review_settle, reviews_settle_due, settler_register

__all__ = [
    "BATCH_LIMIT",
    "BulkOutcome",
    "review_answer",
    "review_claim",
    "review_claim_next",
    "review_escalate",
    "review_expire_claims",
    "review_heartbeat",
    "review_open",
    "review_peek_next",
    "review_release",
    "review_reopen",
    "review_resolve",
    "review_route",
    "review_settle",
    "review_undo",
    "review_withdraw",
    "reviews_answer_many",
    "reviews_drop",
    "reviews_settle_due",
    "reviews_undo_batch",
    "settler_register",
]
