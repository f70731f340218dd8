"""What can happen to a template: template_create, template_update; categories and tags."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from templates_app.models import Category, DanceTemplate, Tag
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

TEMPLATE_ADD = "templates_app.add_dancetemplate"
CATEGORY_ADD, TAG_ADD = "templates_app.add_category", "templates_app.add_tag"


@transaction.atomic
def template_create(
    *,
    by: User,
    slug: str,
    name_zh: str,
    name_en: str,
    category: Category,
    tags: Collection[Tag] = (),
    description_zh: str = "",
    description_en: str = "",
    position: int = 1000,
    is_demo: bool = False,
) -> DanceTemplate:
    """Make a template without versions. Raises PermissionRefused, and ValidationError for bad values."""
    roles.require(by, TEMPLATE_ADD)
    template = DanceTemplate(
        slug=slug,
        name_zh=name_zh,
        name_en=name_en,
        category=category,
        description_zh=description_zh,
        description_en=description_en,
        position=position,
        is_demo=is_demo,
        created_by=by,
    )
    template.full_clean()
    template.save()
    template.tags.set(tags)
    return template


@transaction.atomic
def template_update(
    *, template: DanceTemplate, by: User, tags: Collection[Tag] | None = None, **changes: Any
) -> DanceTemplate:
    """Change names, descriptions, category, position or tags; the slug stays for ever.

    Raises PermissionRefused, ValidationError for bad values, ValueError for a field that cannot be changed.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    allowed = {"name_zh", "name_en", "description_zh", "description_en", "category", "position"}
    if set(changes) - allowed:
        raise ValueError(f"only {sorted(allowed)} can be changed, got {sorted(changes)}")
    for name, value in changes.items():
        setattr(template, name, value)
    template.full_clean()
    template.save()
    if tags is not None:
        template.tags.set(tags)
    return template


@transaction.atomic
def category_ensure(*, by: User, slug: str, name_zh: str, name_en: str, position: int = 0) -> Category:
    """The category of that slug, made when there is none. Raises PermissionRefused."""
    roles.require(by, CATEGORY_ADD)
    category, _created = Category.objects.get_or_create(
        slug=slug, defaults={"name_zh": name_zh, "name_en": name_en, "position": position}
    )
    return category


@transaction.atomic
def tag_ensure(*, by: User, slug: str, name_zh: str, name_en: str) -> Tag:
    """The tag of that slug, made when there is none. Raises PermissionRefused."""
    roles.require(by, TAG_ADD)
    tag, _created = Tag.objects.get_or_create(slug=slug, defaults={"name_zh": name_zh, "name_en": name_en})
    return tag
