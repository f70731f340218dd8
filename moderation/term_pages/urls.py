"""Addresses of the word lists' own pages, mounted inside the console and behind its sign-in."""

from django.contrib import admin
from django.urls import URLPattern, path

from moderation.term_pages import files, trying


def term_list_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("try/", view(trying.try_page), name="terms_try"),
        path("<uuid:list_id>/import/", view(files.import_page), name="terms_import"),
        path("<uuid:list_id>/import/confirm/", view(files.import_confirm), name="terms_import_confirm"),
        path("<uuid:list_id>/export/", view(files.export_file), name="terms_export"),
    ]
