"""URLs of the template library, below /api/v1/ and /media/."""

from django.urls import path

from templates_app.api import (
    cover_views,
    curation_urls,
    edit_views,
    motion_media,
    motion_views,
    take_views,
    views,
)
from templates_app.api import template_views as makers
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("templates", makers.TemplateListOrCreate.as_view(), "template-list"),
    *endpoint("templates/<slug:slug>", makers.TemplateDetailOrChange.as_view(), "template-detail"),
    *endpoint("templates/<slug:slug>/cover-tests", cover_views.CoverTestList.as_view(), "cover-test-list"),
    *endpoint("cover-tests/<uuid:test_id>", cover_views.CoverTestDetail.as_view(), "cover-test-detail"),
    *endpoint("cover-tests/<uuid:test_id>/end", cover_views.CoverTestEnd.as_view(), "cover-test-end"),
    *endpoint("featured-templates", views.FeaturedList.as_view(), "featured-template-list"),
    *endpoint("categories", makers.CategoryListOrCreate.as_view(), "category-list"),
    *endpoint("motions", motion_views.MotionList.as_view(), "motion-list"),
    *endpoint("motions/<uuid:motion_id>", motion_views.MotionDetail.as_view(), "motion-detail"),
    *endpoint("motions/<uuid:motion_id>/extract", motion_views.MotionExtract.as_view(), "motion-extract"),
    *endpoint("takes", take_views.TakeList.as_view(), "take-list"),
    *endpoint("takes/join", take_views.TakeJoin.as_view(), "take-join"),
    *endpoint("takes/<uuid:take_id>", take_views.TakeDetail.as_view(), "take-detail"),
    *endpoint("takes/<uuid:take_id>/poses", take_views.TakePoses.as_view(), "take-poses"),
    *endpoint("takes/<uuid:take_id>/versions", take_views.TakeDraft.as_view(), "take-draft"),
    *endpoint("versions/<uuid:version_id>/edits", edit_views.VersionEdits.as_view(), "version-edits"),
    *endpoint("versions/<uuid:version_id>/poses", edit_views.VersionPoses.as_view(), "version-poses"),
    *endpoint(
        "versions/<uuid:version_id>/analysis", edit_views.VersionAnalysis.as_view(), "version-analysis"
    ),
    *endpoint("versions/<uuid:version_id>/copy", edit_views.VersionCopy.as_view(), "version-copy"),
    *endpoint("versions/<uuid:version_id>/prepare", edit_views.VersionPrepare.as_view(), "version-prepare"),
    *endpoint("versions/<uuid:version_id>/cover", edit_views.VersionCover.as_view(), "version-cover"),
    *curation_urls.urlpatterns,
]
media_urlpatterns = [
    path("previews/<uuid:preview_id>", views.PreviewFile.as_view(), name="preview-file"),
    path("motions/<uuid:motion_id>", motion_media.MotionFile.as_view(), name="motion-file"),
    *(
        path(
            f"{kind}/<uuid:take_id>",
            motion_media.TakeFile.as_view(kind=kind, field=field, mime=mime),
            name=f"{kind}-file",
        )
        for kind, field, mime in (
            ("take-proxies", "proxy_key", "video/mp4"),
            ("take-strips", "strip_key", "image/jpeg"),
            ("take-music", "music_key", "audio/mp4"),
        )
    ),
]
