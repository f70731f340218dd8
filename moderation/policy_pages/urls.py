"""Addresses of the policy pages, mounted inside the console and behind its sign-in."""

from django.contrib import admin
from django.urls import URLPattern, path

from moderation.policy_pages import acts, editor, rescans, simulations


def policy_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("<uuid:policy_id>/", view(editor.policy_page), name="policy_page"),
        path("<uuid:policy_id>/save/", view(editor.policy_save), name="policy_save"),
        path("<uuid:policy_id>/check/", view(editor.policy_check), name="policy_check"),
        path("<uuid:policy_id>/live/", view(acts.publish_page), name="policy_publish_page"),
        path("<uuid:policy_id>/do/<str:verb>/", view(acts.policy_act), name="policy_act"),
    ]


def simulation_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("<uuid:simulation_id>/", view(simulations.simulation_page), name="simulation_page"),
        path("<uuid:simulation_id>/stop/", view(simulations.simulation_stop), name="simulation_stop"),
    ]


def rescan_urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("start/", view(rescans.rescan_start), name="rescan_start"),
        path("<uuid:rescan_id>/", view(rescans.rescan_page), name="rescan_page"),
        path("<uuid:rescan_id>/do/<str:verb>/", view(rescans.rescan_act), name="rescan_act"),
    ]
