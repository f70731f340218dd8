"""checked_reason, person_reason: the reasons that people give, and that an approval has none."""

from moderation.errors import ReasonNotTaken, UnknownReason
from moderation.policy.rules import PERSON_REASONS

APPROVED_REASON = "approved_by_reviewer"


def checked_reason(reason_code: str, *, approve: bool) -> str:
    """The reason code to store. Raises UnknownReason, ReasonNotTaken for an approval that gives one."""
    if not approve:
        return person_reason(reason_code)
    if reason_code:
        raise ReasonNotTaken(details={"reason_code": reason_code})
    return APPROVED_REASON


def person_reason(reason_code: str) -> str:
    """A reason that a person may give. Raises UnknownReason for the machine's own, too."""
    if reason_code not in PERSON_REASONS:
        raise UnknownReason(details={"reason_code": reason_code, "known": sorted(PERSON_REASONS)})
    return reason_code
