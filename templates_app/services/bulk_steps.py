"""versions_act_on, templates_act_on: the named steps that can be done on many rows at once."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from templates_app.models import Category, DanceTemplate, Tag, TemplateVersion
from templates_app.services.bulk import BULK_LIMIT, BulkOutcome, BulkTooLarge, rows_act_on
from templates_app.services.featuring import slot_add
from templates_app.services.publishing import NEW, template_retire, version_publish, version_retire
from templates_app.services.scheduling import version_schedule
from templates_app.services.templates import template_update
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import NotFound

TEMPLATE_STEPS = ("feature", "tag", "category")


def versions_act_on(*, action: str, ids: Sequence[uuid.UUID], by: User, **given: Any) -> list[BulkOutcome]:
    """publish new versions, schedule (publish_at, expire_at) or retire versions; feature (starts_at,
    ends_at), tag (tags: slugs) or category (a slug) their templates. One outcome for each id, in order.

    Retired versions are not published: nobody rolls back by accident.
    A template whose versions are named twice is changed once for each of them. Raises BulkTooLarge, NotFound
    for a tag or category that does not exist.
    """
    if len(ids) > BULK_LIMIT:
        raise BulkTooLarge(details={"limit": BULK_LIMIT, "got": len(ids)})
    found = TemplateVersion.objects.select_related("template").in_bulk(list(ids))
    act = _version_step(action, by, given)
    outcomes = iter(rows_act_on([found[pk] for pk in ids if pk in found], act))
    return [next(outcomes) if pk in found else _absent(pk) for pk in ids]


def templates_act_on(
    *, action: str, templates: Sequence[DanceTemplate], by: User, **given: Any
) -> list[BulkOutcome]:
    """The steps of TEMPLATE_STEPS, and retire. Raises BulkTooLarge, NotFound."""
    if action == "retire":
        return rows_act_on(templates, lambda template: template_retire(template=template, by=by))
    return rows_act_on(templates, _template_step(action, by, given))


def _version_step(action: str, by: User, given: dict[str, Any]) -> Callable[[TemplateVersion], object]:
    if action == "publish":
        return lambda version: version_publish(version=version, by=by, sources=NEW)
    if action == "retire":
        return lambda version: version_retire(version=version, by=by)
    if action == "schedule":
        publish_at: datetime = given["publish_at"]
        expire_at: datetime | None = given.get("expire_at")
        return lambda version: version_schedule(
            version=version, by=by, publish_at=publish_at, expire_at=expire_at
        )
    on_template = _template_step(action, by, given)
    return lambda version: on_template(version.template)


def _template_step(action: str, by: User, given: dict[str, Any]) -> Callable[[DanceTemplate], object]:
    if action == "feature":
        dates = {"starts_at": given.get("starts_at"), "ends_at": given.get("ends_at")}
        return lambda template: slot_add(template=template, by=by, **dates)
    if action == "category":
        category = Category.objects.filter(slug=given["category"]).first()
        if category is None:
            raise NotFound(details={"field": "category"})
        return lambda template: template_update(template=template, by=by, category=category)
    if action == "tag":
        tags = _tags(given["tags"])
        return lambda template: template_update(template=template, by=by, tags=[*template.tags.all(), *tags])
    raise ValueError(f"there is no bulk step {action!r}")


def _tags(slugs: Collection[str]) -> list[Tag]:
    tags = list(Tag.objects.filter(slug__in=slugs))
    if len(tags) != len(set(slugs)):
        raise NotFound(details={"field": "tags"})
    return tags


def _absent(pk: uuid.UUID) -> BulkOutcome:
    return BulkOutcome(TemplateVersion(pk=pk), NotFound.code, gettext(str(NotFound.default_message)))
