"""TextSubject and CheckSubject: submitted texts, and what apps had checked, as kinds of content."""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from django.utils.translation import gettext_lazy as _

from moderation.models.text import TextSubmission
from moderation.services import texts
from moderation.states import TextState
from moderation.subject_registry import SubjectContent, SubjectPreview, SubjectTypeBase, ids_after
from moderation.taxonomy import Surface

CHECK_KEY = "check"


class TextSubject(SubjectTypeBase):
    """A text that somebody wants to use."""

    key = texts.SUBJECT_KEY
    label = _("text")

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        submission = TextSubmission.objects.select_related("owner").filter(pk=subject_id).first()
        words = texts.text_words(submission) if submission is not None else None
        if submission is None or words is None:
            return None
        return SubjectPreview(
            title=str(submission.get_surface_display()),
            media="text",
            url="",
            text=words,
            owner_name=submission.owner.get_username() if submission.owner else "",
        )

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        texts.text_decide(text_id=subject_id, approved=approved, reason_codes=reason_codes)

    def content(self, subject_id: uuid.UUID) -> AbstractContextManager[SubjectContent | None]:
        submission = TextSubmission.objects.filter(pk=subject_id).first()
        words = texts.text_words(submission) if submission is not None else None
        if submission is None or words is None:
            return nullcontext(None)
        return nullcontext(
            SubjectContent(
                medium="text",
                surface=Surface(submission.surface),
                job_kind=submission.job_kind,
                owner_id=submission.owner_id,
                text=words,
            )
        )

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Accepted texts: whoever submitted them may use them."""
        return ids_after(TextSubmission.objects.filter(state=TextState.ACCEPTED), after)

    def erase(self, subject_id: uuid.UUID) -> None:
        texts.text_erase(text_id=subject_id)

    def withdraw_consent(self, subject_id: uuid.UUID) -> int:
        """Nothing is made of a text that shows a person."""
        del subject_id
        return 0


class CheckSubject(SubjectTypeBase):
    """What an app had checked: nothing of it is kept, shown or decided."""

    key = CHECK_KEY
    label = _("check for an app")

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        del subject_id
        return None

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        """Nobody decides on a check."""

    def erase(self, subject_id: uuid.UUID) -> None:
        """There is nothing to wipe."""
