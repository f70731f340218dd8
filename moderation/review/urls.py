"""Addresses of the reviewer's desk, mounted inside the console and behind its sign-in."""

from django.contrib import admin
from django.urls import URLPattern, path

from moderation.review import views


def desk_urls() -> list[URLPattern]:
    return [
        path("desk/next/", admin.site.admin_view(views.desk_next), name="review_next"),
        path("desk/<uuid:item_id>/", admin.site.admin_view(views.desk), name="review_desk"),
        path("desk/<uuid:item_id>/<str:verb>/", admin.site.admin_view(views.desk_act), name="review_act"),
    ]
