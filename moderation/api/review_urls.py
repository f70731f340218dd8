"""URLs of the review queue and of decisions, below /api/v1/moderation/."""

from moderation.api import review_views as views
from tongyi_portal.common.routes import endpoint

_ITEM = "moderation/reviews/<uuid:item_id>"
_DECISION = "moderation/decisions/<uuid:decision_id>"

urlpatterns = [
    *endpoint("moderation/reviews", views.ReviewList.as_view(), "review-list"),
    *endpoint("moderation/reviews/next", views.ReviewNext.as_view(), "review-next"),
    *endpoint("moderation/reviews/upcoming", views.ReviewUpcoming.as_view(), "review-upcoming"),
    *endpoint("moderation/reviews/bulk", views.ReviewBulk.as_view(), "review-bulk"),
    *endpoint(
        "moderation/reviews/bulk/<uuid:batch>/undo", views.ReviewBulkUndo.as_view(), "review-bulk-undo"
    ),
    *endpoint(_ITEM, views.ReviewDetail.as_view(), "review-detail"),
    *endpoint(f"{_ITEM}/claim", views.ReviewClaim.as_view(), "review-claim"),
    *endpoint(f"{_ITEM}/heartbeat", views.ReviewHeartbeat.as_view(), "review-heartbeat"),
    *endpoint(f"{_ITEM}/release", views.ReviewRelease.as_view(), "review-release"),
    *endpoint(f"{_ITEM}/escalate", views.ReviewEscalate.as_view(), "review-escalate"),
    *endpoint(f"{_ITEM}/answer", views.ReviewAnswerView.as_view(), "review-answer"),
    *endpoint(f"{_ITEM}/undo", views.ReviewUndo.as_view(), "review-undo"),
    *endpoint("moderation/decisions", views.DecisionList.as_view(), "decision-list"),
    *endpoint(_DECISION, views.DecisionDetail.as_view(), "decision-detail"),
    *endpoint(f"{_DECISION}/override", views.DecisionOverride.as_view(), "decision-override"),
]
