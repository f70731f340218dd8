"""The console's theme (django-unfold): title, colours, style sheet, menu, dashboard."""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Tongyi Portal"),
    "SITE_HEADER": _("Tongyi Portal"),
    "SITE_SUBHEADER": _("Moderation and templates"),
    "SITE_SYMBOL": "auto_awesome_motion",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("studio/img/logo.svg")}
    ],
    "SITE_URL": "/",
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "tongyi_portal.console.duties.landing_page",
    "STYLES": [lambda _request: static("console/css/console.css")],
    "SCRIPTS": [lambda _request: static("console/js/console.js")],
    "COMMAND": {"search_models": True},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "tongyi_portal.console.menu.navigation",
    },
}
