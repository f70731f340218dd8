"""Faults that the services of generation raise."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tongyi_portal.common.errors import AppError, NotFound, TransitionRefused


class PictureRefused(AppError):
    """Intake refused the file. The code is intake's own; details are limits and sizes."""

    def __init__(self, code: str, message: str, http_status: int, details: Mapping[str, float]) -> None:
        super().__init__(message, details=details)
        self.code = code  # type: ignore[misc]
        self.http_status = http_status  # type: ignore[misc]


class ContentBlocked(AppError):
    """Moderation refuses the picture. details: upload (id), reasons (code and text each)."""

    code = "content_blocked"
    http_status = 422
    default_message = _("The picture was refused.")


class UploadNotFound(NotFound):
    code = "upload_not_found"
    http_status = 422
    default_message = _("There is no such upload.")


class UploadUnusable(AppError):
    """The named upload was erased, is blocked, or is of another surface."""

    code = "upload_unusable"
    http_status = 422
    default_message = _("This upload cannot be used here.")


class TemplateNotFound(NotFound):
    code = "template_not_found"
    http_status = 422
    default_message = _("There is no template of that name.")


class PhotosDoNotMatchPerformers(AppError):
    """A template wants one photo for each of its performers. details: field, photos, performers."""

    code = "photos_do_not_match_performers"
    http_status = 422
    default_message = _("The dance needs one photo for each performer.")

    def __init__(self, photos: int, performers: int, *, field: str) -> None:
        message = ngettext(
            "This dance has %(performers)d performer and needs one photo; %(photos)d came.",
            "This dance has %(performers)d performers and needs as many photos; %(photos)d came.",
            performers,
        )
        super().__init__(
            message % {"performers": performers, "photos": photos},
            details={"field": field, "photos": photos, "performers": performers},
        )


class UploadsBusy(AppError):
    """As many pictures are being looked at as this process may at once."""

    code = "uploads_busy"
    http_status = 503
    default_message = _("Too many pictures are being looked at right now; send it again in a moment.")

    def __init__(self) -> None:
        super().__init__(details={"retry_after_seconds": 5})


class ChecksBusy(UploadsBusy):
    """Another file is being checked, and this one has waited long enough."""

    code = "checks_busy"


class IdempotencyMismatch(AppError):
    code = "idempotency_mismatch"
    http_status = 422
    default_message = _("This Idempotency-Key was used with another body.")


class JobStillRunning(AppError):
    """A worker is still busy with the job; it stops within seconds."""

    code = "job_still_running"
    http_status = 409
    default_message = _("The job is being stopped; try again in a moment.")


class EngineUnavailable(AppError):
    code = "engine_unavailable"
    http_status = 503
    default_message = _("No engine for this kind of job is switched on.")


class JobNotCancellable(TransitionRefused):
    code = "job_not_cancellable"
    default_message = _("The job has already finished.")


class JobNotRetryable(TransitionRefused):
    code = "job_not_retryable"
    default_message = _("Only a job that has finished can be run again.")


class LeaseLost(TransitionRefused):
    """Another worker holds the job now, or it was ended from outside; what this one made is dropped."""

    code = "lease_lost"
    default_message = _("The worker no longer holds this job.")


class OverTimeLimit(AppError):
    """The attempt has taken longer than JOB_SOFT_TIME_LIMIT_SECONDS."""

    code = "time_limit"
    default_message = _("The job took longer than a job may take.")


class ResultNotStored(TransitionRefused):
    """A reviewer was faster than the worker that is still storing the result."""

    code = "result_not_stored"
    default_message = _("The result is still being stored; decide again in a moment.")


class ResultNotReady(TransitionRefused):
    code = "result_not_ready"
    default_message = _("The job has no released video.")


class UnknownFile(AppError):
    code = "unknown_file_format"
    http_status = 415
    default_message = _("This is neither a picture nor a video that can be checked.")


class LinkInvalid(AppError):
    code = "link_invalid"
    http_status = 403
    default_message = _("This link is wrong or has expired; fetch a new one.")
