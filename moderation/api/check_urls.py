"""URLs of checks and submitted texts, below /api/v1/."""

from moderation.api import check_views as views
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("moderation/checks", views.CheckCreate.as_view(), "moderation-check"),
    *endpoint("texts", views.TextList.as_view(), "text-list"),
    *endpoint("texts/<uuid:text_id>", views.TextDetail.as_view(), "text-detail"),
]
