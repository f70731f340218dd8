"""version_schedule, version_unschedule, version_expiry_set, and what the clock does: versions_advance."""

import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.selectors import verdicts_standing
from moderation.services.audit import audit_append
from moderation.taxonomy import Verdict
from templates_app.models import RightsRecord, TemplateVersion
from templates_app.services.gates import (
    RightsIncomplete,
    RightsNotInForce,
    rights_require,
    second_person_require,
)
from templates_app.services.publishing import (
    AUDIT,
    SUBJECT_KEY,
    VersionNotCleared,
    template_lock,
    version_go_live,
    version_retire,
)
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, TransitionRefused

logger = logging.getLogger(__name__)


class ScheduleInvalid(AppError):
    """Details: field, the one that is wrong."""

    code = "schedule_invalid"
    http_status = 400
    default_message = _("A version goes live in the future, and retires after that.")


@transaction.atomic
def version_schedule(
    *, version: TemplateVersion, by: User, publish_at: datetime, expire_at: datetime | None = None
) -> TemplateVersion:
    """Have a cleared version go live at `publish_at` and, when given, retire at `expire_at`.

    Scheduling one again moves its times. Raises PermissionRefused, VersionNeedsSecondPerson, ScheduleInvalid,
    VersionNotCleared, RightsIncomplete, RightsNotInForce for the day it would go live, TransitionRefused.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    second_person_require(version, by)
    if publish_at <= timezone.now():
        raise ScheduleInvalid(_("It must go live in the future."), details={"field": "publish_at"})
    _check_end(expire_at, after=publish_at)
    version.refresh_from_db()
    if version.state not in {VersionState.IN_REVIEW, VersionState.SCHEDULED}:
        raise TransitionRefused(details={"target": VersionState.SCHEDULED, "state": version.state})
    if version.cleared_at is None:
        raise VersionNotCleared
    rights_require(version, timezone.localtime(publish_at).date())
    if version.state == VersionState.SCHEDULED:
        VERSION.move(version, VersionState.IN_REVIEW, guard={"state": VersionState.SCHEDULED})
    VERSION.move(
        version,
        VersionState.SCHEDULED,
        guard={"state": VersionState.IN_REVIEW, "cleared_at__isnull": False},
        publish_at=publish_at,
        expire_at=expire_at,
        reason_codes=[],
    )
    data = {"publish_at": publish_at.isoformat(), "expire_at": expire_at.isoformat() if expire_at else None}
    audit_append(action=AUDIT + "scheduled", subject=version, actor=by, data=data)
    return version


@transaction.atomic
def version_unschedule(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Take a schedule back; the version stays cleared. Raises PermissionRefused, TransitionRefused."""
    roles.require(by, roles.TEMPLATE_PUBLISH)
    guard = {"state": VersionState.SCHEDULED}
    VERSION.move(version, VersionState.IN_REVIEW, guard=guard, publish_at=None, expire_at=None)
    audit_append(action=AUDIT + "unscheduled", subject=version, actor=by)
    return version


