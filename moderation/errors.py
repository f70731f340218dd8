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


class ReviewSettled(TransitionRefused):
    """Details name what the item has become."""

    code = "review_settled"
    default_message = _("This answer has taken effect and can no longer be taken back.")


class ReviewNeedsSenior(PermissionRefused):
    code = "review_needs_senior"
    default_message = _("Only a senior moderator may decide this item.")


class ReviewOtherQueue(PermissionRefused):
    """Details name the queue."""

    code = "review_other_queue"
    default_message = _("This item waits in a queue that you are not a member of.")


class ReviewDecidedBefore(PermissionRefused):
    """The item asks for another person's view: a second review, an adjudication or an appeal."""

    code = "review_decided_before"
    default_message = _("You have decided on this content before; somebody else has to look at it now.")


class ReviewInHand(TransitionRefused):
    code = "review_in_hand"
    default_message = _("First answer the item of this account that you have in hand.")


class EscalationUnexplained(AppError):
    code = "escalation_unexplained"
    default_message = _("Say in a note what a senior moderator should look at.")


class BatchTooLarge(AppError):
    """Details tell the limit."""

    code = "review_batch_too_large"
    default_message = _("These are too many items to answer at once.")


class GoldNotDecided(TransitionRefused):
    code = "gold_not_decided"
    default_message = _("Only an item that a person has decided can become a gold item.")


class GoldUnexplained(AppError):
    code = "gold_unexplained"
    default_message = _("Say in a note why this is the right answer; moderators will read it.")


class GoldAlready(TransitionRefused):
    code = "gold_already"
    default_message = _("This item is a gold item already.")


class GoldRetired(TransitionRefused):
    code = "gold_retired"
    default_message = _("This gold item was retired before.")


class QueueUnknown(AppError):
    code = "queue_unknown"
    default_message = _("There is no such review queue.")


class QueueInUse(TransitionRefused):
    """Details tell how many items stand in the way."""

    code = "queue_in_use"
    default_message = _("This queue holds items or is the general one, so it cannot be removed.")


class QueueInvalid(AppError):
    """Details name the values that do not exist."""

    code = "queue_invalid"
    default_message = _("The queue speaks of categories, surfaces or languages that do not exist.")


class QueueTakesAll(AppError):
    code = "queue_takes_all"
    default_message = _("The general queue takes whatever no other queue takes; that cannot be changed.")


class QueueTaken(AppError):
    code = "queue_taken"
    http_status = 409
    default_message = _("There is a review queue with this key already.")


class OwnContentRefused(PermissionRefused):
    code = "review_own_content"
    default_message = _("Nobody may decide on their own content.")


class BlockStands(PermissionRefused):
    """An ordinary approval would lift a block that nobody has overridden."""

    code = "review_block_stands"
    default_message = _("This content was blocked; only a senior moderator can change that decision.")


class UnknownReason(AppError):
    """Details name the reasons that a person may give."""

    code = "unknown_reason"
    default_message = _("There is no such reason that a person may give.")


class ReasonNotTaken(AppError):
    code = "reason_not_taken"
    default_message = _("An approval carries no reason.")


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
    http_status = 422
    default_message = _("These rules cannot be used as they stand.")


class PolicyConflict(TransitionRefused):
    code = "policy_conflict"
    default_message = _("Another policy version went live in this moment; look again.")


class PolicyFrozen(TransitionRefused):
    """Details name the version and its state."""

    code = "policy_frozen"
    default_message = _("This version is no draft any more; make a copy of it to change it.")


class PolicyEdited(TransitionRefused):
    """The draft has other rules than those that the caller began with."""

    code = "policy_edited"
    default_message = _(
        "Somebody else has saved other rules in this draft meanwhile. Saving again replaces them by yours."
    )


class PolicyNotSimulated(TransitionRefused):
    """Nobody has replayed these rules over stored scans since they or the live version changed."""

    code = "policy_not_simulated"
    default_message = _(
        "These rules were not simulated on all scans against the live version; simulate them first, or say"
        " that you go without."
    )


class CanaryTaken(TransitionRefused):
    """Details name the version that is the canary."""

    code = "policy_canary_taken"
    default_message = _("Another version is the canary now; withdraw it or make it live first.")


class TooManyShadows(TransitionRefused):
    code = "policy_too_many_shadows"
    default_message = _("Too many versions run in shadow already; withdraw one first.")


