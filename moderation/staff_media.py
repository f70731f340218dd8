"""Who may open the files of content: staff, in a session or with a token that does moderation's work."""

from rest_framework.request import Request

from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.permissions import caller_may

SCOPES = (Scope.MODERATION_READ, Scope.MODERATION_REVIEW)  # a token needs one of them


def staff_may_open(request: Request, *permissions: str) -> bool:
    """True when the account has one of `permissions`, and its token, if one asks, one of SCOPES."""
    return caller_may(request, *permissions, scopes=SCOPES)
