"""What the clock does to versions and slots, through the tasks that the scheduler names."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from templates_app.models import NOT_FEATURED, FeaturedSlot, TemplateVersion
from templates_app.services.featuring import slot_add
from templates_app.services.scheduling import version_schedule
from templates_app.states import VersionState
from templates_app.tasks import light
from tests.factories.templates import cleared_version, superuser

pytestmark = pytest.mark.django_db


def tick(entry: str, task: Any) -> None:
    """Run what the schedule has under that name."""
    assert settings.CELERY_BEAT_SCHEDULE[entry]["task"] == task.name
    task()


def test_a_due_version_goes_live() -> None:
    version = cleared_version()
    version_schedule(version=version, by=superuser(), publish_at=timezone.now() + timedelta(hours=1))
    tick("advance-versions", light.versions_advance)
    version.refresh_from_db()
    assert version.state == VersionState.SCHEDULED
    TemplateVersion.objects.filter(pk=version.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        tick("advance-versions", light.versions_advance)
        version.refresh_from_db()
        assert version.state == VersionState.PUBLISHED


def test_a_slot_that_is_over_leaves_the_head_of_the_catalogue() -> None:
    template = cleared_version().template
    slot = slot_add(template=template, by=superuser())
    template.refresh_from_db()
    assert template.featured_position == 1
    now = timezone.now()
    FeaturedSlot.objects.filter(pk=slot.pk).update(
        starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1)
    )
    tick("refresh-featured", light.featured_refresh)
    template.refresh_from_db()
    assert template.featured_position == NOT_FEATURED
