"""URLs of what staff do for people, below /api/v1/moderation/."""

from moderation.api import people_views as views
from moderation.api import statement_views as statements
from tongyi_portal.common.routes import endpoint

_STATEMENTS = "moderation/statements"
_CONSENT = "moderation/consents/<uuid:consent_id>"

urlpatterns = [
    *endpoint(_STATEMENTS, statements.StaffStatementList.as_view(), "staff-statement-list"),
    *endpoint(f"{_STATEMENTS}/export", statements.StaffStatementExport.as_view(), "staff-statement-export"),
    *endpoint(
        f"{_STATEMENTS}/<uuid:statement_id>",
        statements.StaffStatementDetail.as_view(),
        "staff-statement-detail",
    ),
    *endpoint("moderation/consents", views.StaffConsentList.as_view(), "staff-consent-list"),
    *endpoint(_CONSENT, views.StaffConsentDetail.as_view(), "staff-consent-detail"),
    *endpoint(f"{_CONSENT}/withdraw", views.StaffConsentWithdraw.as_view(), "staff-consent-withdraw"),
    *endpoint("moderation/erasures", views.StaffErasureList.as_view(), "staff-erasure-list"),
    *endpoint(
        "moderation/erasures/<uuid:erasure_id>", views.StaffErasureDetail.as_view(), "staff-erasure-detail"
    ),
    *endpoint(
        "moderation/people/<uuid:account_id>/export", views.PersonExport.as_view(), "person-data-export"
    ),
]
