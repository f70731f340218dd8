"""content_scan: the scanners over content that was admitted before, without any consequence."""

import uuid
from typing import Any

from moderation.models.scan import ScanPurpose, ScanRun
from moderation.services.scanning import scan_picture, scan_video
from moderation.services.texts import scan_text
from moderation.subject_registry import SubjectContent
from moderation.subject_registry import subject_type as kind_of


def content_scan(*, subject_type: str, subject_id: uuid.UUID) -> list[ScanRun]:
    """One run of purpose "rescan" for each part of the subject; none when the content is gone.

    Raises what opening the content raises (UnknownKey, StorageUnavailable).
    """
    with kind_of(subject_type).content(subject_id) as content:
        if content is None:
            return []
        return [_scan(subject_type, subject_id, part) for part in content.parts]


def _scan(subject_type: str, subject_id: uuid.UUID, part: SubjectContent) -> ScanRun:
    common: dict[str, Any] = {
        "subject_type": subject_type,
        "subject_id": subject_id,
        "surface": part.surface,
        "job_kind": part.job_kind,
        "owner_id": part.owner_id,
        "purpose": ScanPurpose.RESCAN,
    }
    if part.pixels is not None:
        return scan_picture(pixels=part.pixels, provenance=part.provenance, **common)
    if part.path is not None:
        return scan_video(path=part.path, **common)
    return scan_text(text=part.text, **common)
