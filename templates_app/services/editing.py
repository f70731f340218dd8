"""Drafts and their edits: version_draft, version_insert, version_edit, version_from."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from moderation.models.audit import AuditEntry
from moderation.services.audit import audit_append
from templates_app.beats import Beat
from templates_app.models import DanceTemplate, Take, TemplateVersion, VersionFrozen
from templates_app.motion_errors import EditsOutdated, VersionNotEditable, VersionWithoutTake
from templates_app.poses.edits import MotionEdits
from templates_app.services.contents import (
    FIELDS,
    FILES,
    KEYS,
    Content,
    content_erase,
    content_of,
    content_release,
    content_store,
)
from templates_app.services.gates import makers_follow
from templates_app.services.takes import take_of_version, take_poses
from templates_app.states import VERSION, VersionState
from templates_app.texts import EDIT_TEXTS
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

EDITED = "templates.version.edited"
EDITABLE = frozenset({VersionState.DRAFT, VersionState.READY})
UNSAID = object()  # no bpm was given, which is something else than none


def version_draft(*, template: DanceTemplate, take: Take, by: User) -> TemplateVersion:
    """The template's next version: the take's main people, whole, as a DRAFT.

    Raises PermissionRefused, FileMissing, PoseFileInvalid, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    version = TemplateVersion(template=template, take=take, created_by=by)
    content = _content(take, default_edits(take.tracks), take.bpm)
    return _store_and_insert(version, content, by, {"take": str(take.pk)})


def default_edits(tracks: list[dict[str, Any]]) -> MotionEdits:
    """The main people of a take, or all when it has none; nothing else is changed."""
    main = tuple(index for index, track in enumerate(tracks) if track["is_main"])
    return MotionEdits(people=main or None)


