"""rights_update, rights_copy, rights_import: by what right a version may be shown."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from templates_app.models import DanceTemplate, RightsRecord, TemplateVersion
from templates_app.models.rights import SOUNDING, WORLD
from templates_app.services.gates import complete_require, cover_require, makers_of, rights_of
from templates_app.services.publishing import version_retire
from templates_app.services.revision import catalogue_changed
from templates_app.services.scheduling import version_fall
from templates_app.states import VersionState
from templates_app.texts import DIGEST, rights_field_text
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, NotFound
from tongyi_portal.common.territories import territory_codes

RIGHTS_FIELDS = (
    *("source_basis", "source_owner", "source_reference"),
    *("music_basis", "music_title", "music_owner", "music_reference"),
    *("is_without_performers", "performer_names", "performers_consented", "performer_reference"),
    *("territory", "is_perpetual", "valid_until"),
)
_MUSIC_DETAILS = ("music_title", "music_owner", "music_reference")
_OF_PEOPLE = frozenset({"performer_names", "performer_reference"})
_PERFORMER_DETAILS = ("performer_names", "performers_consented", "performer_reference")


class RightsInvalid(AppError):
    """Details: fields (each {"field", "label", "message"})."""

    code = "rights_invalid"
    http_status = 400
    default_message = _("The rights record has faults.")


class RightsNeedSecondPerson(AppError):
    code = "rights_need_second_person"
    http_status = 403
    default_message = _(
        "Whoever made, changed or handed in a live version may only narrow its rights; somebody else must "
        "widen them."
    )


@transaction.atomic
def rights_update(
    *, version: TemplateVersion, by: User, changes: Mapping[str, Any], retires: bool = False
) -> RightsRecord:
    """Change fields of the record (RIGHTS_FIELDS) and confirm it; what is left out stays as it is.

    It may be incomplete, but not contradictory; that of a live or scheduled version may be incomplete, and
    no longer cover a live one, only with `retires`. Such a live version retires at once, a scheduled one that
    it does not cover returns to review. With four eyes, whoever changes it otherwise than by narrowing it
    counts as one who made the version, and a scheduled version returns to review. Raises PermissionRefused,
    RightsInvalid, RightsIncomplete, RightsNotInForce, RightsNeedSecondPerson.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    unknown = sorted(set(changes) - set(RIGHTS_FIELDS))
    if unknown:
        raise ValueError(f"a rights record has the fields {RIGHTS_FIELDS}, got {unknown}")
    DanceTemplate.objects.select_for_update(of=("self",)).get(pk=version.template_id)
    TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    version.refresh_from_db()
    record = rights_of(version)
    before = {name: getattr(record, name) for name in RIGHTS_FIELDS}
    was_confirmed = record.is_confirmed and not record._state.adding
    for name, value in changes.items():
        setattr(record, name, value)
    record.is_confirmed = True
    _check(record)
    after = {name: getattr(record, name) for name in RIGHTS_FIELDS}
    touched = sorted(name for name in RIGHTS_FIELDS if before[name] != after[name])
    if was_confirmed and not touched:
        return record
    if version.state in _OFFERED and not retires:
        complete_require(record)
        if version.state == VersionState.PUBLISHED:
            cover_require(record)
    is_widened = not was_confirmed or not is_narrowed(before, after)
    if is_widened:
        _second_person_for_live(version, by)
        record.changed_by = by
        if version.published_at is None:
            version.contributors.add(by)
    record.save()
    changed = {name: [before[name], after[name]] for name in touched}
    _tell(version, by, changed=changed, missing=record.missing)
    _follow(version, record, is_widened=is_widened)
    return record


_OFFERED = frozenset({VersionState.PUBLISHED, VersionState.SCHEDULED})


def is_narrowed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether every field (of RIGHTS_FIELDS) that differs allows less than before."""
    return all(before[name] == after[name] or _allows_less(name, before, after) for name in RIGHTS_FIELDS)


def _allows_less(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the new value of a field that was changed takes something away."""
    if name == "territory":
        return WORLD in before[name] or set(after[name]) <= set(before[name])
    if name == "valid_until":
        if before["is_perpetual"]:
            return True
        return not after["is_perpetual"] and (
            after[name] is None or (before[name] is not None and after[name] < before[name])
        )
    if name == "music_basis":
        return before[name] in SOUNDING and after[name] not in SOUNDING
    return not after[name]


def _second_person_for_live(version: TemplateVersion, by: User) -> None:
    """Raise RightsNeedSecondPerson when one person alone would widen what is offered now."""
    is_live = version.state == VersionState.PUBLISHED
    if settings.TEMPLATE_FOUR_EYES and is_live and by.pk in makers_of(version):
        raise RightsNeedSecondPerson


