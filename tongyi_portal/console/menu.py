"""The console's menu: what each entry needs, and the badge of the review queue."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from moderation.queue_selectors import backlog_counts_recent
from tongyi_portal.common import roles
from tongyi_portal.common.reports import reports_for
from tongyi_portal.webhooks.selectors import endpoints_given_up


def _review_badge(user: Any) -> dict[str, Any]:
    """How many items wait for a person; nothing for an empty queue or whoever may not see it."""
    waiting = backlog_counts_recent().undecided if user.has_perm("moderation.view_reviewitem") else 0
    return {"badge": str(waiting)} if waiting else {}


def _webhook_badge(user: Any) -> dict[str, Any]:
    """How many endpoints the portal has switched off because they failed; nothing when there are none."""
    off = endpoints_given_up().count() if user.has_perm("webhooks.view_endpoint") else 0
    return {"badge": str(off)} if off else {}


def _entry(title: Any, icon: str, model: str, own_by: str = "") -> dict[str, Any]:
    """A menu entry that leads to a model's list; seen by whoever may view its rows.

    own_by: the permission with which one has rows of one's own there.
    """
    app_label, model_name = model.split(".")
    wanted = {f"{app_label}.view_{model_name}", own_by} - {""}
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app_label}_{model_name}_changelist"),
        "permission": lambda request: any(request.user.has_perm(permission) for permission in wanted),
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """UNFOLD["SIDEBAR"]["navigation"]."""
    return [
        _numbers(),
        {
            "title": _("Moderation"),
            "separator": True,
            "items": [
                _entry(_("Review queue"), "gavel", "moderation.reviewitem") | _review_badge(request.user),
                _entry(_("Uploads"), "photo_library", "generation.upload"),
                _entry(_("Scans"), "policy", "moderation.scanrun"),
                _entry(_("Decisions"), "fact_check", "moderation.decision"),
                _entry(_("Policies"), "rule", "moderation.policy"),
                _entry(_("Simulations"), "labs", "moderation.policysimulation"),
                _entry(_("Rescans"), "restart_alt", "moderation.rescan"),
                {
                    "title": _("Reports"),
                    "icon": "monitoring",
                    "link": reverse_lazy("admin:reports"),
                    "permission": lambda request: bool(reports_for(request.user)),
                },
                _entry(_("Term lists"), "spellcheck", "moderation.termlist"),
                _entry(_("Hash banks"), "fingerprint", "moderation.hashbank"),
                _entry(_("Queues"), "inbox", "moderation.reviewqueue"),
                _entry(_("Due times"), "timer", "moderation.servicetarget"),
                _entry(_("Gold items"), "workspace_premium", "moderation.golditem"),
                _entry(_("Desk settings"), "tune", "moderation.moderationsettings"),
                _entry(_("Strikes"), "report", "moderation.strike"),
                _entry(_("Account measures"), "person_off", "moderation.accountmeasure"),
                _entry(_("Appeals"), "balance", "moderation.appeal"),
                _entry(_("Statements"), "description", "moderation.statementofreasons"),
                _entry(_("Consents"), "handshake", "moderation.consentrecord"),
                _entry(_("Erasures"), "delete_forever", "moderation.erasurerequest"),
                _entry(_("Audit"), "history_edu", "moderation.auditentry"),
            ],
        },
        {
            "title": _("Templates"),
            "separator": True,
            "items": [
                _entry(_("Dance templates"), "music_note", "templates_app.dancetemplate"),
                _entry(_("Versions"), "difference", "templates_app.templateversion"),
                _entry(_("Featured slots"), "star", "templates_app.featuredslot"),
                _entry(_("Cover tests"), "science", "templates_app.covertest"),
                _entry(_("Dance videos"), "video_camera_front", "templates_app.motionvideo"),
                _entry(_("Takes"), "directions_run", "templates_app.take"),
                _entry(_("Categories"), "category", "templates_app.category"),
                _entry(_("Tags"), "sell", "templates_app.tag"),
            ],
        },
        _generation(),
        _access(request),
    ]


def _numbers() -> dict[str, Any]:
    return {
        "items": [
            {"title": _("Dashboard"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
            {
                "title": _("Usage"),
                "icon": "bar_chart",
                "link": reverse_lazy("admin:usage"),
                "permission": lambda request: request.user.has_perm(roles.USAGE_VIEW),
            },
        ]
    }


def _generation() -> dict[str, Any]:
    return {
        "title": _("Generation"),
        "separator": True,
        "items": [
            _entry(_("Jobs"), "movie", "generation.job"),
            _entry(_("Files"), "video_file", "generation.artifact"),
            _entry(_("Engines"), "memory", "generation.engineprofile"),
            _entry(_("Shares of the queue"), "balance", "generation.queueshare"),
        ],
    }


def _access(request: HttpRequest) -> dict[str, Any]:
    return {
        "title": _("Access"),
        "separator": True,
        "items": [
            _entry(_("Users"), "person", "accounts.user"),
            _entry(_("Roles"), "badge", "auth.group"),
            _entry(_("API tokens"), "key", "accounts.apitoken", own_by=roles.API_USE),
            _entry(_("Webhooks"), "webhook", "webhooks.endpoint") | _webhook_badge(request.user),
            _entry(_("Webhook deliveries"), "outbox", "webhooks.delivery"),
            _entry(_("Webhook events"), "bolt", "webhooks.event"),
        ],
    }
