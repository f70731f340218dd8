"""URLs of appeals for staff, below /api/v1/moderation/."""

from moderation.api import appeal_views as views
from tongyi_portal.common.routes import endpoint

_ONE = "moderation/appeals/<uuid:appeal_id>"

urlpatterns = [
    *endpoint("moderation/appeals", views.StaffAppealList.as_view(), "staff-appeal-list"),
    *endpoint(_ONE, views.StaffAppealDetail.as_view(), "staff-appeal-detail"),
    *endpoint(f"{_ONE}/decide", views.StaffAppealDecide.as_view(), "staff-appeal-decide"),
]
