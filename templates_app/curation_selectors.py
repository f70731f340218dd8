"""Reads for curators: versions of all states, who waits for one, since when it is live, its history."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from moderation.models.audit import AuditEntry
from moderation.texts import action_text
from templates_app.models import DanceTemplate, FeaturedSlot, RightsRecord, TemplateVersion
from templates_app.services.editing import EDITED
from templates_app.states import VersionState
from templates_app.texts import (
    EDIT_TEXTS,
    REASON_TEXTS,
    listed,
    rights_changes_text,
    rights_fields_text,
    version_reasons_text,
)
from tongyi_portal.accounts.models import User

_VERSION, _TEMPLATE = TemplateVersion._meta.label_lower, DanceTemplate._meta.label_lower
PUBLISHED_ACTION = "templates.version.published"
RETIRED_ACTION = "templates.version.retired"
ENDS_SOON_DAYS = 14
SITTING_PAUSE = timedelta(minutes=10)
ENTRIES_READ = 5000


def versions_for_curators() -> QuerySet[TemplateVersion]:
    """Versions in every state with all that lists show; `jobs_waiting`: videos asked for and not ended."""
    return (
        TemplateVersion.objects.select_related("template", "created_by", "submitted_by", "rights")
        .prefetch_related("previews")
        .annotate(
            jobs_waiting=Count("jobs", filter=Q(jobs__kind="dance_video", jobs__finished_at__isnull=True))
        )
    )


def templates_for_curators() -> QuerySet[DanceTemplate]:
    """Templates of every kind, also those without a version."""
    return DanceTemplate.objects.select_related("category", "live_version").prefetch_related("tags")


def jobs_waiting(version: TemplateVersion) -> int:
    """How many videos with this version were asked for and have not ended."""
    waiting: int = version.jobs.filter(kind="dance_video", finished_at__isnull=True).count()
    return waiting


@dataclass(frozen=True)
class LiveSince:
    """Since when a version is live, and who made it so; by is None for the clock.

    until: when it was taken off, or another version took its place; None of one that is live or was refused.
    """

    at: datetime
    by: User | None
    until: datetime | None = None


def live_since(version_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, LiveSince]:
    """When each of these was last made live, by the audit chain; those never published are left out."""
    entries = AuditEntry.objects.filter(
        subject_type=_VERSION,
        subject_id__in=[str(pk) for pk in version_ids],
        action__in=(PUBLISHED_ACTION, RETIRED_ACTION),
    ).order_by("sequence")
    newest: dict[str, AuditEntry] = {}
    ended: dict[str, datetime] = {}
    for entry in entries:
        if entry.action == PUBLISHED_ACTION:
            newest[entry.subject_id] = entry
            ended.pop(entry.subject_id, None)
        else:
            ended[entry.subject_id] = entry.created_at
    people = _people(newest.values())
    return {
        uuid.UUID(key): LiveSince(entry.created_at, people.get(entry.actor_id), ended.get(key))
        for key, entry in newest.items()
    }


@dataclass(frozen=True)
class Step:
    """One line of a history. by: None for the machine or an account that is gone. why: may be empty.

    Edits of a movement that one person saved within a few minutes of each other, with nothing between them,
    are one line, which has sequence and time of the last.
    """

    sequence: int
    at: datetime
    action: str
    text: str
    by: User | None
    version: TemplateVersion | None
    why: str


def template_history(template: DanceTemplate, *, limit: int = 500) -> list[Step]:
    """What happened to a template and its versions, by the audit chain, newest first."""
    versions = {str(version.pk): version for version in template.versions.all()}
    of_versions = Q(subject_type=_VERSION, subject_id__in=list(versions))
    return _steps(of_versions | Q(subject_type=_TEMPLATE, subject_id=str(template.pk)), versions, limit)


def version_history(version: TemplateVersion, *, limit: int = 500) -> list[Step]:
    """What happened to one version, newest first."""
    return _steps(Q(subject_type=_VERSION, subject_id=str(version.pk)), {str(version.pk): version}, limit)


def _steps(which: Q, versions: dict[str, TemplateVersion], limit: int) -> list[Step]:
    sittings: list[list[AuditEntry]] = []
    entries = AuditEntry.objects.filter(which).order_by("-sequence")[:ENTRIES_READ]
    for entry in entries.iterator(chunk_size=500):
        if sittings and _is_one_sitting(sittings[-1][-1], entry):
            sittings[-1].append(entry)
        elif len(sittings) < limit:
            sittings.append([entry])
        else:
            break
    people = _people(sitting[0] for sitting in sittings)
    return [
        Step(
            sequence=newest.sequence,
            at=newest.created_at,
            action=newest.action,
            text=action_text(newest.action),
            by=people.get(newest.actor_id),
            version=versions.get(newest.subject_id),
            why=_edits_text(sitting) if newest.action == EDITED else why_text(newest.data),
        )
        for sitting in sittings
        for newest in sitting[:1]
    ]


def _is_one_sitting(later: AuditEntry, earlier: AuditEntry) -> bool:
    """Whether two entries that follow one another are edits of one version by one person at one time."""
    return (
        later.action == earlier.action == EDITED
        and (later.subject_id, later.actor_id) == (earlier.subject_id, earlier.actor_id)
        and later.created_at - earlier.created_at <= SITTING_PAUSE
    )


def _edits_text(sitting: Collection[AuditEntry]) -> str:
    """What was changed in a sitting, and how often it was saved."""
    changed = {name for entry in sitting for name in entry.data.get("changed", [])}
    parts = [listed(str(text) for name, text in EDIT_TEXTS.items() if name in changed)]
    if len(sitting) > 1:
        parts.append(gettext("(saved %(count)d times)") % {"count": len(sitting)})
    return " ".join(filter(None, parts))


def _people(entries: Iterable[AuditEntry]) -> dict[uuid.UUID | None, User]:
    ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
    return {user.pk: user for user in User.objects.filter(pk__in=ids)}


def why_text(data: dict[str, Any]) -> str:
    """What an audit entry says beside its action, for people."""
    parts: list[str] = []
    if data.get("reasons"):
        parts.append(version_reasons_text(data["reasons"]))
    if data.get("reason"):
        parts.append(str(REASON_TEXTS.get(data["reason"], data["reason"])))
    if data.get("why"):
        parts.append(str(data["why"]))
    if data.get("values"):
        parts.append(rights_changes_text(data["values"]))
    elif data.get("fields"):
        parts.append(_fields_text(data["fields"]))
    for name in ("publish_at", "expire_at"):
        if data.get(name):
            at = timezone.localtime(datetime.fromisoformat(data[name]))
            label = getattr(TemplateVersion._meta.get_field(name), "verbose_name", name)
            parts.append(f"{label}: {at:%Y-%m-%d %H:%M}")
    return " ".join(parts)


def _fields_text(names: Collection[str]) -> str:
    of_rights = {field.name for field in RightsRecord._meta.get_fields()}
    if set(names) <= of_rights:
        return rights_fields_text(names)
    return ", ".join(
        str(getattr(DanceTemplate._meta.get_field(name), "verbose_name", name)) for name in names
    )


def versions_fallen() -> QuerySet[TemplateVersion]:
    """Versions that should have gone live by themselves and were put back into review, oldest first."""
    return (
        TemplateVersion.objects.filter(state=VersionState.IN_REVIEW, publish_at__isnull=False)
        .select_related("template")
        .order_by("publish_at")
    )


def versions_waiting_for(user: User) -> QuerySet[TemplateVersion]:
    """Cleared versions that `user` may publish as their second person, those that wait longest first."""
    cleared = TemplateVersion.objects.filter(
        state=VersionState.IN_REVIEW, cleared_at__isnull=False, publish_at__isnull=True
    )
    if settings.TEMPLATE_FOUR_EYES:
        cleared = cleared.exclude(created_by=user).exclude(submitted_by=user).exclude(contributors=user)
        stated = RightsRecord.objects.filter(changed_by=user)
        cleared = cleared.exclude(pk__in=stated.values("version"))
    return cleared.select_related("template", "submitted_by").order_by("cleared_at")


def versions_ending_soon() -> QuerySet[TemplateVersion]:
    """Live versions that retire by themselves within two weeks: their end, or that of their rights."""
    now = timezone.now()
    last_day = timezone.localdate() + timedelta(days=ENDS_SOON_DAYS)
    ends = Q(expire_at__lte=now + timedelta(days=ENDS_SOON_DAYS)) | Q(
        rights__is_perpetual=False, rights__valid_until__lte=last_day
    )
    live = TemplateVersion.objects.filter(ends, state=VersionState.PUBLISHED)
    return live.select_related("template", "rights").order_by("template__slug")


def slots_all() -> QuerySet[FeaturedSlot]:
    """Every featured slot, also those that are over or to come, in their order."""
    return FeaturedSlot.objects.select_related("template", "template__live_version", "created_by").order_by(
        "position", "starts_at", "pk"
    )
