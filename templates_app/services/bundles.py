"""template_export, template_import: a template as one file, from one portal into another."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from templates_app.beats import Beat
from templates_app.models import (
    Category,
    DanceTemplate,
    PreviewKind,
    RightsRecord,
    Tag,
    Take,
    TemplateVersion,
)
from templates_app.poses.bundle import EDITS, MEDIA, POSES, TAKE, Bundle, Source, read_bundle, write_bundle
from templates_app.poses.bundle_manifest import BundleManifest
from templates_app.poses.edits import MotionEdits
from templates_app.poses.sequence import PoseSequence
from templates_app.services.contents import content_erase, content_of, content_store
from templates_app.services.editing import version_insert
from templates_app.services.rights import RIGHTS_FIELDS, RightsInvalid, rights_import
from templates_app.services.takes import take_import, take_poses
from templates_app.services.templates import template_create
from templates_app.services.versions import version_poses
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
    template = version.template
    record = RightsRecord.objects.filter(version=version).first()
    return BundleManifest(
        slug=template.slug,
        name_zh=template.name_zh,
        name_en=template.name_en,
        description_zh=template.description_zh,
        description_en=template.description_en,
        category=template.category.slug,
        tags=tuple(template.tags.values_list("slug", flat=True)),
        facts={
            "number": version.number,
            "bpm": version.bpm,
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
    """Movement, what it was made from, and previews for whoever looks into the file."""
    files: dict[str, Source] = {POSES: version_poses(version).to_npz()}
    if version.take is not None:
        files[TAKE] = take_poses(version.take).to_npz()
        files[EDITS] = MotionEdits.from_document(version.edits).to_json().encode()
    for preview in version.previews.filter(kind__in=(PreviewKind.COVER, PreviewKind.LOOP)):
        suffix = storage.EXTENSIONS[preview.mime]
        name = "-".join(part for part in (preview.kind, preview.character) if part)
        path = folder / f"{name}.{suffix}"
        files[f"{MEDIA}{name}.{suffix}"] = storage.fetch_to(storage.PREVIEWS, preview.key, path)
    return files


def template_import(
    *,
    path: Path,
    by: User,
    slug: str = "",
    category: Category | None = None,
    into: DanceTemplate | None = None,
) -> Imported:
    """The movement of a bundle as a DRAFT, of a new template or as the next version of `into`.

    Nothing of it is published. Previews in the file are not taken over, they are rendered anew; music is not
    either. The rights record is stored but not confirmed. slug: instead of the file's. Raises
    PermissionRefused, BundleInvalid, BundleTooLarge, BundleSlugTaken, BundleCategoryUnknown, ValidationError
    for bad values, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    if path.stat().st_size > MAX_BUNDLE_BYTES:
        raise BundleTooLarge(details={"limit_bytes": MAX_BUNDLE_BYTES})
    bundle = read_bundle(path)
    notes: list[str] = []
    if bundle.media:
        notes.append(translate("Previews and music in the file were left out; previews are rendered anew."))
    with transaction.atomic():
        template = into or _template(bundle.manifest, by, slug, category, notes)
        version = _draft(bundle, template, by, notes)
        _rights_in(bundle.manifest, version, by, notes)
        data = {"slug": template.slug, "version": version.number, "pose_sha256": version.pose_sha256}
        audit_append(action="templates.template.imported", subject=template, actor=by, data=data)
    return Imported(version, tuple(notes))


def _template(
    manifest: BundleManifest, by: User, slug: str, category: Category | None, notes: list[str]
) -> DanceTemplate:
    wanted = slug or manifest.slug
    taken = DanceTemplate.objects.filter(slug=wanted).first()
    if taken is not None:
        raise BundleSlugTaken(details={"slug": wanted, "name": taken.name})
    shelf = category or Category.objects.filter(slug=manifest.category).first()
    if shelf is None:
        raise BundleCategoryUnknown(details={"category": manifest.category})
    tags = list(Tag.objects.filter(slug__in=manifest.tags))
    unknown = sorted(set(manifest.tags) - {tag.slug for tag in tags})
    if unknown:
        notes.append(translate("Tags that are not known here: %(tags)s.") % {"tags": ", ".join(unknown)})
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


def _draft(bundle: Bundle, template: DanceTemplate, by: User, notes: list[str]) -> TemplateVersion:
    """Take and edits of the file when they make exactly its movement; else the movement alone."""
    bpm = bundle.manifest.facts.get("bpm")
    tempo = float(bpm) if isinstance(bpm, int | float) and not isinstance(bpm, bool) and bpm > 0 else None
    source, edits = bundle.poses, MotionEdits()
    if bundle.take is not None and bundle.edits is not None:
        source, edits = bundle.take, bundle.edits
    danced = tempo / edits.tempo if tempo else None
    content = content_of(source, edits, taken=Beat(danced, ()), bpm=danced, sound=None)
    if _digest(content.poses) != _digest(bundle.poses):
        notes.append(translate("The edits in the file do not make its movement; only the movement was kept."))
        source = bundle.poses
        content = content_of(source, MotionEdits(), taken=Beat(tempo, ()), bpm=tempo, sound=None)
    take = _take(source, template, by)
    version = TemplateVersion(template=template, take=take, created_by=by)
    fields = content_store(content, storage.version_folder(version.pk))
    try:
        return version_insert(version=version, fields=fields, by=by, facts={"imported": True})
    except BaseException:
        content_erase(fields)
        raise


def _take(poses: PoseSequence, template: DanceTemplate, by: User) -> Take:
    return take_import(template=template, data=poses.to_npz(), file_name="take.npz", by=by)


def _digest(poses: PoseSequence) -> str:
    return hashlib.sha256(poses.to_npz()).hexdigest()


def _rights_in(manifest: BundleManifest, version: TemplateVersion, by: User, notes: list[str]) -> None:
    """Store what the file says of rights; a record that cannot be right is left out and told."""
    if not manifest.rights:
        return
    try:
        rights_import(version=version, by=by, fields=_rights_fields(manifest.rights))
    except (RightsInvalid, ValidationError, ValueError):
        notes.append(translate("The rights record in the file has faults and was left out."))
        return
    notes.append(translate("The rights record must be confirmed before the version is handed in."))


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
