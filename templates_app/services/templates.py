"""What can happen to a template: template_create, template_update; to categories and tags: shelf_save."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from moderation.models.scan import ScanPurpose, ScanRun
from moderation.services.audit import audit_append
from moderation.services.texts import scan_text
from moderation.taxonomy import Surface, Verdict
from moderation.text_subject import CHECK_KEY
from templates_app.models import Category, DanceTemplate, Tag, TemplateVersion
from templates_app.selectors import template_words
from templates_app.services.publishing import SUBJECT_KEY
from templates_app.services.revision import catalogue_changed
from templates_app.services.search_texts import search_texts_refresh, shelf_search_texts_refresh
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError

TEMPLATE_ADD = "templates_app.add_dancetemplate"
_JUDGED = (VersionState.IN_REVIEW, VersionState.SCHEDULED, VersionState.PUBLISHED, VersionState.RETIRED)
CATEGORY_ADD, TAG_ADD = "templates_app.add_category", "templates_app.add_tag"
_CHANGEABLE = frozenset({"name_zh", "name_en", "description_zh", "description_en", "category", "position"})


class TemplateWordsRefused(AppError):
    """Details: the verdict, and the codes of its reasons."""

    code = "template_words_refused"
    http_status = 422
    default_message = _("Moderation does not let these words into the library as they stand.")


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
    search_texts_refresh(DanceTemplate.objects.filter(pk=template.pk))
    audit_append(action="templates.template.created", subject=template, actor=by, data={"slug": slug})
    return template


@transaction.atomic
def template_update(
    *, template: DanceTemplate, by: User, tags: Collection[Tag] | None = None, **changes: Any
) -> DanceTemplate:
    """Change names, descriptions, category, position or tags; the slug stays for ever.

    Words that are new are judged as those were that came with the version. Of a live template only words that
    pass are taken; of another one, doubtful words wait for a reviewer and keep its versions from being
    published until then. Raises TemplateWordsRefused, PermissionRefused, ValidationError for bad values,
    ValueError for a field that cannot be changed.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    if set(changes) - _CHANGEABLE:
        raise ValueError(f"only {sorted(_CHANGEABLE)} can be changed, got {sorted(changes)}")
    stored = DanceTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
    words_before = template_words(stored)
    touched = [name for name, value in changes.items() if getattr(stored, name) != value]
    if tags is not None and {tag.pk for tag in tags} != set(stored.tags.values_list("pk", flat=True)):
        touched.append("tags")
    for name, value in changes.items():
        setattr(template, name, value)
    template.full_clean()
    template.save()
    if tags is not None:
        template.tags.set(tags)
    if template_words(template) != words_before:
        _judge_words(template)
    search_texts_refresh(DanceTemplate.objects.filter(pk=template.pk))
    if touched:
        catalogue_changed()
        data = {"fields": sorted(touched)}
        audit_append(action="templates.template.updated", subject=template, actor=by, data=data)
    return template


def _judge_words(template: DanceTemplate) -> None:
    """Judge the words for every version that moderation has seen; others are judged when handed in."""
    judged = list(template.versions.filter(state__in=_JUDGED))
    if not judged:
        return
    first_look = _scan_words(template, judged[0], ScanPurpose.CHECK)
    is_live = any(version.state == VersionState.PUBLISHED for version in judged)
    if first_look.verdict == Verdict.BLOCK or (is_live and first_look.verdict != Verdict.PASS):
        details = {"verdict": first_look.verdict, "reasons": first_look.reason_codes}
        raise TemplateWordsRefused(details=details)
    for version in judged:
        run = _scan_words(template, version, ScanPurpose.ADMISSION)
        if run.verdict != Verdict.REVIEW:
            continue
        doubts: dict[str, Any] = {"cleared_at": None, "reason_codes": run.reason_codes}
        if version.state == VersionState.SCHEDULED:
            VERSION.move(version, VersionState.IN_REVIEW, guard={"state": VersionState.SCHEDULED}, **doubts)
        else:
            TemplateVersion.objects.filter(pk=version.pk).update(**doubts)


def _scan_words(template: DanceTemplate, version: TemplateVersion, purpose: ScanPurpose) -> ScanRun:
    return scan_text(
        subject_type=SUBJECT_KEY,
        subject_id=version.pk,
        surface=Surface.OUTPUT,
        text=template_words(template),
        owner_id=version.created_by_id,
        purpose=purpose,
    )


@transaction.atomic
def shelf_save(*, shelf: Category | Tag, by: User) -> None:
    """Store a category or tag with its names, which every visitor reads.

    Raises PermissionRefused, TemplateWordsRefused, ValidationError for bad values.
    """
    kind = "category" if isinstance(shelf, Category) else "tag"
    verb = "add" if shelf._state.adding else "change"
    roles.require(by, f"templates_app.{verb}_{kind}")
    shelf.full_clean()
    run = scan_text(
        subject_type=CHECK_KEY,
        subject_id=uuid.uuid4(),
        surface=Surface.OUTPUT,
        text=f"{shelf.name_zh}\n{shelf.name_en}",
        owner_id=by.pk,
        purpose=ScanPurpose.CHECK,
    )
    if run.verdict != Verdict.PASS:
        raise TemplateWordsRefused(details={"verdict": run.verdict, "reasons": run.reason_codes})
    shelf.save()
    shelf_search_texts_refresh(shelf)
    catalogue_changed()
    data = {"slug": shelf.slug, "is_new": verb == "add"}
    audit_append(action=f"templates.{kind}.saved", subject=shelf, actor=by, data=data)


@transaction.atomic
def category_ensure(*, by: User, slug: str, name_zh: str, name_en: str, position: int = 0) -> Category:
    """The category of that slug, made and judged when there is none.

    Raises PermissionRefused, TemplateWordsRefused.
    """
    roles.require(by, CATEGORY_ADD)
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        category = Category(slug=slug, name_zh=name_zh, name_en=name_en, position=position)
        shelf_save(shelf=category, by=by)
    return category


@transaction.atomic
def tag_ensure(*, by: User, slug: str, name_zh: str, name_en: str) -> Tag:
    """The tag of that slug, made and judged when there is none.

    Raises PermissionRefused, TemplateWordsRefused.
    """
    roles.require(by, TAG_ADD)
    tag = Tag.objects.filter(slug=slug).first()
    if tag is None:
        tag = Tag(slug=slug, name_zh=name_zh, name_en=name_en)
        shelf_save(shelf=tag, by=by)
    return tag
