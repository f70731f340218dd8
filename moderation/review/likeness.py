"""Near duplicates on the desk: a small picture, how far apart, and what was decided on each."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from moderation.likeness_selectors import LookAlike, look_alikes_for
from moderation.models import HashBank, ReviewItem
from moderation.models.choices import VerdictChoice
from moderation.queue_selectors import reviews_visible_to
from moderation.subject_registry import subject_type
from moderation.taxonomy import Verdict
from tongyi_portal.common import roles
from tongyi_portal.common.errors import UnknownKey

SHOWN = 6


@dataclass(frozen=True)
class Alike:
    """media: "" when the content is gone. url: the desk of its newest item, else its scan."""

    distance: int
    verdict: Verdict
    media: str
    thumb: str
    title: str
    url: str

    @property
    def verdict_text(self) -> str:
        return str(VerdictChoice(self.verdict).label)


def alike_of(item: ReviewItem, viewer: Any) -> list[Alike]:
    """The nearest first, each with the verdict that the viewer may know of."""
    return [_alike(one, viewer) for one in look_alikes_for(viewer, item, SHOWN)]


def banks_for(item: ReviewItem, viewer: Any) -> list[HashBank]:
    """Banks that the viewer may put this picture or video on."""
    if item.scan_run.medium == "text" or not viewer.has_perm(roles.BANKS_EDIT):
        return []
    return list(HashBank.objects.filter(is_enabled=True).order_by("name"))


def _alike(one: LookAlike, viewer: Any) -> Alike:
    run = one.scan_run
    media, thumb, title = _thumb(run.subject_type, run.subject_id)
    same = {"subject_type": run.subject_type, "subject_id": run.subject_id}
    newest = reviews_visible_to(viewer).filter(**same).first()
    url = (
        reverse("admin:review_desk", args=[newest.pk])
        if newest is not None
        else reverse("admin:moderation_scanrun_change", args=[run.pk])
    )
    return Alike(one.distance, one.verdict, media, thumb, title, url)


def _thumb(key: str, subject_id: uuid.UUID) -> tuple[str, str, str]:
    try:
        preview = subject_type(key).preview(subject_id)
    except UnknownKey:
        preview = None
    return (preview.media, preview.url, preview.title) if preview is not None else ("", "", "")
