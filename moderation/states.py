"""Transition tables of the moderation app: review items and policies."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class ReviewState(models.TextChoices):
    """Where a review item stands."""

    OPEN = "open", _("open")
    CLAIMED = "claimed", _("claimed")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PolicyState(models.TextChoices):
    """Where a policy version stands."""

    DRAFT = "draft", _("draft")
    LIVE = "live", _("live")
    RETIRED = "retired", _("retired")


# CLAIMED -> CLAIMED: the holder renews the lease, or somebody takes over one that ran out. WITHDRAWN: the
# content no longer waits (it was blocked, cancelled or erased); OPEN again once it does.
REVIEW = StateMachine(
    {
        ReviewState.OPEN: {ReviewState.CLAIMED, ReviewState.WITHDRAWN},
        ReviewState.CLAIMED: {
            ReviewState.CLAIMED,
            ReviewState.OPEN,
            ReviewState.APPROVED,
            ReviewState.REFUSED,
            ReviewState.WITHDRAWN,
        },
        ReviewState.APPROVED: set(),
        ReviewState.REFUSED: set(),
        ReviewState.WITHDRAWN: {ReviewState.OPEN},
    }
)
POLICY = StateMachine(
    {
        PolicyState.DRAFT: {PolicyState.LIVE},
        PolicyState.LIVE: {PolicyState.RETIRED},
        PolicyState.RETIRED: set(),
    }
)
UNDECIDED = (ReviewState.OPEN, ReviewState.CLAIMED)
