"""slot_add, slot_change, slot_remove, slots_reorder, featured_refresh: the head of the catalogue."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from templates_app.models import NOT_FEATURED, DanceTemplate, FeaturedSlot
from templates_app.services.revision import catalogue_changed
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, NotFound

SLOT_CHANGED = "templates.slot.changed"
_DATES = ("starts_at", "ends_at")


class SlotInvalid(AppError):
    code = "slot_invalid"
    http_status = 400
    default_message = _("A slot ends after it begins.")


class SlotsChanged(AppError):
    """The list that was ordered is not the list that there is by now."""

    code = "slots_changed"
    http_status = 409
    default_message = _("Somebody added or removed a slot meanwhile; look at the list again.")


@transaction.atomic
def slot_add(
    *,
    template: DanceTemplate,
    by: User,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> FeaturedSlot:
    """Feature a template behind all others, from `starts_at` (None: now) to `ends_at` (None: until removed).

    Slots may overlap, also those of one template: its foremost one counts. Raises PermissionRefused,
    SlotInvalid.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    slot = FeaturedSlot(
        template=template,
        position=_last_position() + 1,
        starts_at=starts_at or timezone.now(),
        ends_at=ends_at,
        created_by=by,
    )
    _check_dates(slot)
    slot.save(force_insert=True)
    _finish("added", slot, by)
    return slot


@transaction.atomic
def slot_change(*, slot: FeaturedSlot, by: User, **dates: datetime | None) -> FeaturedSlot:
    """Change starts_at, ends_at or both. Raises PermissionRefused, SlotInvalid, NotFound."""
    roles.require(by, roles.TEMPLATE_PUBLISH)
    if set(dates) - set(_DATES):
        raise ValueError(f"a slot has the dates {_DATES}, got {sorted(dates)}")
    stored = FeaturedSlot.objects.select_for_update().filter(pk=slot.pk).first()
    if stored is None:
        raise NotFound
    for name, value in dates.items():
        setattr(stored, name, value)
    _check_dates(stored)
    stored.save()
    _finish("dates", stored, by)
    return stored


@transaction.atomic
def slot_remove(*, slot: FeaturedSlot, by: User) -> None:
    """Raises PermissionRefused, NotFound when it is gone already."""
    roles.require(by, roles.TEMPLATE_PUBLISH)
    removed, _kinds = FeaturedSlot.objects.filter(pk=slot.pk).delete()
    if not removed:
        raise NotFound
    _finish("removed", slot, by)


@transaction.atomic
def slots_reorder(*, ids: Sequence[uuid.UUID], by: User) -> None:
    """Give all slots the order of `ids`. Raises PermissionRefused, SlotsChanged unless they are all there."""
    roles.require(by, roles.TEMPLATE_PUBLISH)
    slots = {slot.pk: slot for slot in FeaturedSlot.objects.select_for_update().order_by("pk")}
    if len(ids) != len(slots) or set(ids) != set(slots):
        raise SlotsChanged
    moved = []
    for position, slot_id in enumerate(ids, start=1):
        if slots[slot_id].position != position:
            slots[slot_id].position = position
            moved.append(slots[slot_id])
    FeaturedSlot.objects.bulk_update(moved, ["position"])
    featured_refresh()
    if moved:
        data = {"what": "order", "slots": [str(slot_id) for slot_id in ids]}
        audit_append(action=SLOT_CHANGED, actor=by, data=data)


@transaction.atomic
def featured_refresh() -> int:
    """Give every template the smallest position of its slots that are on now; how many templates changed.

    Locks templates in the order of their keys, so that two of these never wait for one another.
    """
    on_now = slots_on(timezone.now()).order_by().values("template").annotate(first=models.Min("position"))
    wanted: dict[uuid.UUID, int] = {row["template"]: row["first"] for row in on_now}
    touched = models.Q(pk__in=list(wanted)) | ~models.Q(featured_position=NOT_FEATURED)
    templates = DanceTemplate.objects.select_for_update(of=("self",)).filter(touched).order_by("pk")
    changed = 0
    for template_id, position in list(templates.values_list("pk", "featured_position")):
        right = wanted.get(template_id, NOT_FEATURED)
        if position != right:
            DanceTemplate.objects.filter(pk=template_id).update(featured_position=right)
            changed += 1
    if changed:
        catalogue_changed()
    return changed


def slots_on(now: datetime) -> models.QuerySet[FeaturedSlot]:
    """Slots that are on at that time."""
    is_begun = models.Q(starts_at__lte=now)
    return FeaturedSlot.objects.filter(is_begun, models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=now))


def _last_position() -> int:
    return int(FeaturedSlot.objects.aggregate(last=models.Max("position"))["last"] or 0)


def _check_dates(slot: FeaturedSlot) -> None:
    if slot.starts_at is None:
        raise SlotInvalid(_("A slot needs a beginning."), details={"field": "starts_at"})
    if slot.ends_at is not None and slot.ends_at <= slot.starts_at:
        raise SlotInvalid(details={"field": "ends_at"})


def _finish(what: str, slot: FeaturedSlot, by: User) -> None:
    """Bring the catalogue up to date, then tell the audit chain."""
    featured_refresh()
    data: dict[str, Any] = {
        "what": what,
        "slot": str(slot.pk),
        "position": slot.position,
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat() if slot.ends_at else None,
    }
    audit_append(action=SLOT_CHANGED, subject=slot.template, actor=by, data=data)