@transaction.atomic
def version_expiry_set(*, version: TemplateVersion, by: User, expire_at: datetime | None) -> TemplateVersion:
    """Say when a live version retires; None: not by itself.

    A later end than before, or none any more, takes a second person. Raises PermissionRefused,
    ScheduleInvalid, VersionNeedsSecondPerson, TransitionRefused when it is not live.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    _check_end(expire_at, after=timezone.now())
    before = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk).expire_at
    if before is not None and (expire_at is None or expire_at > before):
        second_person_require(version, by)
    live = TemplateVersion.objects.filter(pk=version.pk, state=VersionState.PUBLISHED)
    if not live.update(expire_at=expire_at, updated_at=timezone.now()):
        raise TransitionRefused(details={"state": version.state})
    version.refresh_from_db()
    data = {"expire_at": expire_at.isoformat() if expire_at else None}
    audit_append(action=AUDIT + "expiry_set", subject=version, actor=by, data=data)
    return version


def _check_end(expire_at: datetime | None, *, after: datetime) -> None:
    if expire_at is not None and expire_at <= after:
        raise ScheduleInvalid(
            _("It must retire in the future, after it has gone live."), details={"field": "expire_at"}
        )


@transaction.atomic
def version_fall(*, version: TemplateVersion, reason: str) -> TemplateVersion:
    """Put a scheduled version back into review: what it stood on is gone.

    `publish_at` stays, as the mark that it should have gone live. Raises TransitionRefused.
    """
    VERSION.move(
        version,
        VersionState.IN_REVIEW,
        guard={"state": VersionState.SCHEDULED},
        reason_codes=[reason],
        expire_at=None,
    )
    audit_append(action=AUDIT + "fallen", subject=version, data={"reason": reason})
    return version


def versions_advance() -> int:
    """Let all due versions go live and retire; how many moved. Safe at any time, late and twice.

    Each has its own transaction, so that one that fails keeps nobody else waiting.
    """
    now = timezone.now()
    due = TemplateVersion.objects.filter(state=VersionState.SCHEDULED, publish_at__lte=now)
    moved = _each(list(due.order_by("publish_at").values_list("pk", flat=True)), version_go_live_due)
    today = timezone.localtime(now).date()
    ends = Q(expire_at__lte=now) | Q(rights__is_perpetual=False, rights__valid_until__lt=today)
    over = TemplateVersion.objects.filter(ends, state=VersionState.PUBLISHED)
    return moved + _each(list(over.order_by("pk").values_list("pk", flat=True)), version_retire_due)


def _each(ids: Iterable[uuid.UUID], act: Callable[[uuid.UUID], bool]) -> int:
    """On how many of them `act` did something; one that is refused or finds the database busy comes again."""
    moved = 0
    for version_id in ids:
        try:
            moved += act(version_id)
        except (AppError, OperationalError):
            logger.exception("version not advanced", extra={"version_id": str(version_id)})
    return moved


@transaction.atomic
def version_go_live_due(version_id: uuid.UUID) -> bool:
    """Publish one scheduled version whose time has come, or put it back into review; False: nothing to do."""
    version = TemplateVersion.objects.filter(pk=version_id).first()
    if version is None:
        return False
    template_lock(version)
    version.refresh_from_db()
    now = timezone.now()
    is_due = version.publish_at is not None and version.publish_at <= now
    if version.state != VersionState.SCHEDULED or not is_due:
        return False
    if version.expire_at is not None and version.expire_at <= now:
        version_fall(version=version, reason="schedule_missed")
        return True
    if verdicts_standing(SUBJECT_KEY, [version.pk]).get(version.pk) == Verdict.BLOCK:
        version_fall(version=version, reason=VersionNotCleared.code)
        return True
    try:
        rights_require(version)
    except (RightsIncomplete, RightsNotInForce) as error:
        version_fall(version=version, reason=error.code)
        return True
    facts = {"was_due": version.publish_at.isoformat() if version.publish_at else None}
    version_go_live(version=version, by=None, sources=(VersionState.SCHEDULED,), facts=facts)
    return True


@transaction.atomic
def version_retire_due(version_id: uuid.UUID) -> bool:
    """Retire one live version whose end or whose rights are over; False: nothing to do."""
    version = TemplateVersion.objects.filter(pk=version_id, state=VersionState.PUBLISHED).first()
    if version is None:
        return False
    if version.expire_at is not None and version.expire_at <= timezone.now():
        version_retire(version=version, by=None, reason="expired")
        return True
    record = RightsRecord.objects.filter(version=version).first()
    if record is not None and not record.covers(timezone.localdate(), settings.SITE_TERRITORY):
        version_retire(version=version, by=None, reason="rights_not_in_force")
        return True
    return False
