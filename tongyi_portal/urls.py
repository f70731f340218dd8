"""Root URLconf: joins api, console and studio; no view code."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("console/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
