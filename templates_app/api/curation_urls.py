"""URLs for those who curate the library, below /api/v1/."""

from templates_app.api import bundle_views, template_views, version_views
from tongyi_portal.common.routes import endpoint

_VERSION = "versions/<uuid:version_id>"
urlpatterns = [
    *endpoint("curation/templates", template_views.CuratedTemplateList.as_view(), "curated-template-list"),
    *endpoint(
        "curation/templates/<slug:slug>",
        template_views.CuratedTemplateDetail.as_view(),
        "curated-template-detail",
    ),
    *endpoint("curation/import", bundle_views.TemplateImport.as_view(), "template-import"),
    *endpoint("templates/<slug:slug>/export", bundle_views.TemplateExport.as_view(), "template-export"),
    *endpoint("templates/<slug:slug>/retire", template_views.TemplateRetire.as_view(), "template-retire"),
    *endpoint("templates/<slug:slug>/history", template_views.TemplateHistory.as_view(), "template-history"),
    *endpoint("categories/<slug:slug>", template_views.CategoryDetail.as_view(), "category-detail"),
    *endpoint("tags", template_views.TagList.as_view(), "tag-list"),
    *endpoint("tags/<slug:slug>", template_views.TagDetail.as_view(), "tag-detail"),
    *endpoint("featured", template_views.SlotList.as_view(), "slot-list"),
    *endpoint("featured/order", template_views.SlotOrder.as_view(), "slot-order"),
    *endpoint("featured/<uuid:slot_id>", template_views.SlotDetail.as_view(), "slot-detail"),
    *endpoint("versions", version_views.CuratedVersionList.as_view(), "version-list"),
    *endpoint("versions/bulk", version_views.VersionBulk.as_view(), "version-bulk"),
    *endpoint(_VERSION, version_views.CuratedVersionDetail.as_view(), "version-detail"),
    *(
        pattern
        for verb in ("submit", "withdraw", "publish", "unschedule", "retire", "rollback")
        for pattern in endpoint(f"{_VERSION}/{verb}", version_views.step_view(verb), f"version-{verb}")
    ),
    *endpoint(f"{_VERSION}/schedule", version_views.VersionSchedule.as_view(), "version-schedule"),
    *endpoint(f"{_VERSION}/expiry", version_views.VersionExpiry.as_view(), "version-expiry"),
    *endpoint(f"{_VERSION}/rights", version_views.VersionRights.as_view(), "version-rights"),
    *endpoint(f"{_VERSION}/rights/copy", version_views.VersionRightsCopy.as_view(), "version-rights-copy"),
    *endpoint(f"{_VERSION}/history", version_views.VersionHistory.as_view(), "version-history"),
]
