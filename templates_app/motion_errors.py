"""Faults of dance videos, takes and edits."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError, NotFound, PermissionRefused, TransitionRefused


class MotionTooLarge(AppError):
    code = "motion_too_large"
    http_status = 413
    default_message = _("The video is larger than is accepted.")


class MotionPartTooLarge(AppError):
    code = "motion_part_too_large"
    http_status = 413
    default_message = _("This part is larger than is accepted; send smaller parts.")


class MotionPartBroken(AppError):
    """The connection broke: fewer bytes came than the request announced."""

    code = "motion_part_broken"
    http_status = 400
    default_message = _("Fewer bytes came than were announced; send the part again.")


class MotionPartUnmeasured(AppError):
    code = "motion_part_unmeasured"
    http_status = 411
    default_message = _("A part must say how long it is, and hold something.")


class MotionNotYours(PermissionRefused):
    code = "motion_not_yours"
    default_message = _("Only whoever announced this video sends its parts.")


class MotionOffsetWrong(AppError):
    """details: offset, where the next part begins."""

    code = "motion_offset_wrong"
    http_status = 409
    default_message = _("The part does not begin where the upload ends.")


class MotionChecksumWrong(AppError):
    code = "motion_checksum_wrong"
    http_status = 460  # "Checksum Mismatch" of tus
    default_message = _("The part was damaged on its way; send it again.")


class MotionChecksumUnknown(AppError):
    code = "motion_checksum_unknown"
    default_message = _("This checksum is not known or not well-formed.")


class MotionMetadataInvalid(AppError):
    code = "motion_metadata_invalid"
    default_message = _("The upload must name its file and its template.")


class TusExtensionUnknown(AppError):
    """details: header, known."""

    code = "tus_extension_unknown"
    default_message = _("Uploads in parallel parts cannot be put together here; send the file as one upload.")


class TusVersionUnknown(AppError):
    code = "tus_version_unknown"
    http_status = 412
    default_message = _("This version of the upload protocol is not known; use 1.0.0.")


class MotionGone(AppError):
    """It was abandoned or erased."""

    code = "motion_gone"
    http_status = 410
    default_message = _("This video was erased, or its upload was given up.")


class MotionNotUsable(TransitionRefused):
    """details: state."""

    code = "motion_not_usable"
    default_message = _("No movement can be taken from this video in its present state.")


class MotionBusy(TransitionRefused):
    code = "motion_busy"
    default_message = _("The movement of this video is already being extracted.")


class TemplateUnknown(NotFound):
    code = "template_unknown"
    http_status = 422
    default_message = _("There is no template of that name.")


class VersionWithoutTake(AppError):
    code = "version_without_take"
    http_status = 409
    default_message = _("This version was not made from a take, so it cannot be edited; copy it first.")


class VersionNotEditable(TransitionRefused):
    """details: state."""

    code = "version_not_editable"
    default_message = _("The version cannot be edited in its present state.")


class MovementTooShort(AppError):
    """details: seconds, least_seconds."""

    code = "movement_too_short"
    http_status = 422
    default_message = _("A movement must last one second at least.")


class EditsOutdated(TransitionRefused):
    """Somebody saved other edits meanwhile. details: revision, changed_by."""

    code = "edits_outdated"
    default_message = _("Somebody else has changed the edits meanwhile; load them again.")


class VersionNotPreparable(TransitionRefused):
    """details: state."""

    code = "version_not_preparable"
    default_message = _("Only a draft can be prepared.")


class CoverTestRuns(AppError):
    code = "cover_test_runs"
    http_status = 409
    default_message = _("Covers of this version are being tried out; end the test first.")


class CoverUnknown(NotFound):
    code = "cover_unknown"
    http_status = 422
    default_message = _("The version has no such preview.")
