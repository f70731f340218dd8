"""template_export, template_import: a template as one file, from one portal into another."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from templates_app.beats import FASTEST_BPM, SLOWEST_BPM, Beat
from templates_app.models import (
    Category,
    DanceTemplate,
    RightsRecord,
    Tag,
    Take,
    TemplateVersion,
)
from templates_app.models.version import CHARACTER_CHARS
from templates_app.poses.bundle import EDITS, MANIFEST, POSES, TAKE, Bundle, Source, read_bundle, write_bundle
from templates_app.poses.bundle_manifest import BundleInvalid, BundleManifest
from templates_app.poses.edits import FASTEST, SLOWEST, MotionEdits
from templates_app.poses.sequence import PoseSequence
from templates_app.services.bundle_media import (
    MUSIC,
    TAKE_MUSIC,
    media_of,
    music_take_over,
    previews_are_in,
)
from templates_app.services.contents import content_erase, content_of, content_store
from templates_app.services.editing import version_insert
from templates_app.services.gates import length_require
from templates_app.services.preparing import character_chosen
from templates_app.services.rights import RIGHTS_FIELDS, RightsInvalid, rights_import
from templates_app.services.takes import take_import, take_poses
from templates_app.services.templates import category_ensure, tag_ensure, template_create
from templates_app.services.versions import version_poses
from templates_app.texts import BUNDLE_TEXTS
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import AppError, NotFound

BUNDLE_SUFFIX = ".dance.zip"
BUNDLE_MIME = "application/zip"
MAX_BUNDLE_BYTES = 600 * 1024 * 1024


class BundleSlugTaken(AppError):
    """Details: slug, name (of the template that has it)."""

    code = "bundle_slug_taken"
    http_status = 409
    default_message = _(
        "There is a template of this slug already: give another slug, or add the movement to that template."
    )


class BundleCategoryUnknown(AppError):
    """Details: category, the slug in the file."""

    code = "bundle_category_unknown"
    http_status = 409
    default_message = _("There is no category of that slug here: choose one of those that there are.")


class BundleTooLarge(AppError):
    code = "bundle_too_large"
    http_status = 413
    default_message = _("The file is larger than a template may be.")


@dataclass(frozen=True)
class Imported:
    """version: a draft. notes: what of the file was not taken over, as sentences."""

    version: TemplateVersion
    notes: tuple[str, ...]


@contextmanager
def template_export(*, version: TemplateVersion, by: User) -> Iterator[IO[bytes]]:
    """The version with its template as one file, open at its start; it is gone when the block ends.

    Raises PermissionRefused, FileMissing, PoseFileInvalid, StorageUnavailable, BundleInvalid.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as target:
        write_bundle(target, _manifest(version), _files(version, Path(name)))
        with transaction.atomic():
            data = {"version": version.number, "pose_sha256": version.pose_sha256}
            audit_append(action="templates.template.exported", subject=version.template, actor=by, data=data)
        target.seek(0)
        yield target


def export_name(version: TemplateVersion) -> str:
    """The file name that a browser saves it under."""
    return f"{version.template.slug}-v{version.number}{BUNDLE_SUFFIX}"


def _manifest(version: TemplateVersion) -> BundleManifest:
    template, take = version.template, version.take
    tags = list(template.tags.order_by("slug"))
    record = RightsRecord.objects.filter(version=version).first()
    return BundleManifest(
        slug=template.slug,
        name_zh=template.name_zh,
        name_en=template.name_en,
        description_zh=template.description_zh,
        description_en=template.description_en,
        category=template.category.slug,
        category_zh=template.category.name_zh,
        category_en=template.category.name_en,
        tags=tuple(tag.slug for tag in tags),
        tag_names={tag.slug: (tag.name_zh, tag.name_en) for tag in tags},
        beats=tuple(version.beats),
        take_beats=tuple(take.beats if take else version.beats),
        facts={
            "number": version.number,
            "bpm": version.bpm,
            "take_bpm": take.bpm if take else version.bpm,
            "cover": character_chosen(version) or None,
            "body_style": version.body_style,
            "people_count": version.people_count,
            "duration_seconds": version.duration_seconds,
            "is_loop": version.is_loop,
        },
        rights={} if record is None else _rights_out(record),
    )


