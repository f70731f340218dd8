"""rights_update, rights_copy, rights_import: by what right a version may be shown."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from templates_app.models import DanceTemplate, RightsRecord, TemplateVersion
from templates_app.models.rights import SOUNDING, WORLD
from templates_app.services.gates import rights_of
from templates_app.services.publishing import version_retire
from templates_app.services.scheduling import version_fall
from templates_app.states import VersionState
from templates_app.texts import rights_field_text
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
_PERFORMER_DETAILS = ("performer_names", "performers_consented", "performer_reference")


class RightsInvalid(AppError):
    """Details: fields (each {"field", "label", "message"})."""

    code = "rights_invalid"
    http_status = 400
    default_message = _("The rights record has faults.")


@transaction.atomic
def rights_update(*, version: TemplateVersion, by: User, changes: Mapping[str, Any]) -> RightsRecord:
    """Change fields of the record (RIGHTS_FIELDS) and confirm it; what is left out stays as it is.

    It may be incomplete, but not contradictory. A published version that it no longer covers retires at
    once, a scheduled one returns to review. Raises PermissionRefused, RightsInvalid.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    unknown = sorted(set(changes) - set(RIGHTS_FIELDS))
    if unknown:
        raise ValueError(f"a rights record has the fields {RIGHTS_FIELDS}, got {unknown}")
    DanceTemplate.objects.select_for_update(of=("self",)).get(pk=version.template_id)
    record = rights_of(version)
    touched = sorted(name for name, value in changes.items() if getattr(record, name) != value)
    was_confirmed = record.is_confirmed
    for name, value in changes.items():
        setattr(record, name, value)
    record.is_confirmed, record.changed_by = True, by
    _check(record)
    record.save()
    version.refresh_from_db()
    _follow(version, record)
    if touched or not was_confirmed:
        _tell(version, by, fields=touched, missing=record.missing)
    return record


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
    _tell(version, by, fields=sorted(fields), missing=record.missing)
    return record


def _tell(version: TemplateVersion, by: User, *, fields: list[str], missing: list[str]) -> None:
    data = {"fields": fields, "missing": missing}
    audit_append(action="templates.rights.changed", subject=version, actor=by, data=data)


def _follow(version: TemplateVersion, record: RightsRecord) -> None:
    """A version that the rights no longer carry leaves the library, or its schedule."""
    if version.state == VersionState.PUBLISHED:
        if not record.covers(timezone.localdate(), settings.SITE_TERRITORY):
            reason = "rights_incomplete" if record.missing else "rights_not_in_force"
            version_retire(version=version, by=None, reason=reason)
    elif version.state == VersionState.SCHEDULED and version.publish_at is not None:
        day = timezone.localtime(version.publish_at).date()
        if not record.covers(day, settings.SITE_TERRITORY):
            version_fall(
                version=version, reason="rights_incomplete" if record.missing else "rights_not_in_force"
            )


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
        faults["valid_until"] = translate("A right without an end has no last day.")
    if record.music_basis and record.music_basis not in SOUNDING:
        for name in _MUSIC_DETAILS:
            if getattr(record, name):
                faults[name] = translate("This says something of music, but no music is used.")
    if record.is_without_performers:
        for name in _PERFORMER_DETAILS:
            if getattr(record, name):
                faults[name] = translate("This says something of performers, but nobody performed it.")
    if faults:
        fields = [
            {"field": name, "label": rights_field_text(name), "message": message}
            for name, message in faults.items()
        ]
        raise RightsInvalid(details={"fields": fields})


def _territory_fault(territory: Any) -> str:
    """What is wrong with a list of countries; "" for a right one, also an empty one."""
    if not isinstance(territory, list) or not all(isinstance(code, str) for code in territory):
        return translate("Give a list of country codes.")
    if WORLD in territory and territory != [WORLD]:
        return translate("The whole world needs no further country.")
    unknown = [code for code in territory if code != WORLD and code not in territory_codes()]
    if unknown:
        return translate("No country of ISO 3166-1 has the code %(code)s.") % {"code": unknown[0]}
    if len(set(territory)) != len(territory):
        return translate("A country stands in the list twice.")
    return ""
