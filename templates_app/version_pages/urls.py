"""Addresses of the library's own console pages, behind the console's sign-in."""

from django.contrib import admin
from django.urls import URLPattern, path

from templates_app.version_pages import bundles, history, movements, page, slots


def version_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("<uuid:version_id>/do/<str:verb>/", view(page.version_act), name="version_act"),
        path("join/", view(movements.join_page), name="version_join"),
        path("join/seam/", view(movements.join_seam), name="version_join_seam"),
        path("import/", view(movements.pose_file_page), name="pose_file_page"),
        path("<uuid:version_id>/rights/", view(page.version_rights), name="version_rights"),
    ]


def template_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("import/", view(bundles.template_import_page), name="template_import_page"),
        path("<uuid:template_id>/export/", view(bundles.template_export), name="template_export"),
        path("<uuid:template_id>/history/", view(history.history_page), name="template_history_page"),
    ]


def slot_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("new/", view(slots.slot_new), name="slot_new"),
        path("order/", view(slots.slots_order), name="slots_order"),
        path("<uuid:slot_id>/dates/", view(slots.slot_dates), name="slot_dates"),
        path("<uuid:slot_id>/remove/", view(slots.slot_take_away), name="slot_remove"),
    ]
