"""version_clear, version_refuse, version_publish, version_go_live, version_retire, template_retire."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.selectors import verdicts_standing
from moderation.services.audit import audit_append
from moderation.services.reviews import review_withdraw
from moderation.taxonomy import Verdict
from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.services.announcing import version_announce
from templates_app.services.gates import rights_require, second_person_require
from templates_app.services.revision import catalogue_changed
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, TransitionRefused

SUBJECT_KEY = "template_version"
AUDIT = "templates.version."
WHY_CHARS = 500
NOTHING_PLANNED: dict[str, Any] = {"cleared_at": None, "publish_at": None, "expire_at": None}


class VersionNotCleared(AppError):
    code = "version_not_cleared"
    http_status = 409
    default_message = _("Moderation has not cleared this version.")


class VersionNotInReview(AppError):
    code = "version_not_in_review"
    http_status = 409
    default_message = _("The version is not in review now; it may have been taken back.")


@transaction.atomic
def version_clear(*, version: TemplateVersion) -> TemplateVersion:
    """Moderation has nothing against it: it may now be published.

    A rejected version returns to review, cleared, once no block stands on any of its previews any more. The
    caller writes the audit entry, after all that it locks itself.
    """
    if version.state == VersionState.REJECTED:
        if verdicts_standing(SUBJECT_KEY, [version.pk]).get(version.pk) == Verdict.BLOCK:
            return version
        VERSION.move(version, VersionState.IN_REVIEW)
    TemplateVersion.objects.filter(pk=version.pk, cleared_at__isnull=True).update(
        cleared_at=timezone.now(), reason_codes=[]
    )
    review_withdraw(SUBJECT_KEY, version.pk)
    version.refresh_from_db()
    return version


@transaction.atomic
def version_refuse(*, version: TemplateVersion, reason_codes: Collection[str]) -> TemplateVersion:
    """Moderation refuses it; when it was live, it leaves the library at once. Raises TransitionRefused.

    The caller writes the audit entry, as for version_clear.
    """
    template_lock(version)
    VERSION.move(
        version,
        VersionState.REJECTED,
        reason_codes=list(reason_codes),
        **NOTHING_PLANNED,
    )
    review_withdraw(SUBJECT_KEY, version.pk)
    _take_down(version)
    return version


NEW = frozenset({VersionState.IN_REVIEW, VersionState.SCHEDULED})
"""What version_publish makes live for the first time."""


@transaction.atomic
def version_publish(
    *,
    version: TemplateVersion,
    by: User,
    sources: Collection[VersionState] = NEW | {VersionState.RETIRED},
) -> TemplateVersion:
    """Make a cleared version live and retire the one before it; also brings a retired one back (roll back).

    sources: the states that it may come from. Raises PermissionRefused, VersionNeedsSecondPerson,
    VersionNotCleared, RightsIncomplete, RightsNotInForce, TransitionRefused.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    second_person_require(version, by)
    return version_go_live(version=version, by=by, sources=sources)


@transaction.atomic
def version_go_live(
    *,
    version: TemplateVersion,
    by: User | None,
    sources: Collection[VersionState],
    facts: Mapping[str, Any] | None = None,
) -> TemplateVersion:
    """version_publish for a caller who knows that it may be done now; by: None for the machine.

    The end that was planned for a scheduled version stays; a rollback has none. Raises VersionNotCleared,
    RightsIncomplete, RightsNotInForce, TransitionRefused.
    """
    template = template_lock(version)
    version.refresh_from_db()
    before = VersionState(version.state)
    if before not in sources:
        raise TransitionRefused(details={"target": VersionState.PUBLISHED, "state": before})
    if version.cleared_at is None:
        raise VersionNotCleared
    rights_require(version)
    replaced = list(template.versions.filter(state=VersionState.PUBLISHED))
    for live in replaced:
        VERSION.move(live, VersionState.RETIRED)
    VERSION.move(
        version,
        VersionState.PUBLISHED,
        guard={"cleared_at__isnull": False, "state": before},
        published_at=version.published_at or timezone.now(),
        publish_at=None,
        expire_at=_end_kept(version, before),
        reason_codes=[],
    )
    DanceTemplate.objects.filter(pk=template.pk).update(live_version=version, updated_at=timezone.now())
    catalogue_changed()
    version_announce(version=version, is_live=True)
    for live in replaced:
        audit_append(
            action=AUDIT + "retired",
            subject=live,
            actor=by,
            data={"reason": "replaced", "by": str(version.pk)},
        )
    data = {
        "from": str(before),
        "is_rollback": before == VersionState.RETIRED,
        "content_sha256": content_digest(version),
        **(facts or {}),
    }
    audit_append(action=AUDIT + "published", subject=version, actor=by, data=data)
    return version


def content_digest(version: TemplateVersion) -> str:
    """SHA-256 over all that never changes once a version was published, as JSON with sorted keys."""
    names = sorted(field.attname for field in version._meta.concrete_fields if field.name in version.FROZEN)
    content = json.dumps({name: getattr(version, name) for name in names}, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _end_kept(version: TemplateVersion, before: VersionState) -> datetime | None:
    """A plan's end that is still to come; what was retired or published by hand has none."""
    if before != VersionState.SCHEDULED or version.expire_at is None:
        return None
    return version.expire_at if version.expire_at > timezone.now() else None


@transaction.atomic
def version_retire(
    *, version: TemplateVersion, by: User | None, reason: str = "", why: str = ""
) -> TemplateVersion:
    """Take a published version off the library; by: None for the machine, which gives a code as its reason.

    why: a person's own words, kept in the audit chain.

    Videos that wait for it are still made. Raises PermissionRefused, TransitionRefused.
    """
    if by is not None:
        roles.require(by, roles.TEMPLATE_PUBLISH)
    template_lock(version)
    VERSION.move(version, VersionState.RETIRED)
    _take_down(version)
    data = {"reason": reason, **({"why": why.strip()[:WHY_CHARS]} if why.strip() else {})}
    audit_append(action=AUDIT + "retired", subject=version, actor=by, data=data)
    return version


@transaction.atomic
def template_retire(*, template: DanceTemplate, by: User) -> DanceTemplate:
    """Take a template out of the library; its versions and the videos made with it stay.

    Retiring one that is not live changes nothing. Raises PermissionRefused.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    if template.live_version is not None:
        version_retire(version=template.live_version, by=by)
        template.refresh_from_db()
    return template


def template_lock(version: TemplateVersion) -> DanceTemplate:
    """Whatever changes which version is live locks the template first, so that two of them wait in turn."""
    return DanceTemplate.objects.select_for_update(of=("self",)).get(pk=version.template_id)


def _take_down(version: TemplateVersion) -> None:
    """Out of the catalogue, if it is what its template shows."""
    offered = DanceTemplate.objects.filter(pk=version.template_id, live_version=version)
    if offered.update(live_version=None, updated_at=timezone.now()):
        catalogue_changed()
        version_announce(version=version, is_live=False)
