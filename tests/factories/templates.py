"""Templates with a tiny dance, published through the services."""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import factory
import numpy as np
from django.utils import timezone

from templates_app.characters.standard import standard_characters
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import Category, DanceTemplate, PreviewKind, RightsRecord, Tag, TemplateVersion
from templates_app.poses.sequence import PoseSequence
from templates_app.services.search_texts import search_texts_refresh
from templates_app.services.seeding import handmade_rights
from templates_app.services.versions import version_attach_preview, version_create
from templates_app.states import VersionState
from tests.factories.accounts import UserFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.vision.media import VideoWriter
from tongyi_portal.vision.regions import Image

FRAMES = 12  # of a clip, in its one second
HANDMADE_RIGHTS = handmade_rights("Us")


def tiny_poses(frames: int = 12, fps: float = 12) -> PoseSequence:
    """A standing figure that sways a little, seen whole, called a loop."""
    return replace(CHOREOGRAPHIES["idle_sway"].build().resampled(fps, frames), is_loop=True)


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category
        django_get_or_create = ("slug",)

    slug = "folk"
    name_zh = "民族舞"
    name_en = "Folk"


class TagFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tag
        django_get_or_create = ("slug",)

    slug = factory.Sequence("tag-{}".format)
    name_zh = factory.Sequence("标签{}".format)
    name_en = factory.Sequence("Tag {}".format)


class TemplateFactory(factory.django.DjangoModelFactory):
    """A template without a version."""

    class Meta:
        model = DanceTemplate
        skip_postgeneration_save = True

    slug = factory.Sequence("dance-{}".format)
    name_zh = factory.Sequence("舞蹈{}".format)
    name_en = factory.Sequence("Dance {}".format)
    category = factory.SubFactory(CategoryFactory)

    @factory.post_generation
    def search_text(template: Any, _create: bool, _given: Any, **_kwargs: Any) -> None:  # noqa: N805
        """As the services keep it; for tags that are added later, call found_by_its_words."""
        found_by_its_words(template)


def found_by_its_words(template: DanceTemplate) -> None:
    """Bring the search text up to date, as every service does that changes words."""
    search_texts_refresh(DanceTemplate.objects.filter(pk=template.pk))
    template.refresh_from_db(fields=["search_text"])


def superuser() -> User:
    """An account that may do everything."""
    user: User = UserFactory(is_superuser=True, is_staff=True)
    return user


def version_of(template: DanceTemplate | None = None, **fields: Any) -> TemplateVersion:
    """A READY version, without previews."""
    return version_create(
        template=template or TemplateFactory(),
        poses=fields.pop("poses", None) or tiny_poses(),
        by=superuser(),
        **fields,
    )


def live_template(
    poses: PoseSequence | None = None, *, body_style: str = "full", **fields: Any
) -> DanceTemplate:
    """A published template, as if moderation had cleared it; without the files of its previews."""
    template = TemplateFactory(**fields)
    version = version_of(template, poses=poses, body_style=body_style)
    give_rights(version)
    now = timezone.now()
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, cleared_at=now, published_at=now
    )
    template.live_version = TemplateVersion.objects.get(pk=version.pk)
    template.save()
    return template


def plain_jpeg(width: int = 64, height: int = 96) -> bytes:
    """A grey gradient."""
    return _encoded(_gradient(width, height))


def _gradient(width: int, height: int) -> Image:
    return np.tile(np.linspace(60, 190, height, dtype=np.uint8)[:, None, None], (1, width, 3))


def _encoded(pixels: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels)[1].tobytes())


def attach_previews(
    version: TemplateVersion, loop: bytes = b"", still: bytes = b"", moving: bytes = b""
) -> None:
    """All that a version must show before it is handed in; the clips are real ones only when given.

    moving: the small moving picture (WebP); else it does not move.
    """
    common = {"version": version, "width": 64, "height": 96, "by": superuser()}
    clip = loop or b"no video"
    first, *others = standard_characters(version.body_style)
    picture = {"data": still or plain_jpeg(), "mime": "image/jpeg"}
    version_attach_preview(kind=PreviewKind.COVER, character=first, **picture, **common)
    small = {"data": moving, "mime": "image/webp"} if moving else picture
    version_attach_preview(kind=PreviewKind.THUMB, **small, **common)
    for kind, character in (
        (PreviewKind.SKELETON, ""),
        *((PreviewKind.LOOP, key) for key in (first, *others)),
    ):
        version_attach_preview(kind=kind, character=character, data=clip, mime="video/mp4", **common)


def give_rights(version: TemplateVersion, **changes: Any) -> RightsRecord:
    """A complete record: own work without music that nobody performed, everywhere and for ever."""
    record = RightsRecord(version=version, **{**HANDMADE_RIGHTS, **changes})
    record.save(force_insert=True)
    return record


def ready_version(
    template: DanceTemplate | None = None,
    loop: bytes = b"",
    still: bytes = b"",
    moving: bytes = b"",
    rights: bool = True,
    **fields: Any,
) -> TemplateVersion:
    """A READY version with everything that it needs to be handed in."""
    version = version_of(template, **fields)
    attach_previews(version, loop=loop, still=still, moving=moving)
    if rights:
        give_rights(version)
    return version


def cleared_version(template: DanceTemplate | None = None, **fields: Any) -> TemplateVersion:
    """A version in review that moderation has cleared, with rights; without the files of its previews."""
    version = version_of(template, **fields)
    give_rights(version)
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.IN_REVIEW, cleared_at=timezone.now(), submitted_by=superuser()
    )
    version.refresh_from_db()
    return version


@cache
def plain_clip(colour: tuple[int, int, int]) -> bytes:
    """One second of one colour (RGB) as MP4."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with VideoWriter(path, 64, 96, FRAMES) as writer:
            for _number in range(FRAMES):
                writer.write(np.full((96, 64, 3), colour, np.uint8))
        return path.read_bytes()
