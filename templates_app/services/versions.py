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
from templates_app.states import BEFORE_REVIEW, VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import AppError


class PreviewsFixed(AppError):
    """What moderation looks at, or has looked at, stays as it is."""

    code = "version_previews_fixed"
    http_status = 409
    default_message = _("Take the version back from review before you change its previews.")


class PoseFileInvalid(AppError):
    """The stored pose file is not the one that the version was made with."""

    code = "pose_file_invalid"
    http_status = 500
    default_message = _("The movement of this template cannot be read.")


def version_create(
    *,
    template: DanceTemplate,
    poses: PoseSequence,
    by: User,
    bpm: float | None = None,
    body_style: BodyStyle = BodyStyle.FULL,
) -> TemplateVersion:
    """Store a movement as the template's next version, READY for previews and review.

    The file is stored before the row; when the row fails it stays, and the same movement finds it again.
    Raises PermissionRefused.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    data = poses.to_npz()
    digest = hashlib.sha256(data).hexdigest()
    key = storage.pose_key(digest)
    if not storages[storage.UPLOADS].exists(key):
        key = storage.store_bytes(storage.UPLOADS, key, data)
    version = TemplateVersion(
        template=template,
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
    _number_and_save(version)
    return version


@transaction.atomic
def _number_and_save(version: TemplateVersion) -> None:
    """Numbers are given one after the other, under the template's lock."""
    template = DanceTemplate.objects.select_for_update().get(pk=version.template_id)
    newest: int = template.versions.aggregate(newest=Max("number"))["newest"] or 0
    version.number = newest + 1
    version.save(force_insert=True)
    VERSION.move(version, VersionState.READY)


def version_poses(version: TemplateVersion) -> PoseSequence:
    """The version's movement, read from storage. Raises FileMissing, PoseFileInvalid."""
    data = storage.read_bytes(storage.UPLOADS, version.pose_key)
    if hashlib.sha256(data).hexdigest() != version.pose_sha256:
        raise PoseFileInvalid(details={"version": str(version.pk)})
    try:
        return PoseSequence.from_npz(data)
    except PoseSequenceError as error:
        raise PoseFileInvalid(details={"version": str(version.pk)}) from error


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

    The file is stored before the row, and erased again when the row is refused. Raises PermissionRefused,
    VersionFrozen once the version was published, PreviewsFixed once it was handed to moderation.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    _require_changeable(TemplateVersion.objects.get(pk=version.pk))
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
    try:
        _replace(preview)
    except BaseException:
        storage.erase(storage.PREVIEWS, preview.key)
        raise
    return preview


@transaction.atomic
def _replace(preview: Preview) -> None:
    """Save a preview in place of the one before it, while the version may still change."""
    version = TemplateVersion.objects.select_for_update().get(pk=preview.version_id)
    _require_changeable(version)
    for old in version.previews.filter(kind=preview.kind, character=preview.character):
        old.delete()
        transaction.on_commit(lambda key=old.key: storage.erase(storage.PREVIEWS, key))  # type: ignore[misc]
    preview.save(force_insert=True)


def _require_changeable(version: TemplateVersion) -> None:
    if version.published_at is not None:
        raise VersionFrozen(details={"fields": ["previews"]})
    if version.state not in BEFORE_REVIEW:
        raise PreviewsFixed(details={"state": version.state})
