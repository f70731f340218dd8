"""What a version needs before it may go on: length, previews, rights in force, a second person."""

import uuid
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from templates_app.characters.standard import standard_characters
from templates_app.models import PreviewKind, RightsRecord, TemplateVersion
from templates_app.motion_errors import MovementTooShort
from templates_app.texts import PREVIEW_TEXTS, rights_field_text
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import AppError

LOOPS_NEEDED = 3
LEAST_SECONDS = 1.0


class PreviewMissing(AppError):
    """A version must be seen before anybody may publish it. Details: missing kinds, and their names."""

    code = "preview_missing"
    http_status = 409
    default_message = _(
        "The version needs a cover, a skeleton clip, a small moving picture and looping clips of three "
        "standard characters first."
    )


class RightsIncomplete(AppError):
    """Details: missing (names of fields), labels (the same for people)."""

    code = "rights_incomplete"
    http_status = 409
    default_message = _("The rights record of the version is not complete.")


class RightsNotInForce(AppError):
    """Details: day, territory ("" when none is asked for), valid_until."""

    code = "rights_not_in_force"
    http_status = 409
    default_message = _("The rights of the version do not cover this day or this country.")


class VersionNeedsSecondPerson(AppError):
    code = "version_needs_second_person"
    http_status = 403
    default_message = _(
        "Whoever made, changed or handed in a version, or stated its rights, may not publish it; somebody "
        "else must."
    )


def length_require(seconds: float) -> None:
    """Raise MovementTooShort for what would stand still in a video."""
    if seconds < LEAST_SECONDS:
        raise MovementTooShort(details={"seconds": round(seconds, 3), "least_seconds": LEAST_SECONDS})


def previews_missing(version: TemplateVersion) -> list[str]:
    """Kinds of previews that are not there yet; LOOP while fewer than three standard characters dance."""
    previews = list(version.previews.all())
    kinds = {preview.kind for preview in previews}
    missing = [str(kind) for kind in PREVIEW_TEXTS if kind not in kinds]
    standard = set(standard_characters(version.body_style))
    danced = {preview.character for preview in previews if preview.kind == PreviewKind.LOOP} & standard
    if PreviewKind.LOOP not in missing and len(danced) < LOOPS_NEEDED:
        missing.append(str(PreviewKind.LOOP))
    return missing


def previews_require(version: TemplateVersion) -> None:
    """Raise PreviewMissing unless everything that must be seen is there."""
    missing = previews_missing(version)
    if missing:
        raise PreviewMissing(
            details={
                "missing": missing,
                "labels": [str(PREVIEW_TEXTS[PreviewKind(kind)]) for kind in missing],
            }
        )


def rights_of(version: TemplateVersion) -> RightsRecord:
    """The version's stored record; an empty, unsaved one when there is none."""
    return RightsRecord.objects.filter(version_id=version.pk).first() or RightsRecord(version=version)


def complete_require(record: RightsRecord) -> None:
    """Raise RightsIncomplete, with the fields that lack, unless everything is stated."""
    missing = record.missing
    if missing:
        raise RightsIncomplete(
            details={"missing": missing, "labels": [rights_field_text(name) for name in missing]}
        )


def rights_require(version: TemplateVersion, day: date | None = None) -> None:
    """Raise RightsIncomplete or RightsNotInForce unless the rights hold here on `day` (None: today)."""
    record = rights_of(version)
    complete_require(record)
    cover_require(record, day)


def cover_require(record: RightsRecord, day: date | None = None) -> None:
    """Raise RightsNotInForce unless a complete record covers `day` (None: today) here."""
    day = day or timezone.localdate()
    if not record.covers(day, settings.SITE_TERRITORY):
        raise RightsNotInForce(
            details={
                "day": day.isoformat(),
                "territory": settings.SITE_TERRITORY,
                "valid_until": record.valid_until.isoformat() if record.valid_until else None,
            }
        )


def makers_of(version: TemplateVersion) -> set[uuid.UUID]:
    """Keys of all who made the version, changed it before it was published, or handed it in."""
    named = (version.created_by_id, version.submitted_by_id)
    changed = version.contributors.values_list("pk", flat=True)
    return {*(pk for pk in named if pk is not None), *changed}


def makers_follow(version: TemplateVersion, source: TemplateVersion) -> None:
    """Count the makers of what a new version was made from; of a published one others were the judge."""
    if source.published_at is None:
        version.contributors.add(*User.objects.filter(pk__in=makers_of(source)))


def second_person_is_needed(version: TemplateVersion, by: User) -> bool:
    """Whether the rule of four eyes keeps `by` from publishing this version.

    Whoever widened the rights of a published one last has made it as well.
    """
    if not settings.TEMPLATE_FOUR_EYES:
        return False
    return by.pk in makers_of(version) or by.pk == rights_of(version).changed_by_id


def second_person_require(version: TemplateVersion, by: User) -> None:
    """Raise VersionNeedsSecondPerson where second_person_is_needed."""
    version.refresh_from_db(fields=["created_by", "submitted_by"])
    if second_person_is_needed(version, by):
        raise VersionNeedsSecondPerson
