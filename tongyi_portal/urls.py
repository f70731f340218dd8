"""Root URLconf: joins api, console and studio; no view code."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from tongyi_portal.api import urls as api_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include(api_urls.urlpatterns)),
    path("media/", include(api_urls.media_urlpatterns)),
    path("console/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("tongyi_portal.studio.urls")),
]
handler400 = "tongyi_portal.api.errors.bad_request"
handler403 = "tongyi_portal.api.errors.permission_denied"
handler404 = "tongyi_portal.api.errors.page_not_found"
handler500 = "tongyi_portal.api.errors.server_error"
