"""Faults that the moderation services raise."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError, PermissionRefused, TransitionRefused


class ReviewAlreadyDecided(TransitionRefused):
    """Details name who decided, when and how."""

    code = "review_already_decided"
    default_message = _("Somebody has already decided this item.")


class ReviewWithdrawn(TransitionRefused):
    """The content was blocked, cancelled, erased or taken back, so nobody needs to decide."""

    code = "review_withdrawn"
    default_message = _("This item was withdrawn: its content no longer waits for a decision.")


class ReviewClaimedByOther(TransitionRefused):
    """Details name the holder and when the claim runs out."""

    code = "review_claimed_by_other"
    default_message = _("Somebody else is working on this item.")


class ReviewNotClaimed(TransitionRefused):
    """The caller never claimed the item, or the claim has run out."""

    code = "review_not_claimed"
    default_message = _("Claim the item before you decide it; an earlier claim may have run out.")


class OwnContentRefused(PermissionRefused):
    code = "review_own_content"
    default_message = _("Nobody may decide on their own content.")


class BlockStands(PermissionRefused):
    """An ordinary approval would lift a block that nobody has overridden."""

    code = "review_block_stands"
    default_message = _("This content was blocked; only a senior moderator can change that decision.")


class UnknownReason(AppError):
    code = "unknown_reason"
    default_message = _("There is no such reason code.")


class NothingDecided(TransitionRefused):
    """There is no decision on the item that could be overridden."""

    code = "review_nothing_decided"
    default_message = _("Nobody has decided this item, so there is nothing to change.")


class DecisionAlreadyOverridden(TransitionRefused):
    code = "decision_already_overridden"
    default_message = _("This decision has already been changed; look at the newer one.")


class PolicyInvalid(AppError):
    """Details list the faults of the draft."""

    code = "policy_invalid"
    default_message = _("The policy cannot go live as it stands.")


class PolicyConflict(TransitionRefused):
    code = "policy_conflict"
    default_message = _("Another policy version went live in this moment; look again.")


class PolicyUnusable(AppError):
    """No version is live, or its rules no longer match the digest they were published with."""

    code = "policy_unusable"
    http_status = 500
    default_message = _("There is no usable moderation policy.")
