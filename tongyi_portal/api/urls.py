"""/api/v1/: every app's api.urls; the schema and its page; /media/: files."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from generation.api import urls as generation_urls
from moderation.api import urls as moderation_urls
from moderation.review import kept_frame_file
from templates_app.api import urls as templates_urls
from tongyi_portal.api import report_urls, usage_urls
from tongyi_portal.api.views import NoSuchAddress
from tongyi_portal.webhooks.api import urls as webhooks_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "v1/",
        include(
            [
                *templates_urls.urlpatterns,
                *generation_urls.urlpatterns,
                *moderation_urls.urlpatterns,
                *webhooks_urls.urlpatterns,
                *report_urls.urlpatterns,
                *usage_urls.urlpatterns,
            ]
        ),
    ),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    re_path(r"^.*$", NoSuchAddress.as_view()),
]
media_urlpatterns: list[URLPattern | URLResolver] = [
    *templates_urls.media_urlpatterns,
    *generation_urls.media_urlpatterns,
    *kept_frame_file.media_urlpatterns,
    re_path(r"^.*$", NoSuchAddress.as_view()),
]
