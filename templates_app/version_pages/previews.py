"""A version's previews as its page shows them, and who may choose the cover there."""

from typing import Any

from templates_app.characters.standard import STANDARD_CHARACTERS, standard_characters
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.selectors import preview_url
from templates_app.services.gates import second_person_is_needed
from templates_app.states import VersionState
from templates_app.texts import NOT_FULL_BODY, character_text
from tongyi_portal.common import roles

UNCHANGING = frozenset({VersionState.PROCESSING, VersionState.CHECKING})
ORDER = (PreviewKind.LOOP, PreviewKind.SKELETON, PreviewKind.THUMB)


def shown_previews(version: TemplateVersion) -> list[dict[str, Any]]:
    """Clips and pictures with what they show, the standard characters in the order of their table.

    A looping clip has its character's cover as its poster, and `cover_id` says which preview that is.
    """
    previews = list(version.previews.all())
    covers = {one.character: one for one in previews if one.kind == PreviewKind.COVER}
    standard = list(STANDARD_CHARACTERS)
    place = {key: standard.index(key) for key in standard}
    shown = sorted(
        (one for one in previews if one.kind in ORDER),
        key=lambda one: (ORDER.index(PreviewKind(one.kind)), place.get(one.character, len(standard))),
    )
    rows = []
    for one in shown:
        is_loop = one.kind == PreviewKind.LOOP
        cover = covers.get(one.character) if is_loop else None
        rows.append(
            {
                "url": preview_url(one),
                "poster": preview_url(cover) if cover else "",
                "is_video": one.mime.startswith("video/"),
                "title": " · ".join(filter(None, (one.get_kind_display(), character_text(one.character)))),
                "character": one.character if is_loop else "",
                "cover_id": cover.pk if cover else None,
                "is_cover": cover is not None and version.cover_id == cover.pk,
            }
        )
    return rows


def refused_characters(version: TemplateVersion) -> list[dict[str, str]]:
    """Standard characters whose photos such a movement does not take, each with what their owner is told."""
    fitting = standard_characters(version.body_style)
    left_out = [key for key in STANDARD_CHARACTERS if key not in fitting]
    return [{"title": character_text(key), "why": str(NOT_FULL_BODY)} for key in left_out]


def may_choose_cover(version: TemplateVersion, user: Any) -> bool:
    """Whether the page offers it; the service decides."""
    if version.published_at is None:
        return bool(user.has_perm(roles.TEMPLATE_EDIT)) and version.state not in UNCHANGING
    return bool(user.has_perm(roles.TEMPLATE_PUBLISH)) and not second_person_is_needed(version, user)
