"""Transition table of TemplateVersion."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROCESSING = "processing", _("processing")
    READY = "ready", _("ready")
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")
    REJECTED = "rejected", _("rejected")


VERSION = StateMachine(
    {
        VersionState.DRAFT: {VersionState.PROCESSING, VersionState.READY},
        VersionState.PROCESSING: {VersionState.DRAFT, VersionState.READY},
        VersionState.READY: {VersionState.IN_REVIEW, VersionState.DRAFT},
        VersionState.IN_REVIEW: {VersionState.PUBLISHED, VersionState.REJECTED, VersionState.READY},
        VersionState.PUBLISHED: {VersionState.RETIRED, VersionState.REJECTED},
        # Published again: roll back to an earlier version.
        VersionState.RETIRED: {VersionState.PUBLISHED, VersionState.REJECTED},
        VersionState.REJECTED: {VersionState.IN_REVIEW},  # a senior moderator overturned the refusal
    }
)
# Nothing of it was handed to moderation yet, or it was taken back.
BEFORE_REVIEW = frozenset({VersionState.DRAFT, VersionState.PROCESSING, VersionState.READY})
