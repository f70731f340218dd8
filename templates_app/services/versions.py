"""What can happen to a version before it is published: version_create, version_attach_preview."""

import hashlib

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from templates_app.models import (
    BodyStyle,
    DanceTemplate,
    Preview,
    PreviewKind,
    TemplateVersion,
    VersionFrozen,
)
from templates_app.poses.sequence import PoseSequence, PoseSequenceError
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import AppError


class PoseFileInvalid(AppError):
    """The stored pose file is not the one that the version was made with."""

    code = "pose_file_invalid"
    http_status = 500
    default_message = _("The movement of this template cannot be read.")


@transaction.atomic
def version_create(
    *,
    template: DanceTemplate,
    poses: PoseSequence,
    by: User,
    bpm: float | None = None,
    body_style: BodyStyle = BodyStyle.FULL,
) -> TemplateVersion:
    """Store a movement as the template's next version, READY for previews and review.

    Raises PermissionRefused.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    DanceTemplate.objects.select_for_update().get(pk=template.pk)  # numbers are given one after the other
    data = poses.to_npz()
    digest = hashlib.sha256(data).hexdigest()
    key = storage.pose_key(digest)
    if not storages[storage.UPLOADS].exists(key):
        key = storage.store_bytes(storage.UPLOADS, key, data)
    newest: int = template.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = TemplateVersion.objects.create(
        template=template,
        number=newest + 1,
        fps=poses.fps,
        frame_count=poses.frame_count,
        people_count=poses.people_count,
        duration_seconds=poses.duration_seconds,
        bpm=bpm,
        body_style=body_style,
        is_loop=poses.is_loop,
        pose_key=key,
        pose_sha256=digest,
        created_by=by,
    )
    VERSION.move(version, VersionState.READY)
    return version


def version_poses(version: TemplateVersion) -> PoseSequence:
    """The version's movement, read from storage. Raises FileMissing, PoseFileInvalid."""
    data = storage.read_bytes(storage.UPLOADS, version.pose_key)
    if hashlib.sha256(data).hexdigest() != version.pose_sha256:
        raise PoseFileInvalid(details={"version": str(version.pk)})
    try:
        return PoseSequence.from_npz(data)
    except PoseSequenceError as error:
        raise PoseFileInvalid(details={"version": str(version.pk)}) from error


@transaction.atomic
def version_attach_preview(
    *,
    version: TemplateVersion,
    kind: PreviewKind,
    data: bytes,
    mime: str,
    width: int,
    height: int,
    by: User,
    character: str = "",
) -> Preview:
    """Store a preview file; one of the same kind and character is replaced, under a new id.

    Raises PermissionRefused, VersionFrozen once the version was published.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    locked = TemplateVersion.objects.select_for_update().get(pk=version.pk)
    if locked.published_at is not None:
        raise VersionFrozen(details={"fields": ["previews"]})
    for old in version.previews.filter(kind=kind, character=character):
        old.delete()
        transaction.on_commit(lambda key=old.key: storage.erase(storage.PREVIEWS, key))  # type: ignore[misc]
    digest = hashlib.sha256(data).hexdigest()
    preview = Preview(
        version=version,
        kind=kind,
        character=character,
        mime=mime,
        width=width,
        height=height,
        byte_size=len(data),
        sha256=digest,
    )
    wanted = storage.preview_key(version.pk, kind, character, digest, mime)
    preview.key = storage.store_bytes(storage.PREVIEWS, wanted, data)
    preview.save()
    return preview
