"""Transition tables of the moderation app: review items, policies, their simulations, and rescans."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class ReviewState(models.TextChoices):
    """Where a review item stands."""

    OPEN = "open", _("open")
    CLAIMED = "claimed", _("claimed")
    ANSWERED = "answered", _("answered")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class SimulationState(models.TextChoices):
    """Where the replay of a policy over stored scans stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    READY = "ready", _("finished")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


class RescanState(models.TextChoices):
    """Where a second look at visible content stands. READY: a person reviews what would change.

    APPLYING goes back to READY when some of the changes could not be carried out.
    """

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    READY = "ready", _("to be reviewed")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    DISCARDED = "discarded", _("discarded")
    FAILED = "failed", _("failed")


class AppealState(models.TextChoices):
    """Where an appeal stands."""

    OPEN = "open", _("being looked at")
    UPHELD = "upheld", _("decision stands")
    OVERTURNED = "overturned", _("decision taken back")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ConsentState(models.TextChoices):
    """Where a consent stands. REPLACED: a newer one speaks of the same portrait."""

    GIVEN = "given", _("given")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")
    REPLACED = "replaced", _("replaced")


class ErasureState(models.TextChoices):
    """Where an erasure stands. WORKING: begun; it goes on by itself after a fault of the storage."""

    REQUESTED = "requested", _("requested")
    WORKING = "working", _("being erased")
    DONE = "done", _("erased")


class TextState(models.TextChoices):
    """Where a submitted text stands."""

    PENDING = "pending", _("pending")
    ACCEPTED = "accepted", _("accepted")
    IN_REVIEW = "in_review", _("in review")
    BLOCKED = "blocked", _("blocked")
    ERASED = "erased", _("erased")


class PolicyState(models.TextChoices):
    """Where a policy version stands."""

    DRAFT = "draft", _("draft")
    SHADOW = "shadow", _("in shadow")
    CANARY = "canary", _("canary")
    LIVE = "live", _("live")
    RETIRED = "retired", _("retired")


# CLAIMED -> CLAIMED: the holder renews the lease, or somebody takes over one that ran out. ANSWERED: a person
# has decided, and it takes effect at `settle_at`; until then they can take it back (CLAIMED), and what could
# not take effect returns to the queue (OPEN). WITHDRAWN: the content no longer waits (it was blocked,
# cancelled or erased); OPEN again once it does.
REVIEW = StateMachine(
    {
        ReviewState.OPEN: {ReviewState.CLAIMED, ReviewState.WITHDRAWN},
        ReviewState.CLAIMED: {
            ReviewState.CLAIMED,
            ReviewState.OPEN,
            ReviewState.ANSWERED,
            ReviewState.WITHDRAWN,
        },
        ReviewState.ANSWERED: {
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
# Rules are fixed by leaving DRAFT. CANARY -> CANARY: another share. A retired version does not come back:
# its rules do, as a copy (ADR 0006).
POLICY = StateMachine(
    {
        PolicyState.DRAFT: {PolicyState.SHADOW, PolicyState.CANARY, PolicyState.LIVE, PolicyState.RETIRED},
        PolicyState.SHADOW: {PolicyState.CANARY, PolicyState.LIVE, PolicyState.RETIRED},
        PolicyState.CANARY: {
            PolicyState.CANARY,
            PolicyState.SHADOW,
            PolicyState.LIVE,
            PolicyState.RETIRED,
        },
        PolicyState.LIVE: {PolicyState.RETIRED},
        PolicyState.RETIRED: set(),
    }
)
SIMULATION = StateMachine(
    {
        SimulationState.QUEUED: {SimulationState.RUNNING, SimulationState.CANCELLED, SimulationState.FAILED},
        SimulationState.RUNNING: {SimulationState.READY, SimulationState.CANCELLED, SimulationState.FAILED},
        SimulationState.READY: set(),
        SimulationState.CANCELLED: set(),
        SimulationState.FAILED: set(),
    }
)
RESCAN = StateMachine(
    {
        RescanState.QUEUED: {RescanState.RUNNING, RescanState.DISCARDED, RescanState.FAILED},
        RescanState.RUNNING: {RescanState.READY, RescanState.DISCARDED, RescanState.FAILED},
        RescanState.READY: {RescanState.APPLYING, RescanState.DISCARDED},
        RescanState.APPLYING: {RescanState.APPLIED, RescanState.READY},
        RescanState.APPLIED: set(),
        RescanState.DISCARDED: set(),
        RescanState.FAILED: set(),
    }
)
APPEAL = StateMachine(
    {
        AppealState.OPEN: {AppealState.UPHELD, AppealState.OVERTURNED, AppealState.WITHDRAWN},
        AppealState.UPHELD: set(),
        AppealState.OVERTURNED: set(),
        AppealState.WITHDRAWN: set(),
    }
)
CONSENT = StateMachine(
    {
        ConsentState.GIVEN: {ConsentState.WITHDRAWN, ConsentState.EXPIRED, ConsentState.REPLACED},
        ConsentState.WITHDRAWN: set(),
        ConsentState.EXPIRED: set(),
        ConsentState.REPLACED: set(),
    }
)
# WORKING -> WORKING: another try after the storage failed.
ERASURE = StateMachine(
    {
        ErasureState.REQUESTED: {ErasureState.WORKING},
        ErasureState.WORKING: {ErasureState.WORKING, ErasureState.DONE},
        ErasureState.DONE: set(),
    }
)
# BLOCKED and ACCEPTED lead to each other: a decision was overridden.
TEXT = StateMachine(
    {
        TextState.PENDING: {TextState.ACCEPTED, TextState.IN_REVIEW, TextState.BLOCKED, TextState.ERASED},
        TextState.IN_REVIEW: {TextState.ACCEPTED, TextState.BLOCKED, TextState.ERASED},
        TextState.ACCEPTED: {TextState.IN_REVIEW, TextState.BLOCKED, TextState.ERASED},
        TextState.BLOCKED: {TextState.ACCEPTED, TextState.ERASED},
        TextState.ERASED: set(),
    }
)
UNDECIDED = (ReviewState.OPEN, ReviewState.CLAIMED, ReviewState.ANSWERED)
