"""Reads: the catalogue that a user may see, search in it, one template's detail."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from templates_app.models import Category, DanceTemplate, Preview, PreviewKind
from templates_app.states import VersionState
from tongyi_portal.common import roles

_SEARCHED = ("slug", "name_zh", "name_en", "tags__slug", "tags__name_zh", "tags__name_en", "category__slug",
             "category__name_zh", "category__name_en", "description_zh", "description_en")  # fmt: skip


def templates_visible_to(user: Any) -> QuerySet[DanceTemplate]:
    """Live templates for everybody; those who edit templates see all. Featured order, all that lists show."""
    templates = DanceTemplate.objects.select_related("category", "live_version").prefetch_related(
        "tags", Prefetch("live_version__previews", Preview.objects.order_by("kind", "created_at"))
    )
    if user is not None and user.has_perm(roles.TEMPLATE_EDIT):
        return templates
    return templates.filter(live_version__isnull=False)


def templates_live(user: Any) -> QuerySet[DanceTemplate]:
    """What `user` may make a video with now."""
    return templates_visible_to(user).filter(live_version__state=VersionState.PUBLISHED)


def templates_search(templates: QuerySet[DanceTemplate], words: str) -> QuerySet[DanceTemplate]:
    """Those in which every word occurs in a name, description, slug, tag or category, in either language."""
    for word in words.split()[:8]:
        matches = Q()
        for field in _SEARCHED:
            matches |= Q(**{f"{field}__icontains": word})
        templates = templates.filter(pk__in=DanceTemplate.objects.filter(matches).values("pk"))
    return templates


def categories_in_use() -> QuerySet[Category]:
    """Categories that hold a live template, in shelf order."""
    return Category.objects.filter(templates__live_version__isnull=False).distinct()


def preview_of(template: DanceTemplate, kind: PreviewKind) -> Preview | None:
    """The live version's first preview of that kind; uses the prefetch of templates_visible_to."""
    if template.live_version is None:
        return None
    return next((preview for preview in template.live_version.previews.all() if preview.kind == kind), None)


def preview_url(preview: Preview) -> str:
    """The preview's address on this site; whoever may see the version may fetch it."""
    return f"/media/previews/{preview.pk}"


def template_words(template: DanceTemplate) -> str:
    """Names, tags and descriptions, a line each: what moderation scans and a reviewer is shown."""
    tags = [name for tag in template.tags.all() for name in (tag.name_zh, tag.name_en)]
    descriptions = (template.description_zh, template.description_en)
    lines = (template.name_zh, template.name_en, *tags, *descriptions)
    return "\n".join(line for line in lines if line)
