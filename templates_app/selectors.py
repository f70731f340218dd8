"""Reads: the catalogue that a user may see, search and order in it, one template's previews and words."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, IntegerField, Lookup, Prefetch, QuerySet, Value, When
from django.db.models.functions import Greatest

from templates_app.models import NOT_FEATURED, Category, DanceTemplate, Preview, PreviewKind
from templates_app.search_words import EDGE, NAMES_END, SHELF_END, folded, words_of
from templates_app.states import VersionState
from tongyi_portal.common import roles

SHOWN_KINDS = (PreviewKind.COVER, PreviewKind.LOOP, PreviewKind.THUMB)
PREVIEW_FIELDS = ("version", "kind", "character", "mime", "width", "height", "byte_size")
# How well a template fits what was asked for; smaller is better.
EXACT_NAME, NAME_BEGINS, IN_NAME, ON_SHELF, IN_DESCRIPTION = range(5)

# Orders of the catalogue; each ends with what is unique, so that no two rows share a place.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "featured": ("featured_position", "position", "slug"),
    "popular": ("-popularity", "position", "slug"),
    "trending": ("-trend", "-popularity", "slug"),
    "newest": ("-live_version__published_at", "slug"),
}
BEST_MATCH = ("match", "-popularity", "slug")


def templates_visible_to(user: Any) -> QuerySet[DanceTemplate]:
    """Live templates for everybody; those who edit templates see all. Featured order, all that lists show."""
    if user is not None and user.has_perm(roles.TEMPLATE_EDIT):
        return _whole()
    return _whole().filter(live_version__isnull=False)


def templates_live(_user: Any) -> QuerySet[DanceTemplate]:
    """What `_user` may make a video with now: whatever is live, for editors too."""
    return _whole().filter(live_version__state=VersionState.PUBLISHED)


def templates_listed(_user: Any) -> QuerySet[DanceTemplate]:
    """As templates_live, for lists: the pointer alone says what is live, so finding a page needs no join."""
    return _whole().filter(live_version__isnull=False)


def templates_featured(user: Any) -> QuerySet[DanceTemplate]:
    """Those that stand at the head of the catalogue now."""
    return templates_live(user).filter(featured_position__lt=NOT_FEATURED)


def _whole() -> QuerySet[DanceTemplate]:
    shown = Preview.objects.filter(kind__in=SHOWN_KINDS).only(*PREVIEW_FIELDS).order_by("kind", "created_at")
    return (
        DanceTemplate.objects.select_related("category", "live_version", "live_version__rights")
        .defer("search_text", *(f"live_version__{name}" for name in ("edits", "beats", "analysis")))
        .prefetch_related("tags", Prefetch("live_version__previews", shown))
        .order_by(*ORDERS["featured"])
    )


def templates_search(templates: QuerySet[DanceTemplate], asked: str) -> QuerySet[DanceTemplate]:
    """Those in which every word occurs, with `match`: how well they fit, see BEST_MATCH.

    The whole of a name fits best, then its beginning; of the rest, the word that fits worst counts. Nothing
    is found by punctuation alone.
    """
    words = words_of(asked)
    if not words:
        return templates.none().annotate(match=Value(EXACT_NAME))
    for word in words:
        templates = templates.filter(search_text__contains=word)
    fits = [_fit(word) for word in words]
    worst = Greatest(*fits) if len(fits) > 1 else fits[0]
    return templates.annotate(match=_match("search_text", asked, worst))


def _match(field: str, asked: str, otherwise: Any) -> Case:
    """How well a text with the names in it fits: as the whole of one, as its beginning, or `otherwise`."""
    phrase = folded(asked)
    return Case(
        When(**{f"{field}__contains": f"{EDGE}{phrase}{EDGE}"}, then=Value(EXACT_NAME)),
        When(**{f"{field}__contains": f"{EDGE}{phrase}"}, then=Value(NAME_BEGINS)),
        default=otherwise,
        output_field=IntegerField(),
    )


class _Like(Lookup):
    """A pattern with its own % signs. Words are letters and digits alone, so nothing in them means more."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        text, parameters = self.process_lhs(compiler, connection)
        pattern, more = self.process_rhs(compiler, connection)
        return f"{text} LIKE {pattern}", [*parameters, *more]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """SQLite compares places faster; a word that stands nowhere is filtered out before."""
        text, parameters = self.process_lhs(compiler, connection)
        _pattern, [pattern] = self.process_rhs(compiler, connection)
        word, mark = str(pattern).strip("%").split("%")
        return f"INSTR({text}, %s) < INSTR({text}, %s)", [*parameters, word, *parameters, mark]


def _fit(word: str) -> Case:
    """In which part of the search text a word that occurs in it stands first.

    Each part ends with a character that occurs once: whether the word stands before it is a single LIKE, on
    PostgreSQL many times faster than comparing places.
    """
    text = F("search_text")
    return Case(
        When(_Like(text, f"%{word}%{NAMES_END}%"), then=Value(IN_NAME)),
        When(_Like(text, f"%{word}%{SHELF_END}%"), then=Value(ON_SHELF)),
        default=Value(IN_DESCRIPTION),
    )


def categories_in_use() -> QuerySet[Category]:
    """Categories that hold a live template, in shelf order."""
    return Category.objects.filter(templates__live_version__isnull=False).distinct()


def preview_of(template: DanceTemplate, kind: PreviewKind) -> Preview | None:
    """The live version's preview of that kind: the chosen cover, else the first one. Uses the prefetch."""
    version = template.live_version
    if version is None:
        return None
    fitting = [preview for preview in version.previews.all() if preview.kind == kind]
    if kind == PreviewKind.COVER and version.cover_id is not None:
        fitting.sort(key=lambda preview: preview.pk != version.cover_id)
    return fitting[0] if fitting else None


def has_music(template: DanceTemplate) -> bool:
    """Whether a video made with it has the music of its live version."""
    version = template.live_version
    rights = getattr(version, "rights", None)
    return bool(version and version.music_key and rights and rights.allows_music)


def preview_url(preview: Preview) -> str:
    """The preview's address on this site; whoever may see the version may fetch it."""
    return f"/media/previews/{preview.pk}"


def template_words(template: DanceTemplate) -> str:
    """Names, tags and descriptions, a line each: what moderation scans and a reviewer is shown."""
    tags = [name for tag in template.tags.all() for name in (tag.name_zh, tag.name_en)]
    descriptions = (template.description_zh, template.description_en)
    lines = (template.name_zh, template.name_en, *tags, *descriptions)
    return "\n".join(line for line in lines if line)
