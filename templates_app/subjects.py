"""TemplateVersionSubject: what a reviewer sees of a version, and what a decision does to it."""

import uuid

from django.utils.translation import gettext_lazy as _

from moderation.subject_registry import SubjectPreview, SubjectTypeBase
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.selectors import preview_url
from templates_app.services.publishing import (
    SUBJECT_KEY,
    VersionNotInReview,
    version_clear,
    version_refuse,
)
from templates_app.states import BEFORE_REVIEW, VersionState


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
            text=version.template.description,
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
