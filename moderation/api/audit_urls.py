"""URLs of the audit chain, below /api/v1/moderation/."""

from moderation.api import audit_views as views
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("moderation/audit", views.AuditEntryList.as_view(), "audit-entry-list"),
    *endpoint("moderation/audit/end", views.AuditEnd.as_view(), "audit-end"),
    *endpoint("moderation/audit/verify", views.AuditVerify.as_view(), "audit-verify"),
    *endpoint("moderation/audit/<int:sequence>", views.AuditEntryDetail.as_view(), "audit-entry-detail"),
]