class SimulationEmpty(AppError):
    code = "simulation_empty"
    http_status = 422
    default_message = _("No scan in this time fits the filters, so there is nothing to simulate.")


class RescanRunning(TransitionRefused):
    """One at a time: two that apply their changes at once would decide the same content twice."""

    code = "rescan_running"
    default_message = _("Another rescan is not finished yet; apply or discard it first.")


class RescanOutdated(TransitionRefused):
    """Details name the version that the rescan went by and the one that is live."""

    code = "rescan_outdated"
    default_message = _("Another policy version has gone live since this rescan; start a new one.")


class PolicyUnusable(AppError):
    """No version is live, or its rules no longer match the digest they were published with."""

    code = "policy_unusable"
    http_status = 500
    default_message = _("There is no usable moderation policy.")


class AccountSuspended(PermissionRefused):
    """Details: until, and the statement of reasons with its address."""

    code = "account_suspended"
    default_message = _("Your account is suspended for now, so it cannot upload or make anything.")


class AccountLimited(AppError):
    """Details: until, the statement of reasons with its address, and when to try again."""

    code = "account_limited"
    http_status = 429
    default_message = _("Your account is limited because of its strikes; wait before you send more.")


class StrikeAlreadyLifted(TransitionRefused):
    code = "strike_already_lifted"
    default_message = _("This strike was lifted before.")


class MeasureAlreadyLifted(TransitionRefused):
    code = "measure_already_lifted"
    default_message = _("This measure was lifted before.")


class NotAppealable(TransitionRefused):
    """There is nothing to appeal against: nothing was refused, or the refusal was taken back."""

    code = "not_appealable"
    default_message = _("There is no decision here that you could appeal against.")


class AppealTooLate(TransitionRefused):
    code = "appeal_too_late"
    default_message = _("The time to appeal against this decision is over.")


class AppealAlreadyMade(TransitionRefused):
    """Details name the appeal that there is."""

    code = "appeal_already_made"
    default_message = _("You have already appealed against this decision.")


class AppealDecided(TransitionRefused):
    code = "appeal_decided"
    default_message = _("This appeal was decided before.")


class AppealInQueue(TransitionRefused):
    """Details name the review item."""

    code = "appeal_in_queue"
    default_message = _("This appeal waits in the review queue; answer its item there.")


class OwnDecisionRefused(PermissionRefused):
    """An appeal goes to somebody other than whoever decided."""

    code = "appeal_own_decision"
    default_message = _("Another person must decide on an appeal against your own decision.")


class ConsentMissing(AppError):
    """Details name the picture that nobody consented to the use of."""

    code = "consent_missing"
    http_status = 422
    default_message = _("Nobody has said that the person in the picture agrees to this.")


class ConsentScope(AppError):
    """Details name the picture, what is asked for, and what the consent covers."""

    code = "consent_scope"
    http_status = 422
    default_message = _("The person in the picture has not agreed to this kind of use.")


class ConsentExpired(AppError):
    code = "consent_expired"
    http_status = 422
    default_message = _("The consent of the person in the picture has expired.")


class ConsentInvalid(AppError):
    """Details say what is wrong with the consent that was given."""

    code = "consent_invalid"
    http_status = 422
    default_message = _("The consent cannot be recorded like this.")


class ConsentEnded(TransitionRefused):
    code = "consent_ended"
    default_message = _("This consent has already ended.")


class ContentNotErasable(TransitionRefused):
    """Content of this kind belongs to the library; `details["subject_type"]`."""

    code = "content_not_erasable"
    default_message = _("Content of this kind cannot be erased here; ask an administrator.")


class ErasureRefused(TransitionRefused):
    """The account may not be erased by its owner: staff accounts are closed by an administrator."""

    code = "erasure_refused"
    default_message = _("This account cannot be erased here; ask an administrator.")


class ConfirmationMissing(AppError):
    """An account is erased only when its user name is repeated."""

    code = "confirmation_missing"
    http_status = 422
    default_message = _("Repeat the user name of the account to confirm that it is to be erased.")


class MeasureInvalid(AppError):
    """A measure ends some day: its end lies ahead, at most ten years."""

    code = "measure_invalid"
    http_status = 422
    default_message = _("The measure must end within the next ten years.")


class FrameLinkInvalid(AppError):
    code = "link_invalid"
    http_status = 403
    default_message = _("This link is wrong or has expired; fetch a new one.")
