"""TemplateVersionSubject: what a reviewer sees of a version, and what a decision does to it."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from moderation.errors import OwnContentRefused
from moderation.models.decision import Decision
from moderation.services.audit import audit_append
from moderation.subject_registry import SubjectContent, SubjectPreview, SubjectTypeBase, ids_after
from moderation.taxonomy import Surface
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.selectors import preview_url, template_words
from templates_app.services.gates import makers_of
from templates_app.services.publishing import (
    SUBJECT_KEY,
    VersionNotInReview,
    version_clear,
    version_refuse,
)
from templates_app.states import BEFORE_REVIEW, VersionState
from tongyi_portal.common import storage
from tongyi_portal.vision.media import picture_count, read_image


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

        Raises VersionNotInReview for one that was taken back, or whose scan has not ended, and
        OwnContentRefused when whoever decides has made it, changed it or handed it in.
        """
        version = TemplateVersion.objects.select_for_update().filter(pk=subject_id).first()
        if version is None:
            return
        if version.state in BEFORE_REVIEW or version.state == VersionState.CHECKING:
            raise VersionNotInReview
        decisions = Decision.objects.filter(subject_type=self.key, subject_id=subject_id)
        decision = decisions.order_by("-created_at").first()
        by = decision.by if decision is not None else None
        if by is not None and by.pk in makers_of(version):
            raise OwnContentRefused
        if approved:
            version_clear(version=version)
            self._append_later("cleared", version, by, [])
        elif version.state != VersionState.REJECTED:
            version_refuse(version=version, reason_codes=reason_codes)
            self._append_later("refused", version, by, reason_codes)

    @staticmethod
    def _append_later(what: str, version: TemplateVersion, by: Any, reason_codes: list[str]) -> None:
        """The decision's own entry is in the chain; what it did to the version follows when it is committed.

        Appending now would hold the chain's end while the decision still locks other rows.
        """
        transaction.on_commit(
            lambda: audit_append(
                action=f"templates.version.{what}", subject=version, actor=by, data={"reasons": reason_codes}
            )
        )

    @contextmanager
    def content(self, subject_id: uuid.UUID) -> Iterator[SubjectContent | None]:
        """All that moves, the still pictures, then the words. Raises StorageUnavailable, FileMissing."""
        version = TemplateVersion.objects.filter(pk=subject_id).first()
        previews = list(version.previews.all()) if version else []
        if version is None or not previews:
            yield None
            return
        with tempfile.TemporaryDirectory() as folder:
            parts = [
                self._part(
                    preview.mime,
                    storage.fetch_to(storage.PREVIEWS, preview.key, Path(folder) / str(preview.pk)),
                    version.created_by_id,
                )
                for preview in previews
            ]
            first, *further = sorted(parts, key=lambda part: part.medium, reverse=True)
            words = template_words(version.template)
            text = SubjectContent("text", Surface.OUTPUT, owner_id=version.created_by_id, text=words)
            yield replace(first, further=(*further, text))

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Versions that are live in the library."""
        return ids_after(TemplateVersion.objects.filter(state=VersionState.PUBLISHED), after)

    @staticmethod
    def _part(mime: str, path: Path, owner_id: uuid.UUID | None) -> SubjectContent:
        if mime.startswith("image/") and picture_count(path) <= 1:
            return SubjectContent("image", Surface.OUTPUT, owner_id=owner_id, pixels=read_image(path))
        return SubjectContent("video", Surface.OUTPUT, owner_id=owner_id, path=path)
