"""file_check: what anybody's file says about how it was made, and whether that was here. Stores nothing."""

import hashlib
import logging
import re
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from generation.errors import ChecksBusy, UnknownFile
from generation.labelling import LABELLED_SECONDS, signing_credentials, trust_anchors
from generation.models import Artifact, Job
from moderation.intake import IntakeError, intake_image
from moderation.provenance.content_credentials import CredentialsFault, read_manifest
from moderation.provenance.metadata import AigcMark, MarkInvalid
from moderation.provenance.reading import Answer, Provenance, read_provenance
from moderation.provenance.visible import FOUND_FROM, VisibleLabel
from templates_app.models import Preview, TemplateVersion
from tongyi_portal.common.slots import slot_held
from tongyi_portal.vision.media import MediaUndecodable, iter_frames, probe_video

logger = logging.getLogger(__name__)
MAX_VIDEO_PIXELS = 3840 * 2160
MAX_FRAMES, MAX_SECONDS = 150, 8.0  # of a video: a second of it may hold any number of frames
WAIT_SECONDS = 2
_LOOKED_AT_SECONDS = LABELLED_SECONDS[:3]
_PRODUCE_ID = re.compile(r"[0-9a-f]{32}")
_SLOTS = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class FileCheck:
    """What was found. answer: is it AI-generated. has_visible_label: None where no pixels could be looked at.

    made_here_by: "file" (byte for byte one of ours), "signature" (signed by us, unchanged), "mark" (it bears
    the number of one of our pieces; marks can be copied), or empty.
    """

    answer: Answer
    provenance: Provenance
    has_visible_label: bool | None
    made_here_by: str
    sha256: str


@slot_held(_SLOTS, wait_seconds=WAIT_SECONDS, busy=ChecksBusy)
def file_check(*, data: bytes) -> FileCheck:
    """Read marks, look for the visible label, and compare with what was made here. Raises UnknownFile.

    One at a time in each process, and apart from uploads, so that strangers cannot hold those up. Raises
    ChecksBusy.
    """
    provenance = read_provenance(data, trust_anchors=trust_anchors(settings.C2PA_TRUST_ANCHORS))
    if not provenance.format:
        raise UnknownFile
    digest = hashlib.sha256(data).hexdigest()
    visible = _visible_label_in(data, provenance.format)
    made_here_by = _made_here_by(data, provenance, digest)
    answer = provenance.answer
    if made_here_by in ("file", "signature"):
        answer = Answer.YES
    elif answer == Answer.UNKNOWN and visible:
        answer = Answer.SUSPECTED
    return FileCheck(answer, provenance, visible, made_here_by, digest)


def _visible_label_in(data: bytes, file_format: str) -> bool | None:
    """None for what cannot be decoded within the limits of uploads."""
    try:
        if file_format == "mp4":
            return _visible_in_video(data)
        picture = intake_image(
            data,
            max_bytes=settings.CHECK_FILE_MAX_BYTES,
            max_pixels=settings.UPLOAD_MAX_PIXELS,
            min_side=1,
            stored_max_side=settings.UPLOAD_STORED_MAX_SIDE,
        )
        return VisibleLabel(picture.width, picture.height).find(picture.pixels) >= FOUND_FROM
    except (IntakeError, MediaUndecodable, ValueError) as error:
        logger.info("no pixels to look at", extra={"why": str(error)[:200]})
        return None


def _visible_in_video(data: bytes) -> bool | None:
    """Whether every frame of the first second that is looked at bears the label."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        path.write_bytes(data)
        info = probe_video(path)
        if info.width * info.height > MAX_VIDEO_PIXELS:
            return None
        label: VisibleLabel | None = None
        scores: list[float] = []
        started = time.monotonic()
        for number, (at, frame) in enumerate(iter_frames(path)):
            if number >= MAX_FRAMES or time.monotonic() - started > MAX_SECONDS:
                break
            if at >= _LOOKED_AT_SECONDS[len(scores)]:
                label = label or VisibleLabel(frame.shape[1], frame.shape[0])
                scores.append(label.find(frame))
                if len(scores) == len(_LOOKED_AT_SECONDS):
                    break
        return bool(scores) and min(scores) >= FOUND_FROM


def _made_here_by(data: bytes, provenance: Provenance, digest: str) -> str:
    if Artifact.objects.filter(sha256=digest).exists() or Preview.objects.filter(sha256=digest).exists():
        return "file"
    if provenance.c2pa is not None and provenance.c2pa.holds and _is_signed_by_us(data, provenance):
        return "signature"
    return "mark" if any(_names_our_content(value) for value in _marks(provenance)) else ""


def _is_signed_by_us(data: bytes, provenance: Provenance) -> bool:
    """Whether the configured certificate signed it: of its authority, and with its serial number.

    Neither alone would do: anybody can make a certificate of that number, and the authority made others.
    """
    try:
        credentials = signing_credentials()
    except CredentialsFault:
        logger.exception("the certificate of C2PA cannot be read")
        return False
    if credentials is None or provenance.c2pa is None or provenance.c2pa.serial != credentials.serial:
        return False
    again = read_manifest(data, provenance.format, credentials.certificates.decode())
    return again is not None and again.state == "trusted"


def _marks(provenance: Provenance) -> list[str]:
    return [label.value for label in provenance.labels if label.standard == "aigc" and not label.fault]


def _names_our_content(value: str) -> bool:
    try:
        mark = AigcMark.from_json(value)
    except MarkInvalid:
        return False
    if mark.content_producer != settings.CONTENT_PRODUCER_CODE or not _PRODUCE_ID.fullmatch(mark.produce_id):
        return False
    key = uuid.UUID(mark.produce_id)
    return Job.objects.filter(pk=key).exists() or TemplateVersion.objects.filter(pk=key).exists()
