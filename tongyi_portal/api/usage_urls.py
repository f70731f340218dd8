"""URLs of usage, below /api/v1/."""

from tongyi_portal.api import usage_views
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("usage/live", usage_views.UsageLive.as_view(), "usage-live"),
    *endpoint("usage/annotations", usage_views.AnnotationList.as_view(), "usage-annotation-list"),
    *endpoint(
        "usage/annotations/<uuid:annotation_id>",
        usage_views.AnnotationDetail.as_view(),
        "usage-annotation-detail",
    ),
]
