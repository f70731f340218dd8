"""Addresses of the motion editor, mounted inside the console and behind its sign-in."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from templates_app.editor_pages import page


def editor_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("<uuid:version_id>/editor", view(page.editor_page), name="motion_editor"),
        path("<uuid:version_id>/editor/standing", view(page.editor_standing), name="motion_editor_standing"),
        path("<uuid:version_id>/editor/copy", view(page.editor_copy), name="motion_editor_copy"),
    ]