def version_from(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """A copy of a version as the template's next draft; what was published cannot be changed itself.

    One that came whole becomes a take first. Raises PermissionRefused, FileMissing, PoseFileInvalid.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    take = take_of_version(version=version, by=by)
    copy = TemplateVersion(template=version.template, take=take, created_by=by)
    if version.take_id is None:
        content = _content(take, MotionEdits(), take.bpm)
        with transaction.atomic():
            _store_and_insert(copy, content, by, {"from": version.number})
            makers_follow(copy, version)
        return copy
    with transaction.atomic():  # locked, so that no edit releases the files meanwhile
        source = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        fields = {name: getattr(source, name) for name in (*FIELDS, *FILES)}
        version_insert(version=copy, fields=fields, by=by, facts={"from": version.number})
        makers_follow(copy, source)
        return copy


def _store_and_insert(
    version: TemplateVersion, content: Content, by: User, facts: Mapping[str, Any]
) -> TemplateVersion:
    with _stored(content, version) as fields:
        return version_insert(version=version, fields=fields, by=by, facts=facts)


@contextmanager
def _stored(content: Content, version: TemplateVersion) -> Iterator[dict[str, Any]]:
    """The content's fields; its files are erased again when the block fails."""
    fields = content_store(content, storage.version_folder(version.pk))
    try:
        yield fields
    except BaseException:
        content_erase(fields)
        raise


@transaction.atomic
def version_insert(
    *, version: TemplateVersion, fields: Mapping[str, Any], by: User, facts: Mapping[str, Any]
) -> TemplateVersion:
    """Save a new draft whose files are stored; numbers are given one after the other, under a lock."""
    template = DanceTemplate.objects.select_for_update(of=("self",)).get(pk=version.template_id)
    newest: int = template.versions.aggregate(newest=Max("number"))["newest"] or 0
    for name, value in fields.items():
        setattr(version, name, value)
    version.number = newest + 1
    version.save(force_insert=True)
    audit_append(
        action="templates.version.drafted",
        subject=version,
        actor=by,
        data={"template": template.slug, "number": version.number, **facts},
    )
    return version


def version_edit(
    *,
    version: TemplateVersion,
    by: User,
    revision: int,
    edits: Any,
    bpm: Any = UNSAID,
) -> TemplateVersion:
    """Save edits (a MotionEdits document) and what they make of the take; a READY version is a draft again.

    revision: that of the edits which these were made from. bpm: the tempo of the music as it is danced, when
    the curator corrects it; None when there is no beat. Raises PermissionRefused, VersionFrozen,
    VersionWithoutTake, VersionNotEditable, MotionEditsInvalid, EditsOutdated, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    version = TemplateVersion.objects.select_related("take").get(pk=version.pk)
    _require_editable(version)
    if version.take is None:
        raise VersionWithoutTake
    if version.edits_revision != revision:
        raise _outdated(version, by)
    wanted = MotionEdits.from_document(edits)
    old_tempo = MotionEdits.from_document(version.edits).tempo
    said = version.bpm if bpm is UNSAID else bpm
    of_take = None if said is None else said / (old_tempo if bpm is UNSAID else wanted.tempo)
    changed = _changed(version, wanted, of_take)
    with _stored(_content(version.take, wanted, of_take), version) as fields:
        return _save(version, fields, by, changed)


def _changed(version: TemplateVersion, wanted: MotionEdits, bpm: float | None) -> list[str]:
    """Keys of EDIT_TEXTS: what of the edits differs. bpm: as filmed."""
    before = MotionEdits.from_document(version.edits)
    old_bpm = None if version.bpm is None else version.bpm / before.tempo
    differs = {
        "trim": wanted.trim != before.trim,
        "people": wanted.people != before.people,
        "mirror": wanted.mirror != before.mirror,
        "tempo": wanted.tempo != before.tempo,
        "loop": (wanted.loop, wanted.loop_blend_frames) != (before.loop, before.loop_blend_frames),
        "bpm": round(bpm or 0, 2) != round(old_bpm or 0, 2),
        "joints": wanted.corrections != before.corrections,
    }
    return [name for name in EDIT_TEXTS if differs[name]]


@transaction.atomic
def _save(
    version: TemplateVersion, fields: Mapping[str, Any], by: User, changed: Sequence[str]
) -> TemplateVersion:
    revision = version.edits_revision
    locked = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.edits_revision != revision:
        raise _outdated(locked, by)
    _require_editable(locked)
    left = {name: getattr(locked, name) for name in KEYS}
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.edits_revision = revision + 1
    locked.preview_error = ""
    locked.save()
    if locked.state == VersionState.READY:
        VERSION.move(locked, VersionState.DRAFT)
    locked.contributors.add(by)
    content_release(left)
    audit_append(
        action=EDITED,
        subject=locked,
        actor=by,
        data={
            "revision": locked.edits_revision,
            "pose_sha256": locked.pose_sha256,
            "changed": list(changed),
        },
    )
    return locked


def _require_editable(version: TemplateVersion) -> None:
    if version.published_at is not None:
        raise VersionFrozen(details={"fields": ["edits"]})
    if version.state not in EDITABLE:
        raise VersionNotEditable(details={"state": version.state})


def _outdated(version: TemplateVersion, by: User) -> EditsOutdated:
    name = changed_by(version)
    message = None
    if name == by.get_username():
        message = _("You have changed the edits in another window meanwhile; load them again.")
    return EditsOutdated(message, details={"revision": version.edits_revision, "changed_by": name})


def changed_by(version: TemplateVersion) -> str:
    """The name of whoever saved the newest edits; of its maker before anybody did."""
    newest = (
        AuditEntry.objects.filter(
            subject_type=TemplateVersion._meta.label_lower, subject_id=str(version.pk), action=EDITED
        )
        .order_by("-sequence")
        .first()
    )
    person = User.objects.filter(pk=newest.actor_id).first() if newest else version.created_by
    return person.get_username() if person is not None else ""


def _content(take: Take, edits: MotionEdits, bpm: float | None) -> Content:
    """What edits make of a take; bpm: the take's, as corrected. Raises MotionEditsInvalid, FileMissing."""
    with tempfile.TemporaryDirectory() as name:
        sound = Path(name) / "sound.m4a"
        return content_of(
            take_poses(take),
            edits,
            taken=Beat(take.bpm, tuple(take.beats)),
            bpm=bpm,
            sound=storage.fetch_to(storage.UPLOADS, take.music_key, sound) if take.music_key else None,
        )
