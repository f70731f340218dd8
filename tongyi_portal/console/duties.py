"""What a moderator finds on the landing page: the head of the review queue, and what they decided today."""

from typing import Any

from django.http import HttpRequest

from moderation.models import Decision
from moderation.queue_selectors import review_heads_for
from tongyi_portal.common import roles
from tongyi_portal.console.dashboard import dashboard, today_start

NEXT_SHOWN = 5
DECIDED_SHOWN = 8


def duties_context(user: Any) -> dict[str, Any]:
    """The next items that `user` may take, most urgent first, and their decisions of today, newest first.

    Empty for an account that may not decide.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return {}
    decided = Decision.objects.filter(by=user, created_at__gte=today_start()).order_by("-created_at")
    return {
        "is_moderator": True,
        "next_items": review_heads_for(user, NEXT_SHOWN),
        "decided_count": decided.count(),
        "decided": list(decided.select_related("review_item")[:DECIDED_SHOWN]),
    }


def landing_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """UNFOLD["DASHBOARD_CALLBACK"]: the page's numbers and the reader's own duties."""
    return dashboard(request, context) | duties_context(request.user)
