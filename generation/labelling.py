"""Which label an output gets, writing it into the file, and the gate that reads it back.

GB 45438-2025 wants both: a visible label at the beginning (drawn while the engine renders) and an implicit
one in the metadata, exactly one copy. A file without either is never stored as publishable.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from generation.engines.base import Frame
from generation.kinds.base import OutputFile
from moderation.provenance import metadata
from moderation.provenance.metadata import AigcMark, MarkFault
from moderation.provenance.visible import FOUND_FROM, VisibleLabel
from tongyi_portal.common.errors import AppError
from tongyi_portal.vision.media import MediaUndecodable, iter_frames, read_image

LABELLED_SECONDS = (0.0, 0.5, 1.0, 1.5, 2.0)  # where a video's visible label is looked for


class LabelMissing(AppError):
    """An output does not carry its label; it must not be published."""

    code = "label_missing"
    http_status = 500
    default_message = _("The label of this file could not be read back.")


def mark_for(content_id: object) -> AigcMark:
    """The implicit label of one piece of content: AI-generated, by this service."""
    return AigcMark(
        label="1",
        content_producer=settings.CONTENT_PRODUCER_CODE,
        produce_id=str(content_id).replace("-", ""),
    )


def visible_label(width: int, height: int) -> Callable[[Frame, float], None]:
    """For EngineContext.finish_frame: draws the visible label on every frame."""
    label = VisibleLabel(width, height)
    return lambda frame, _seconds: label.draw(frame)


def label_file(file: OutputFile, mark: AigcMark, folder: Path) -> OutputFile:
    """A copy of the file with the implicit label, in `folder`. Raises LabelMissing if that fails."""
    folder.mkdir(exist_ok=True)
    target = folder / f"{file.role}{file.path.suffix}"
    try:
        if file.mime == "video/mp4":
            metadata.write_video(file.path, target, mark)
        else:
            target.write_bytes(metadata.write_jpeg(file.path, mark))
    except ValueError as error:
        raise LabelMissing(f"{file.role}: {error}") from error
    return replace(file, path=target)


def check_label(file: OutputFile, mark: AigcMark) -> None:
    """Raise LabelMissing unless the file carries the visible label and exactly one copy of `mark`."""
    label = VisibleLabel(file.width, file.height)
    try:
        if file.mime == "video/mp4":
            metadata.check_video(file.path, mark)
            times = [at for at in LABELLED_SECONDS if at < (file.duration_seconds or 0)]
            frames = [frame for _at, frame in iter_frames(file.path, times=times)]
        else:
            metadata.check_image(file.path.read_bytes(), mark)
            frames = [read_image(file.path)]
        scores = [label.find(frame) for frame in frames]
    except (MarkFault, MediaUndecodable, ValueError) as error:
        raise LabelMissing(f"{file.role}: {error}") from error
    if not scores or min(scores) < FOUND_FROM:
        raise LabelMissing(f"{file.role}: the visible label scores {[round(score, 2) for score in scores]}")
