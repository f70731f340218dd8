"""URLs of the template library, below /api/v1/ and /media/."""

from django.urls import path

from templates_app.api import views
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("templates", views.TemplateList.as_view(), "template-list"),
    *endpoint("templates/<slug:slug>", views.TemplateDetail.as_view(), "template-detail"),
    *endpoint("featured-templates", views.FeaturedList.as_view(), "featured-template-list"),
    *endpoint("categories", views.CategoryList.as_view(), "category-list"),
]
media_urlpatterns = [path("previews/<uuid:preview_id>", views.PreviewFile.as_view(), name="preview-file")]
