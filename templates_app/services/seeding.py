"""templates_seed: the dances that come with the product, published once."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import BodyStyle, DanceTemplate, MusicBasis, RightsBasis, TemplateVersion
from templates_app.models.rights import WORLD
from templates_app.services.gates import rights_of
from templates_app.services.handing_in import version_check, version_submit
from templates_app.services.publishing import version_publish
from templates_app.services.rights import rights_update
from templates_app.services.templates import category_ensure, tag_ensure, template_create
from templates_app.services.versions import version_create
from templates_app.states import VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import UnknownKey

CATEGORY_NAMES: Mapping[str, tuple[str, str]] = {
    "trend": ("热门", "Trending"),
    "folk": ("民族舞", "Folk"),
    "street": ("街舞", "Street"),
    "pop": ("流行", "Pop"),
    "gentle": ("轻柔", "Gentle"),
}
TAG_NAMES: Mapping[str, tuple[str, str]] = {
    "arms": ("手臂", "Arms"),
    "calm": ("安静", "Calm"),
    "energetic": ("活力", "Energetic"),
    "festival": ("节日", "Festival"),
    "handkerchief": ("手绢", "Handkerchief"),
    "heart": ("比心", "Heart"),
    "hips": ("胯部", "Hips"),
    "hits": ("卡点", "Hits"),
    "horse": ("骑马", "Horse riding"),
    "idol": ("爱豆", "Idol"),
    "legs": ("腿部", "Legs"),
    "popping": ("震感", "Popping"),
    "portrait": ("人像", "Portrait"),
    "retro": ("复古", "Retro"),
    "shoulders": ("抖肩", "Shoulders"),
    "slow": ("慢节奏", "Slow"),
    "smooth": ("丝滑", "Smooth"),
    "t-step": ("鬼步", "T-step"),
    "viral": ("爆款", "Viral"),
}


PRODUCT = "Tongyi Portal"
HANDMADE_REFERENCE = "templates_app/choreography"


def handmade_rights(owner: str) -> Mapping[str, Any]:
    """The record of a dance that was written by hand: own work, silent, and no person was filmed for it."""
    return {
        "source_basis": RightsBasis.OWN,
        "source_owner": owner,
        "source_reference": HANDMADE_REFERENCE,
        "music_basis": MusicBasis.NONE,
        "is_without_performers": True,
        "territory": [WORLD],
        "is_perpetual": True,
    }


def templates_seed(
    *,
    by: User,
    publisher: User,
    render_previews: Callable[[TemplateVersion], None],
    say: Callable[[str], None] = lambda _line: None,
    only: Collection[str] | None = None,
) -> list[DanceTemplate]:
    """Make and publish every choreography that is not live yet; safe to run again after any interruption.

    by makes them and hands them in, publisher publishes them: two accounts, unless the rule of four eyes is
    off. render_previews: attaches all previews to a version that has none. say: told of each step. only:
    slugs of those to make now; None: all. Raises PermissionRefused, VersionNeedsSecondPerson, UnknownKey for
    a slug that is no choreography, and VersionNotCleared when moderation holds a preview back.
    """
    unknown = sorted(set(only or ()) - set(CHOREOGRAPHIES))
    if unknown:
        raise UnknownKey(f"There are no choreographies {unknown}.", details={"slugs": unknown})
    return [
        _seed_one(slug, index, by, publisher, render_previews, say)
        for index, slug in enumerate(CHOREOGRAPHIES)
        if only is None or slug in only
    ]


def _seed_one(
    slug: str,
    index: int,
    by: User,
    publisher: User,
    render_previews: Callable[[TemplateVersion], None],
    say: Callable[[str], None],
) -> DanceTemplate:
    template = DanceTemplate.objects.filter(slug=slug).first() or _template(slug, index, by)
    if template.live_version is not None:
        _state_rights(template.live_version, publisher)
        return template
    dance = CHOREOGRAPHIES[slug]
    version = template.versions.order_by("-number").first()
    if version is None:
        style = BodyStyle.FULL if dance.is_full_body else BodyStyle.HALF
        version = version_create(
            template=template, poses=dance.build(), by=by, bpm=dance.bpm, body_style=style
        )
    if version.state == VersionState.READY:
        say(f"{slug}: rendering previews")
        render_previews(version)
        _state_rights(version, by)
        version_submit(version=version, by=by)
    if version.state == VersionState.CHECKING:
        version_check(version=version)
    _state_rights(version, by)  # one that an earlier release handed in may lack it
    version_publish(version=version, by=publisher)
    say(f"{slug}: published")
    template.refresh_from_db()
    return template


def _state_rights(version: TemplateVersion, by: User) -> None:
    if rights_of(version).missing:
        rights_update(version=version, by=by, changes=handmade_rights(PRODUCT))


def _template(slug: str, index: int, by: User) -> DanceTemplate:
    dance = CHOREOGRAPHIES[slug]
    shelf = list(CATEGORY_NAMES).index(dance.category)
    shelf_zh, shelf_en = CATEGORY_NAMES[dance.category]
    return template_create(
        by=by,
        slug=slug,
        name_zh=dance.name_zh,
        name_en=dance.name_en,
        description_zh=dance.description_zh,
        description_en=dance.description_en,
        category=category_ensure(
            by=by, slug=dance.category, name_zh=shelf_zh, name_en=shelf_en, position=shelf
        ),
        tags=[
            tag_ensure(by=by, slug=tag, name_zh=TAG_NAMES[tag][0], name_en=TAG_NAMES[tag][1])
            for tag in dance.tags
        ],
        position=index,
        is_demo=True,
    )
