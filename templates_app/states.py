"""Transition tables of TemplateVersion and MotionVideo."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROCESSING = "processing", _("processing")
    READY = "ready", _("ready")
    CHECKING = "checking", _("being checked")
    IN_REVIEW = "in_review", _("in review")
    SCHEDULED = "scheduled", _("scheduled")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")
    REJECTED = "rejected", _("rejected")


VERSION = StateMachine(
    {
        VersionState.DRAFT: {VersionState.PROCESSING, VersionState.READY},
        VersionState.PROCESSING: {VersionState.DRAFT, VersionState.READY},
        VersionState.READY: {VersionState.CHECKING, VersionState.DRAFT},
        # Ready again: it was taken back, or a preview could not be read.
        VersionState.CHECKING: {VersionState.IN_REVIEW, VersionState.READY},
        VersionState.IN_REVIEW: {
            VersionState.SCHEDULED,
            VersionState.PUBLISHED,
            VersionState.REJECTED,
            VersionState.READY,
        },
        # Back to review: its schedule was taken back, or what it stood on has fallen (rights, words).
        VersionState.SCHEDULED: {VersionState.PUBLISHED, VersionState.IN_REVIEW, VersionState.REJECTED},
        VersionState.PUBLISHED: {VersionState.RETIRED, VersionState.REJECTED},
        # Published again: roll back to an earlier version.
        VersionState.RETIRED: {VersionState.PUBLISHED, VersionState.REJECTED},
        VersionState.REJECTED: {VersionState.IN_REVIEW},  # a senior moderator overturned the refusal
    }
)
# Nothing of it was handed to moderation yet, or it was taken back.
BEFORE_REVIEW = frozenset({VersionState.DRAFT, VersionState.PROCESSING, VersionState.READY})


class MotionState(models.TextChoices):
    RECEIVING = "receiving", _("being received")
    CHECKING = "checking", _("being checked")
    REFUSED = "refused", _("damaged or outside the limits")
    IN_REVIEW = "in_review", _("in review")
    BLOCKED = "blocked", _("blocked")
    ACCEPTED = "accepted", _("accepted")
    ABANDONED = "abandoned", _("abandoned")


MOTION = StateMachine(
    {
        MotionState.RECEIVING: {MotionState.CHECKING, MotionState.ABANDONED},
        # Abandoned in mid-check: its file cannot be read back.
        MotionState.CHECKING: {
            MotionState.REFUSED,
            MotionState.IN_REVIEW,
            MotionState.BLOCKED,
            MotionState.ACCEPTED,
            MotionState.ABANDONED,
        },
        MotionState.REFUSED: set(),
        MotionState.IN_REVIEW: {MotionState.ACCEPTED, MotionState.BLOCKED},
        MotionState.BLOCKED: {MotionState.ACCEPTED},  # an appeal or a senior moderator overturned it
        MotionState.ACCEPTED: {MotionState.BLOCKED},  # a rescan, or a decision that was overturned
        MotionState.ABANDONED: set(),
    }
)
