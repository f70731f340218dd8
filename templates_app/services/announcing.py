"""version_announce: tell every app that listens what the library offers, or offers no more."""

from typing import Any

from templates_app.models import TemplateVersion
from tongyi_portal.webhooks.services.events import event_emit

PUBLISHED, RETIRED = "templates.template.published", "templates.template.retired"


def version_announce(*, version: TemplateVersion, is_live: bool) -> None:
    """Call it in the transaction that made the version live or took it off; one query when nobody listens."""

    def data() -> dict[str, Any]:
        template = version.template
        return {
            "template": template.slug,
            "name_zh": template.name_zh,
            "name_en": template.name_en,
            "version": version.number,
            "published_at": version.published_at.isoformat() if version.published_at else None,
        }

    event_emit(type=PUBLISHED if is_live else RETIRED, owner_id=None, data=data)
