"""Near duplicates on the desk: a small picture, how far apart, and what was decided on each."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from moderation.models import HashBank, ReviewItem
from moderation.models.choices import VerdictChoice
from moderation.near_duplicates import NearDuplicate, near_duplicates
from moderation.selectors import verdicts_standing
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


def alike_of(item: ReviewItem) -> list[Alike]:
    """The nearest first. A blind reviewer does not get to see what was decided on the same picture."""
    return [] if item.is_blind else [_alike(one) for one in near_duplicates(item.scan_run, limit=SHOWN)]


def banks_for(item: ReviewItem, viewer: Any) -> list[HashBank]:
    """Banks that the viewer may put this picture or video on."""
    if item.scan_run.medium == "text" or not viewer.has_perm(roles.BANKS_EDIT):
        return []
    return list(HashBank.objects.filter(is_enabled=True).order_by("name"))


def _alike(one: NearDuplicate) -> Alike:
    run = one.scan_run
    standing = verdicts_standing(run.subject_type, [run.subject_id]).get(run.subject_id, one.verdict)
    media, thumb, title = _thumb(run.subject_type, run.subject_id)
    newest = ReviewItem.objects.filter(subject_type=run.subject_type, subject_id=run.subject_id).first()
    url = (
        reverse("admin:review_desk", args=[newest.pk])
        if newest is not None
        else reverse("admin:moderation_scanrun_change", args=[run.pk])
    )
    return Alike(one.distance, standing, media, thumb, title, url)


def _thumb(key: str, subject_id: uuid.UUID) -> tuple[str, str, str]:
    try:
        preview = subject_type(key).preview(subject_id)
    except UnknownKey:
        preview = None
    return (preview.media, preview.url, preview.title) if preview is not None else ("", "", "")
