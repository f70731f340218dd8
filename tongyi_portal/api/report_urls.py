"""URLs of the reports, below /api/v1/."""

from tongyi_portal.api import report_views
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("reports", report_views.ReportList.as_view(), "report-list"),
    *endpoint("reports/<slug:key>", report_views.ReportDetail.as_view(), "report-detail"),
]
