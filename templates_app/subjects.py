"""TemplateVersionSubject: what a reviewer sees of a version, and what a decision does to it."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from moderation.subject_registry import SubjectContent, SubjectPreview, SubjectTypeBase, ids_after
from moderation.taxonomy import Surface
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.selectors import preview_url, template_words
from templates_app.services.publishing import (
    NEEDED_PREVIEWS,
    SUBJECT_KEY,
    VersionNotInReview,
    version_clear,
    version_refuse,
)
from templates_app.states import BEFORE_REVIEW, VersionState
from tongyi_portal.common import storage
from tongyi_portal.vision.media import read_image


class TemplateVersionSubject(SubjectTypeBase):
    """A template version's looping clip."""

    key = SUBJECT_KEY
    label = _("dance template")

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        version = (
            TemplateVersion.objects.select_related("template", "created_by").filter(pk=subject_id).first()
        )
        if version is None:
            return None
        loop = version.previews.filter(kind=PreviewKind.LOOP).first()
        return SubjectPreview(
            title=f"{version.template.name} v{version.number}",
            media="video",
            url=preview_url(loop) if loop else "",
            text=template_words(version.template),
            owner_name=version.created_by.get_username() if version.created_by else "",
        )

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        """Approved: it may be published. Refused: it is rejected, also when it was live.

        Raises VersionNotInReview for one that was taken back, or whose scan has not ended.
        """
        version = TemplateVersion.objects.select_for_update().filter(pk=subject_id).first()
        if version is None:
            return
        if version.state in BEFORE_REVIEW:
            raise VersionNotInReview
        if approved:
            version_clear(version=version)
        elif version.state != VersionState.REJECTED:
            version_refuse(version=version, reason_codes=reason_codes)

    @contextmanager
    def content(self, subject_id: uuid.UUID) -> Iterator[SubjectContent | None]:
        """The looping clip, the cover, then the words. Raises StorageUnavailable, FileMissing."""
        version = TemplateVersion.objects.filter(pk=subject_id).first()
        previews = list(version.previews.filter(kind__in=NEEDED_PREVIEWS)) if version else []
        if version is None or not previews:
            yield None
            return
        with tempfile.TemporaryDirectory() as folder:
            paths = {
                preview.kind: storage.fetch_to(storage.PREVIEWS, preview.key, Path(folder) / preview.kind)
                for preview in previews
            }
            parts = [self._part(kind, path, version.created_by_id) for kind, path in sorted(paths.items())]
            first, *further = sorted(parts, key=lambda part: part.medium, reverse=True)
            words = template_words(version.template)
            text = SubjectContent("text", Surface.OUTPUT, owner_id=version.created_by_id, text=words)
            yield replace(first, further=(*further, text))

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Versions that are live in the library."""
        return ids_after(TemplateVersion.objects.filter(state=VersionState.PUBLISHED), after)

    @staticmethod
    def _part(kind: str, path: Path, owner_id: uuid.UUID | None) -> SubjectContent:
        if kind == PreviewKind.COVER:
            return SubjectContent("image", Surface.OUTPUT, owner_id=owner_id, pixels=read_image(path))
        return SubjectContent("video", Surface.OUTPUT, owner_id=owner_id, path=path)
