"""publication_checklist: what a version has, and what it still lacks, before it may go live."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from templates_app.models import PreviewKind, TemplateVersion
from templates_app.services.gates import previews_missing, rights_of, second_person_is_needed
from templates_app.states import VersionState
from templates_app.texts import PREVIEW_TEXTS, listed, rights_fields_text
from tongyi_portal.accounts.models import User

_HANDED_IN = frozenset({VersionState.IN_REVIEW, VersionState.SCHEDULED, VersionState.PUBLISHED})


@dataclass(frozen=True)
class Check:
    """key: stable. is_done: None when it cannot be said yet. missing: codes of what lacks."""

    key: str
    title: str
    is_done: bool | None
    text: str
    missing: tuple[str, ...] = ()


def publication_checklist(version: TemplateVersion, by: User) -> list[Check]:
    """Previews, rights, their time and place, moderation, and whether `by` is the second person."""
    return [_previews(version), *_rights(version), _moderation(version), _second_person(version, by)]


def _previews(version: TemplateVersion) -> Check:
    missing = tuple(previews_missing(version))
    labels = [str(PREVIEW_TEXTS[PreviewKind(kind)]) for kind in missing]
    text = _("Missing: %(things)s.") % {"things": listed(labels)} if missing else _("All previews are there.")
    return Check("previews", _("Previews"), not missing, text, missing)


def _rights(version: TemplateVersion) -> tuple[Check, Check]:
    record = rights_of(version)
    missing = tuple(record.missing)
    stated = Check(
        "rights",
        _("Rights"),
        not missing,
        _("Missing: %(things)s.") % {"things": rights_fields_text(missing)}
        if missing
        else _("The rights record is complete."),
        missing,
    )
    title = _("Rights in force")
    if missing:
        return stated, Check("rights_in_force", title, None, _("Not known while the record is incomplete."))
    holds = record.covers(timezone.localdate(), settings.SITE_TERRITORY)
    if record.is_perpetual:
        until = _("They have no end.")
    else:
        until = _("They hold until %(day)s.") % {"day": record.valid_until}
    text = until if holds else _("They do not cover this day or this country.") + " " + until
    return stated, Check("rights_in_force", title, holds, text)


def _moderation(version: TemplateVersion) -> Check:
    title = _("Moderation")
    if version.state == VersionState.REJECTED:
        return Check("moderation", title, False, _("Moderation has refused it."))
    if version.cleared_at is not None:
        return Check("moderation", title, True, _("Moderation has cleared it."))
    if version.state == VersionState.CHECKING:
        return Check("moderation", title, None, _("It is being checked."))
    if version.state in _HANDED_IN:
        return Check("moderation", title, False, _("It waits for a reviewer."))
    return Check("moderation", title, None, _("It was not handed in yet."))


def _second_person(version: TemplateVersion, by: User) -> Check:
    title = _("Second person")
    if not settings.TEMPLATE_FOUR_EYES:
        return Check("second_person", title, True, _("One person may make and publish here."))
    if version.state == VersionState.PUBLISHED:
        return Check("second_person", title, True, _("It is live."))
    if second_person_is_needed(version, by):
        text = _("You made it, changed it, handed it in or stated its rights: somebody else must publish it.")
        return Check("second_person", title, False, text)
    return Check("second_person", title, True, _("You may publish what others have made."))


def checklist_shape(checks: list[Check]) -> list[dict[str, Any]]:
    """The list as plain JSON."""
    return [
        {"key": check.key, "is_done": check.is_done, "text": check.text, "missing": list(check.missing)}
        for check in checks
    ]
