"""The console's theme (django-unfold): title, colours, styles, menu, dashboard."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Tongyi Portal",
    "SITE_HEADER": "Tongyi Portal",
    "SHOW_LANGUAGES": True,
}
