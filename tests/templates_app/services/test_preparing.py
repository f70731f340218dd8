"""Who may choose the cover of a version, and when."""

from typing import Any

import pytest

from moderation.models import AuditEntry
from templates_app.models import CoverTest, Preview, PreviewKind, TemplateVersion
from templates_app.motion_errors import CoverTestRuns, VersionNotEditable
from templates_app.services.gates import VersionNeedsSecondPerson
from templates_app.services.preparing import version_choose_cover
from templates_app.states import VersionState
from tests.factories.accounts import user_with
from tests.factories.templates import live_template, superuser, version_of
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


def live_version() -> TemplateVersion:
    version = live_template().live_version
    assert version is not None
    return version


def cover_of(version: TemplateVersion, character: str = "tall") -> Preview:
    return Preview.objects.create(
        version=version,
        kind=PreviewKind.COVER,
        character=character,
        key=character,
        mime="image/jpeg",
        width=1,
        height=1,
        byte_size=1,
        sha256="0" * 64,
    )


def test_the_maker_chooses_the_cover_of_a_draft() -> None:
    version, maker = version_of(), user_with(roles.CURATOR)
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=maker)
    cover = cover_of(version)
    assert version_choose_cover(version=version, preview_id=cover.pk, by=maker).cover == cover


def test_the_cover_of_a_published_version_takes_a_second_person(settings: Any) -> None:
    version, maker, other = live_version(), user_with(roles.CURATOR), user_with(roles.CURATOR)
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=maker)
    first, second = cover_of(version), cover_of(version, "short")
    version_choose_cover(version=version, preview_id=first.pk, by=other)
    with pytest.raises(VersionNeedsSecondPerson):
        version_choose_cover(version=version, preview_id=second.pk, by=maker)
    assert TemplateVersion.objects.get(pk=version.pk).cover == first
    assert version_choose_cover(version=version, preview_id=second.pk, by=other).cover == second
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.action, entry.actor_id) == ("templates.version.cover_chosen", other.pk)
    assert entry.data == {"character": "short", "cover": str(second.pk), "before": str(first.pk)}


def test_no_cover_is_chosen_while_the_version_is_being_checked() -> None:
    version = version_of()
    TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.CHECKING)
    with pytest.raises(VersionNotEditable) as refused:
        version_choose_cover(version=version, preview_id=cover_of(version).pk, by=superuser())
    assert refused.value.details == {"state": "checking"}
    assert TemplateVersion.objects.get(pk=version.pk).cover is None


def test_no_cover_is_chosen_while_covers_are_tried_out() -> None:
    version = live_version()
    cover = cover_of(version)
    CoverTest.objects.create(version=version, created_by=superuser())
    with pytest.raises(CoverTestRuns):
        version_choose_cover(version=version, preview_id=cover.pk, by=superuser())
