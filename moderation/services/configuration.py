"""settings_install, settings_change: the row of ModerationSettings."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from moderation.models.settings import ModerationSettings
from moderation.services.audit import audit_append_all
from moderation.services.evidence import evidence_note
from tongyi_portal.common import roles


@transaction.atomic
def settings_install() -> None:
    """See that the row is there, with the values that the setting MODERATION_START gives. Changes nothing."""
    row, is_new = ModerationSettings.objects.get_or_create(pk=1, defaults=dict(settings.MODERATION_START))
    if is_new:
        audit_append_all([evidence_note("moderation.settings.installed", row)])


@transaction.atomic
def settings_change(*, changes: Mapping[str, int], by: Any) -> ModerationSettings:
    """Change some of the numbers; they count from the next request on. Raises PermissionRefused."""
    roles.require(by, roles.MODERATION_CONFIGURE)
    row, _created = ModerationSettings.objects.select_for_update().get_or_create(pk=1)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    facts = {"before": before, "after": dict(changes)}
    row.refresh_from_db()
    audit_append_all([evidence_note("moderation.settings.changed", row, by, **facts)])
    return row
