"""Addresses of the reviewer's desk, mounted inside the console and behind its sign-in."""

from django.contrib import admin
from django.urls import URLPattern, path

from moderation.review import acts, breaks, bulk, queue_page, views


def desk_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("desk/", view(queue_page.queue_page), name="review_queue"),
        path("desk/bulk/", view(bulk.bulk_act), name="review_bulk"),
        path("desk/bulk/undo/", view(bulk.bulk_undo), name="review_bulk_undo"),
        path("desk/next/", view(acts.desk_next), name="review_next"),
        path("desk/peek/", view(acts.desk_peek), name="review_peek"),
        path("desk/break/", view(breaks.break_page), name="review_break"),
        path("desk/<uuid:item_id>/", view(views.desk), name="review_desk"),
        path("desk/<uuid:item_id>/<str:verb>/", view(acts.desk_act), name="review_act"),
    ]
