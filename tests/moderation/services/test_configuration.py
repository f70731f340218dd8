"""The desk's numbers: one row, changed by seniors, with a trace."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from moderation.models import AuditEntry, ModerationSettings
from moderation.services.configuration import settings_change, settings_install
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def test_a_change_counts_at_once_and_leaves_a_trace(moderator: Any, senior: Any) -> None:
    settings_change(changes={"undo_seconds": 5}, by=senior)
    assert ModerationSettings.current().undo_seconds == 5
    entry = AuditEntry.objects.get(action="moderation.settings.changed")
    assert (entry.data["before"], entry.data["after"]) == ({"undo_seconds": 10}, {"undo_seconds": 5})
    assert entry.data["row"]["undo_seconds"] == 5
    with pytest.raises(PermissionRefused):
        settings_change(changes={"undo_seconds": 0}, by=moderator)


def test_there_is_one_row_and_installing_again_keeps_it(senior: Any) -> None:
    settings_change(changes={"claim_minutes": 3}, by=senior)
    settings_install()
    assert ModerationSettings.current().claim_minutes == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        ModerationSettings.objects.create(pk=2)


def test_without_the_row_the_defaults_hold() -> None:
    ModerationSettings.objects.all().delete()
    assert ModerationSettings.current().undo_seconds == 10