def _rights_out(record: RightsRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in RIGHTS_FIELDS}
    values["territory"] = ",".join(record.territory)
    values["valid_until"] = record.valid_until.isoformat() if record.valid_until else None
    return values


def _files(version: TemplateVersion, folder: Path) -> dict[str, Source]:
    """Movement, what it was made from (itself, when it came whole), previews and music."""
    poses = version_poses(version).to_npz()
    take = poses if version.take is None else take_poses(version.take).to_npz()
    edits = MotionEdits() if version.take is None else MotionEdits.from_document(version.edits)
    return {POSES: poses, TAKE: take, EDITS: edits.to_json().encode(), **media_of(version, folder)}


def template_import(
    *,
    path: Path,
    by: User,
    slug: str = "",
    category: Category | None = None,
    into: DanceTemplate | None = None,
) -> Imported:
    """The movement of a bundle as a DRAFT, of a new template or as the next version of `into`.

    Nothing of it is published. Its music comes along; previews do not, because nothing shows that they are of
    this movement: they are rendered here, and the cover of the same character is chosen. A category and tags
    that are missing here are made, and judged. The rights record is stored but not confirmed. slug: instead
    of the file's. Raises PermissionRefused, BundleInvalid, BundleTooLarge, MovementTooShort, BundleSlugTaken,
    BundleCategoryUnknown, TemplateWordsRefused, ValidationError for bad values, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    if path.stat().st_size > MAX_BUNDLE_BYTES:
        raise BundleTooLarge(details={"limit_bytes": MAX_BUNDLE_BYTES})
    try:
        bundle = read_bundle(path)
        beats = _beats(bundle.manifest)
    except BundleInvalid as error:  # its own words name the parts of the file, for those who write one
        error.message = BUNDLE_TEXTS.get(error.reason, BundleInvalid.default_message)
        raise
    length_require(bundle.poses.duration_seconds)
    notes: list[str] = []
    with transaction.atomic():
        template = into or _template(bundle.manifest, by, slug, category)
        version = _draft(bundle, beats, template, by, notes)
        _rights_in(bundle.manifest, version, by, notes)
        if previews_are_in(bundle):
            notes.append(gettext("The previews in the file were not taken over; have new ones made."))
        data = {"slug": template.slug, "version": version.number, "pose_sha256": version.pose_sha256}
        audit_append(action="templates.template.imported", subject=template, actor=by, data=data)
    return Imported(version, tuple(notes))


def _template(manifest: BundleManifest, by: User, slug: str, category: Category | None) -> DanceTemplate:
    wanted = slug or manifest.slug
    taken = DanceTemplate.objects.filter(slug=wanted).first()
    if taken is not None:
        raise BundleSlugTaken(details={"slug": wanted, "name": taken.name})
    shelf = category or Category.objects.filter(slug=manifest.category).first()
    if shelf is None:
        if not (manifest.category_zh and manifest.category_en):
            raise BundleCategoryUnknown(details={"category": manifest.category})
        shelf = category_ensure(
            by=by, slug=manifest.category, name_zh=manifest.category_zh, name_en=manifest.category_en
        )
    tags = [_tag(manifest, tag, by) for tag in manifest.tags]
    return template_create(
        by=by,
        slug=wanted,
        name_zh=manifest.name_zh,
        name_en=manifest.name_en,
        description_zh=manifest.description_zh,
        description_en=manifest.description_en,
        category=shelf,
        tags=tags,
    )


def _tag(manifest: BundleManifest, slug: str, by: User) -> Tag:
    name_zh, name_en = manifest.tag_names.get(slug, (slug, slug))
    return tag_ensure(by=by, slug=slug, name_zh=name_zh, name_en=name_en)


def _draft(
    bundle: Bundle, beats: tuple[Beat, Beat], template: DanceTemplate, by: User, notes: list[str]
) -> TemplateVersion:
    """Take and edits of the file when they make exactly its movement; else the movement alone."""
    danced, taken = beats
    source, edits = bundle.poses, MotionEdits()
    if bundle.take is not None and bundle.edits is not None:
        source, edits = bundle.take, bundle.edits
    content = content_of(source, edits, taken=taken, bpm=taken.bpm, sound=None)
    if _digest(content.poses) != _digest(bundle.poses):
        notes.append(gettext("The edits in the file do not make its movement; only the movement was kept."))
        source, taken = bundle.poses, danced
        content = content_of(source, MotionEdits(), taken=taken, bpm=danced.bpm, sound=None)
    seconds = content.poses.duration_seconds
    danced = replace(danced, beats=tuple(beat for beat in danced.beats if beat < seconds))
    content = replace(content, beat=danced, music=music_take_over(bundle, MUSIC, notes))
    take = _take(source, template, by, taken, music_take_over(bundle, TAKE_MUSIC, notes))
    version = TemplateVersion(
        template=template, take=take, created_by=by, wanted_cover=_wanted_cover(bundle.manifest)
    )
    fields = content_store(content, storage.version_folder(version.pk))
    try:
        return version_insert(version=version, fields=fields, by=by, facts={"imported": True})
    except BaseException:
        content_erase(fields)
        if take.music_key:
            storage.erase(storage.UPLOADS, take.music_key)
        raise


def _wanted_cover(manifest: BundleManifest) -> str:
    """The character whose cover was chosen; empty for none, and for what cannot be a character."""
    cover = manifest.facts.get("cover")
    return cover if isinstance(cover, str) and len(cover) <= CHARACTER_CHARS else ""


def _beats(manifest: BundleManifest) -> tuple[Beat, Beat]:
    """That of the movement and that of its take. Raises BundleInvalid for a tempo that no edits can make."""
    return (
        Beat(_tempo(manifest, "bpm"), manifest.beats),
        Beat(_tempo(manifest, "take_bpm"), manifest.take_beats),
    )


def _tempo(manifest: BundleManifest, name: str) -> float | None:
    bpm = manifest.facts.get(name)
    if bpm is None:
        return None
    # A tempo is said at one speed of the edits, and may be danced at any other one.
    least, most = SLOWEST_BPM * SLOWEST / FASTEST, FASTEST_BPM * FASTEST / SLOWEST
    if isinstance(bpm, bool | str) or not least <= bpm <= most:
        problem = f"must be {least:g} to {most:g} or null, got {bpm!r}"
        raise BundleInvalid("manifest_invalid", problem, file=MANIFEST, field=f"/facts/{name}")
    return float(bpm)


def _take(poses: PoseSequence, template: DanceTemplate, by: User, beat: Beat, music: bytes) -> Take:
    take = take_import(template=template, data=poses.to_npz(), file_name="take.npz", by=by)
    take.bpm, take.beats = beat.bpm, list(beat.beats)
    if music:
        key = f"{storage.take_folder(take.pk)}/music.m4a"
        take.music_key = storage.store_bytes(storage.UPLOADS, key, music)
    take.save()
    return take


def _digest(poses: PoseSequence) -> str:
    return hashlib.sha256(poses.to_npz()).hexdigest()


def _rights_in(manifest: BundleManifest, version: TemplateVersion, by: User, notes: list[str]) -> None:
    """Store what the file says of rights; a record that cannot be right is left out and told."""
    if not manifest.rights:
        return
    try:
        rights_import(version=version, by=by, fields=_rights_fields(manifest.rights))
    except (RightsInvalid, ValidationError, ValueError):
        notes.append(gettext("The rights record in the file has faults and was left out."))
        return
    notes.append(gettext("The rights record must be confirmed before the version is handed in."))


def _rights_fields(rights: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a record has, as Python values; others in the file mean nothing here."""
    fields = {name: rights[name] for name in RIGHTS_FIELDS if name in rights}
    if "territory" in fields:
        fields["territory"] = [code for code in str(fields["territory"] or "").split(",") if code]
    if fields.get("valid_until"):
        fields["valid_until"] = date.fromisoformat(str(fields["valid_until"]))
    return fields


def version_to_export(template: DanceTemplate) -> TemplateVersion:
    """The live version; the newest one of a template that is not live. Raises NotFound without any."""
    version = template.live_version or template.versions.order_by("-number").first()
    if version is None:
        raise NotFound(_("This template has no version yet."))
    return version
