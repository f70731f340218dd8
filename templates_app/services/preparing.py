"""A draft gets its previews: version_prepare, version_prepared, version_unprepared, version_choose_cover."""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from moderation.services.audit import audit_append
from templates_app.models import Preview, PreviewKind, TemplateVersion
from templates_app.motion_errors import (
    CoverTestRuns,
    CoverUnknown,
    VersionNotEditable,
    VersionNotPreparable,
)
from templates_app.services.gates import length_require, second_person_require
from templates_app.services.revision import catalogue_changed
from templates_app.signals import previews_wanted
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import TransitionRefused

PREPARABLE = frozenset({VersionState.DRAFT, VersionState.READY})


@transaction.atomic
def version_prepare(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Have the previews of a draft rendered; it is PROCESSING until they are there, READY then.

    One that is READY gets new ones. Raises PermissionRefused, MovementTooShort, VersionNotPreparable,
    EngineUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    version = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    length_require(version.duration_seconds)
    version_begin_processing(version, by)
    previews_wanted.send(TemplateVersion, version=version, by=by)
    return version


def version_begin_processing(version: TemplateVersion, by: User) -> None:
    """Move a locked draft on; one that is processing already stays. Raises VersionNotPreparable."""
    if version.state == VersionState.PROCESSING:
        return
    if version.state not in PREPARABLE:
        raise VersionNotPreparable(details={"state": version.state})
    if version.state == VersionState.READY:
        VERSION.move(version, VersionState.DRAFT)
    VERSION.move(version, VersionState.PROCESSING, preview_error="")
    audit_append(action="templates.version.prepared", subject=version, actor=by)


def version_prepared(*, version_id: uuid.UUID, previews: Collection[Preview]) -> None:
    """The previews are stored: they take the place of all earlier ones, and the version is READY.

    Call it inside the transaction that ends the job. Raises TransitionRefused when nobody waits for them.
    """
    version = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version_id)
    VERSION.move(version, VersionState.READY, guard={"state": VersionState.PROCESSING}, preview_error="")
    kept = character_chosen(version)
    for old in version.previews.all():
        old.delete()
        transaction.on_commit(lambda key=old.key: storage.erase(storage.PREVIEWS, key), robust=True)  # type: ignore[misc]
    Preview.objects.bulk_create(previews)
    covers = [preview for preview in previews if preview.kind == PreviewKind.COVER]
    cover = next((preview for preview in covers if preview.character == kept), covers[0] if covers else None)
    TemplateVersion.objects.filter(pk=version_id).update(cover=cover, updated_at=timezone.now())
    audit_append(action="templates.version.previews_made", subject=version, data={"count": len(previews)})


def character_chosen(version: TemplateVersion) -> str:
    """Whose cover is shown first, or will be once there are previews; empty when nobody chose one."""
    return version.cover.character if version.cover is not None else version.wanted_cover


@transaction.atomic
def version_unprepared(*, version_id: uuid.UUID, code: str) -> None:
    """The previews could not be made: the version is a draft again, `code` says why. Safe to call twice."""
    version = TemplateVersion.objects.filter(pk=version_id).first()
    if version is None:
        return
    try:
        VERSION.move(
            version,
            VersionState.DRAFT,
            guard={"state": VersionState.PROCESSING},
            preview_error=code[:60],
        )
    except TransitionRefused:
        return
    audit_append(action="templates.version.unprepared", subject=version, data={"code": code[:60]})


@transaction.atomic
def version_choose_cover(*, version: TemplateVersion, preview_id: uuid.UUID, by: User) -> TemplateVersion:
    """Show this cover of the version first.

    That of one that was published is chosen by a second person who may publish, and not while covers are
    tried out; none while the version is being checked. Raises PermissionRefused, VersionNeedsSecondPerson,
    VersionNotEditable, CoverTestRuns, CoverUnknown.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    version = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if version.state == VersionState.CHECKING:
        raise VersionNotEditable(details={"state": version.state})
    if version.published_at is not None:
        roles.require(by, roles.TEMPLATE_PUBLISH)
        second_person_require(version, by)
    if version.cover_tests.filter(ended_at__isnull=True).exists():
        raise CoverTestRuns
    before = version.cover
    cover = version.previews.filter(pk=preview_id, kind=PreviewKind.COVER).first()
    if cover is None:
        raise CoverUnknown
    TemplateVersion.objects.filter(pk=version.pk).update(cover=cover, updated_at=timezone.now())
    if version.published_at is None:
        version.contributors.add(by)
    version.refresh_from_db()
    catalogue_changed()
    audit_append(
        action="templates.version.cover_chosen",
        subject=version,
        actor=by,
        data={
            "character": cover.character,
            "cover": str(cover.pk),
            "before": str(before.pk) if before else None,
        },
    )
    return version
