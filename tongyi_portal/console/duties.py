"""What moderators and curators find on the landing page: what waits for them."""

from typing import Any

from django.http import HttpRequest

from moderation.models import Decision
from moderation.queue_selectors import review_heads_for
from templates_app.curation_selectors import versions_ending_soon, versions_fallen, versions_waiting_for
from templates_app.texts import version_reasons_text
from tongyi_portal.common import roles
from tongyi_portal.console.dashboard import dashboard, today_start

NEXT_SHOWN = 5
DECIDED_SHOWN = 8
FALLEN_SHOWN = 20


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


def curation_context(user: Any) -> dict[str, Any]:
    """Versions that wait for this second person, that could not go live, and that retire soon by themselves.

    Empty for an account that may not edit templates.
    """
    if not user.has_perm(roles.TEMPLATE_EDIT):
        return {}
    fallen = [
        (version, version_reasons_text(version.reason_codes)) for version in versions_fallen()[:FALLEN_SHOWN]
    ]
    may_publish = user.has_perm(roles.TEMPLATE_PUBLISH)
    return {
        "is_curator": True,
        "to_publish": list(versions_waiting_for(user)[:FALLEN_SHOWN]) if may_publish else [],
        "fallen": fallen,
        "ending": list(versions_ending_soon()[:FALLEN_SHOWN]),
    }


def landing_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """UNFOLD["DASHBOARD_CALLBACK"]: the page's numbers and the reader's own duties."""
    return dashboard(request, context) | duties_context(request.user) | curation_context(request.user)