@transaction.atomic
def rights_copy(*, version: TemplateVersion, by: User) -> RightsRecord:
    """Take the record over from the newest version before this one that has one.

    Raises PermissionRefused, NotFound when there is none.
    """
    before = (
        RightsRecord.objects.filter(version__template=version.template_id, version__number__lt=version.number)
        .order_by("-version__number")
        .first()
    )
    if before is None:
        raise NotFound(_("No earlier version of this template has a rights record."))
    changes = {name: getattr(before, name) for name in RIGHTS_FIELDS}
    return rights_update(version=version, by=by, changes=changes)


@transaction.atomic
def rights_import(*, version: TemplateVersion, by: User, fields: Mapping[str, Any]) -> RightsRecord:
    """Store the record of an imported file; nobody here stands by it, so it is not confirmed.

    Raises PermissionRefused, RightsInvalid.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    record = RightsRecord(version=version, changed_by=by, is_confirmed=False, **fields)
    _check(record)
    record.save(force_insert=True)
    blank = RightsRecord()
    changed = {name: [getattr(blank, name), getattr(record, name)] for name in sorted(fields)}
    _tell(version, by, changed=changed, missing=record.missing)
    return record


def _tell(
    version: TemplateVersion, by: User, *, changed: Mapping[str, list[Any]], missing: list[str]
) -> None:
    """changed: value before and after, by field. What names people is kept as a digest: nothing erases it."""
    values = {name: [_told(name, value) for value in pair] for name, pair in changed.items()}
    data = {"fields": list(changed), "values": values, "missing": missing}
    audit_append(action="templates.rights.changed", subject=version, actor=by, data=data)


def _told(name: str, value: Any) -> Any:
    if name in _OF_PEOPLE and value:
        return DIGEST + hashlib.sha256(str(value).encode()).hexdigest()[:16]
    return value.isoformat() if isinstance(value, date) else value


def _follow(version: TemplateVersion, record: RightsRecord, *, is_widened: bool) -> None:
    """A version that the rights no longer carry leaves the library, or its schedule."""
    lost = "rights_incomplete" if record.missing else "rights_not_in_force"
    if version.state == VersionState.PUBLISHED:
        if record.covers(timezone.localdate(), settings.SITE_TERRITORY):
            catalogue_changed()
        else:
            version_retire(version=version, by=None, reason=lost)
    elif version.state == VersionState.SCHEDULED and version.publish_at is not None:
        day = timezone.localtime(version.publish_at).date()
        if not record.covers(day, settings.SITE_TERRITORY):
            version_fall(version=version, reason=lost)
        elif is_widened and settings.TEMPLATE_FOUR_EYES:
            version_fall(version=version, reason="rights_changed")


def _check(record: RightsRecord) -> None:
    """Raise RightsInvalid when something cannot be right, whatever else is still missing."""
    faults: dict[str, str] = {}
    try:
        record.full_clean(exclude=["version"], validate_constraints=False)
    except ValidationError as error:
        faults |= {name: " ".join(messages) for name, messages in error.message_dict.items()}
    fault = _territory_fault(record.territory)
    if fault:
        faults["territory"] = fault
    if record.is_perpetual and record.valid_until is not None:
        faults["valid_until"] = gettext("A right without an end has no last day.")
    if record.music_basis and record.music_basis not in SOUNDING:
        for name in _MUSIC_DETAILS:
            if getattr(record, name):
                faults[name] = gettext("This says something of music, but no music is used.")
    if record.is_without_performers:
        for name in _PERFORMER_DETAILS:
            if getattr(record, name):
                faults[name] = gettext("This says something of performers, but nobody performed it.")
    if faults:
        fields = [
            {"field": name, "label": rights_field_text(name), "message": message}
            for name, message in faults.items()
        ]
        raise RightsInvalid(details={"fields": fields})


def _territory_fault(territory: Any) -> str:
    """What is wrong with a list of countries; "" for a right one, also an empty one."""
    if not isinstance(territory, list) or not all(isinstance(code, str) for code in territory):
        return gettext("Give a list of country codes.")
    if WORLD in territory and territory != [WORLD]:
        return gettext("The whole world needs no further country.")
    unknown = [code for code in territory if code != WORLD and code not in territory_codes()]
    if unknown:
        return gettext("No country of ISO 3166-1 has the code %(code)s.") % {"code": unknown[0]}
    if len(set(territory)) != len(territory):
        return gettext("A country stands in the list twice.")
    return ""
