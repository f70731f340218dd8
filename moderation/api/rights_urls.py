"""URLs of people's rights, below /api/v1/rights/."""

from moderation.api import rights_views as views
from moderation.api import strike_views as strikes
from tongyi_portal.common.routes import endpoint

_CONSENT = "rights/consents/<uuid:consent_id>"

urlpatterns = [
    *endpoint("rights/standing", views.Standing.as_view(), "rights-standing"),
    *endpoint("rights/statements", views.StatementList.as_view(), "statement-list"),
    *endpoint("rights/statements/<uuid:statement_id>", views.StatementDetail.as_view(), "statement-detail"),
    *endpoint("rights/appeals", views.AppealList.as_view(), "appeal-list"),
    *endpoint("rights/appeals/<uuid:appeal_id>", views.AppealDetail.as_view(), "appeal-detail"),
    *endpoint("rights/consents", views.ConsentList.as_view(), "consent-list"),
    *endpoint(_CONSENT, views.ConsentDetail.as_view(), "consent-detail"),
    *endpoint(f"{_CONSENT}/withdraw", views.ConsentWithdraw.as_view(), "consent-withdraw"),
    *endpoint("rights/erasures", views.ErasureList.as_view(), "erasure-list"),
    *endpoint("rights/export", views.DataExport.as_view(), "rights-export"),
    *endpoint("rights/strikes", strikes.StrikeList.as_view(), "strike-list"),
    *endpoint("rights/strikes/<uuid:strike_id>", strikes.StrikeDetail.as_view(), "strike-detail"),
    *endpoint("rights/strikes/<uuid:strike_id>/lift", strikes.StrikeLiftView.as_view(), "strike-lift"),
    *endpoint("rights/measures", strikes.MeasureList.as_view(), "measure-list"),
    *endpoint("rights/measures/<uuid:measure_id>", strikes.MeasureDetail.as_view(), "measure-detail"),
    *endpoint("rights/measures/<uuid:measure_id>/lift", strikes.MeasureLiftView.as_view(), "measure-lift"),
]
