"""photos_check: can the people in uploads dance, and if not, why."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from generation.errors import UploadNotFound
from generation.models import Upload
from generation.services.job_events import upload_facts
from templates_app.models import TemplateVersion
from templates_app.services.versions import version_poses
from tongyi_portal.common import storage
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.services.recording import usage_record

if TYPE_CHECKING:
    from generation.photo_check import BodyStyle, Fault, Image, PhotoReport
    from tongyi_portal.vision.pose import PoseEstimator

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class CastReport:
    """photos: one report for each photo, in their order. movement: faults of the dance itself."""

    photos: "tuple[PhotoReport, ...]"
    movement: "tuple[Fault, ...]" = ()


def photos_check(*, uploads: Sequence[Upload], version: TemplateVersion | None = None) -> CastReport:
    """Look at stored photos, note what each shows, and count those that cannot be used as events of usage.

    Raises UploadNotFound for an erased one, FileMissing.
    version: the movement they are meant for; its needs are asked for, and its own faults are told. Without
    one, the whole body is asked for. Raises PoseFileInvalid.
    """
    # heavy; most processes never need it
    from generation.photo_check import check_arms, check_movement, check_photo
    from tongyi_portal.vision.media import read_image

    style: BodyStyle = "half" if version is not None and version.body_style == "half" else "full"
    poses = version_poses(version) if version is not None else None
    reports = []
    for performer, upload in enumerate(uploads):
        if upload.is_erased:
            raise UploadNotFound
        with tempfile.TemporaryDirectory() as folder:
            image = read_image(storage.fetch_to(storage.UPLOADS, upload.key, Path(folder) / "photo"))
        with _one_at_a_time:
            report = check_photo(image, _estimator(), style)
        if poses is not None:
            report = check_arms(report, image.shape, poses, performer)
        reports.append(report)
        _note_subject(upload, image, report)
        _count_failure(upload, report, version)
    movement = check_movement(poses) if poses is not None else ()
    return CastReport(tuple(reports), tuple(movement))


def _note_subject(upload: Upload, image: "Image", report: "PhotoReport") -> None:
    """Whether the photo shows a person, a drawing or a statue; its later events of usage say so."""
    from tongyi_portal.vision.subject_kind import classify

    if upload.subject_kind:
        return
    upload.subject_kind = str(classify(image, report.body.mask if report.body is not None else None))
    Upload.objects.filter(pk=upload.pk).update(subject_kind=upload.subject_kind)


@transaction.atomic
def _count_failure(upload: Upload, report: "PhotoReport", version: TemplateVersion | None) -> None:
    """Of several faults the first that blocks."""
    if not report.passed:
        facts = upload_facts(upload) | {
            "code": next(fault.code for fault in report.faults if fault.is_blocking),
            "template_id": version.template_id if version is not None else None,
            "account_id": upload.owner_id,
        }
        usage_record(kind=UsageKind.CHECK_FAILED, **facts)


@cache
def _estimator() -> "PoseEstimator":
    """Loaded once in this process."""
    from tongyi_portal.vision.model_files import ModelFiles
    from tongyi_portal.vision.pose import PoseEstimator

    estimator = PoseEstimator(ModelFiles(settings.MODELS_ROOT))
    estimator.load()
    return estimator
