"""Transition tables of Upload, Job and Artifact."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class UploadState(models.TextChoices):
    PENDING = "pending", _("being checked")
    IN_REVIEW = "in_review", _("in review")
    ACCEPTED = "accepted", _("accepted")
    BLOCKED = "blocked", _("blocked")


UPLOAD = StateMachine(
    {
        UploadState.PENDING: {UploadState.IN_REVIEW, UploadState.ACCEPTED, UploadState.BLOCKED},
        UploadState.IN_REVIEW: {UploadState.ACCEPTED, UploadState.BLOCKED},
        # A senior moderator may overturn a decision in either direction.
        UploadState.ACCEPTED: {UploadState.BLOCKED},
        UploadState.BLOCKED: {UploadState.ACCEPTED},
    }
)


class JobState(models.TextChoices):
    HELD = "held", _("waiting for the review of a picture")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    CHECKING = "checking", _("checking the result")
    IN_REVIEW = "in_review", _("result in review")
    SUCCEEDED = "succeeded", _("succeeded")
    REJECTED = "rejected", _("rejected")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


JOB = StateMachine(
    {
        JobState.HELD: {JobState.QUEUED, JobState.REJECTED, JobState.CANCELLED},
        JobState.QUEUED: {JobState.RUNNING, JobState.REJECTED, JobState.CANCELLED},
        # QUEUED again: the worker was lost and its lease ran out. REJECTED: the photo was blocked meanwhile.
        JobState.RUNNING: {
            JobState.CHECKING,
            JobState.QUEUED,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.REJECTED,
        },
        JobState.CHECKING: {
            JobState.SUCCEEDED,
            JobState.IN_REVIEW,
            JobState.REJECTED,
            JobState.QUEUED,
            JobState.FAILED,
            JobState.CANCELLED,
        },
        JobState.IN_REVIEW: {JobState.SUCCEEDED, JobState.REJECTED, JobState.CANCELLED},
        # Only a person's decision, on the result or on a picture it was made of, leads on from these two.
        # IN_REVIEW again: one file's refusal was overturned, and nobody has decided on another.
        JobState.SUCCEEDED: {JobState.REJECTED},
        JobState.REJECTED: {JobState.SUCCEEDED, JobState.IN_REVIEW},
        # An operator queues a job again whose attempts were used up.
        JobState.FAILED: {JobState.QUEUED},
        JobState.CANCELLED: set(),
    }
)
WORKING = frozenset({JobState.RUNNING, JobState.CHECKING})
FINISHED = frozenset({JobState.SUCCEEDED, JobState.REJECTED, JobState.FAILED, JobState.CANCELLED})
UNFINISHED = frozenset(JobState) - FINISHED


class ArtifactState(models.TextChoices):
    WITHHELD = "withheld", _("withheld")
    IN_REVIEW = "in_review", _("in review")
    RELEASED = "released", _("released")
    REFUSED = "refused", _("refused")
    ERASED = "erased", _("erased")


# ERASED: the owner deleted it, or the person in the picture no longer agrees. Nothing leads back.
ARTIFACT = StateMachine(
    {
        ArtifactState.WITHHELD: {
            ArtifactState.IN_REVIEW,
            ArtifactState.RELEASED,
            ArtifactState.REFUSED,
            ArtifactState.ERASED,
        },
        ArtifactState.IN_REVIEW: {
            ArtifactState.RELEASED,
            ArtifactState.REFUSED,
            ArtifactState.WITHHELD,
            ArtifactState.ERASED,
        },
        ArtifactState.RELEASED: {ArtifactState.REFUSED, ArtifactState.ERASED},
        ArtifactState.REFUSED: {
            ArtifactState.RELEASED,
            ArtifactState.IN_REVIEW,
            ArtifactState.WITHHELD,
            ArtifactState.ERASED,
        },
        ArtifactState.ERASED: set(),
    }
)
