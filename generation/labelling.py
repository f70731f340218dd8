"""Which labels an output gets, writing them into the file, and the gate that reads them back.

GB 45438-2025 wants both: a visible label at the beginning (drawn while the engine renders) and an implicit
one in the metadata, exactly one copy. IPTC's source type stands beside it, and a signed C2PA manifest when a
certificate is configured; that is written last, as it hashes the whole file. A file that lacks any of these
is never stored as publishable.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from generation.engines.base import Frame
from generation.kinds.base import OutputFile
from moderation.provenance import metadata
from moderation.provenance.content_credentials import (
    Claim,
    CredentialsFault,
    Ingredient,
    SigningCredentials,
    read_manifest,
    sign_file,
)
from moderation.provenance.metadata import AigcMark, MarkFault
from moderation.provenance.source_types import DigitalSourceType
from moderation.provenance.visible import FOUND_FROM, VisibleLabel
from tongyi_portal.common.errors import AppError
from tongyi_portal.vision.media import MediaUndecodable, iter_frames, read_image

LABELLED_SECONDS = (0.0, 0.5, 1.0, 1.5, 2.0)  # where a video's visible label is looked for
TOOL = "Tongyi Portal"
_MADE_WITHOUT_A_PHOTO = frozenset({"text_image"})
_PICTURE_WRITERS = {
    "image/jpeg": metadata.write_jpeg,
    "image/png": metadata.write_png,
    "image/webp": metadata.write_webp,
}
_MANIFEST_FORMATS = {"video/mp4": "mp4", "image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp"}


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


def source_type_of(kind: str) -> DigitalSourceType:
    """What IPTC calls the outputs of a kind of job: made from nothing, or with somebody's picture in it."""
    without = kind in _MADE_WITHOUT_A_PHOTO
    return DigitalSourceType.TRAINED if without else DigitalSourceType.COMPOSITE_WITH_TRAINED


def visible_label(width: int, height: int) -> Callable[[Frame, float], None]:
    """For EngineContext.finish_frame: draws the visible label on every frame."""
    label = VisibleLabel(width, height)
    return lambda frame, _seconds: label.draw(frame)


def label_file(
    file: OutputFile,
    mark: AigcMark,
    folder: Path,
    *,
    source_type: DigitalSourceType = DigitalSourceType.COMPOSITE_WITH_TRAINED,
    ingredients: Iterable[Ingredient] = (),
) -> OutputFile:
    """A copy of the file with every label but the visible one, in `folder`. Raises LabelMissing.

    ingredients: what it was made of, for the signed manifest.
    """
    folder.mkdir(exist_ok=True)
    target = folder / f"{file.role}{file.path.suffix}"
    try:
        if file.mime == "video/mp4":
            metadata.write_video(file.path, target, mark, source_type)
        elif file.mime in _PICTURE_WRITERS:
            target.write_bytes(_PICTURE_WRITERS[file.mime](file.path, mark, source_type))
        else:
            raise LabelMissing(f"{file.role}: nobody can label {file.mime}")
        credentials = signing_credentials()
        if credentials is not None:
            signed = folder / f"{file.role}-signed{file.path.suffix}"
            claim = Claim(str(file.role), TOOL, version("tongyi-portal"), source_type, tuple(ingredients))
            sign_file(target, signed, file.mime, claim, credentials)
            signed.replace(target)
    except (ValueError, CredentialsFault) as error:
        raise LabelMissing(f"{file.role}: {error}") from error
    return replace(file, path=target)


def check_label(
    file: OutputFile,
    mark: AigcMark,
    *,
    source_type: DigitalSourceType = DigitalSourceType.COMPOSITE_WITH_TRAINED,
) -> None:
    """Raise LabelMissing unless the file carries every label it should.

    The visible one in its pixels, exactly one copy of `mark`, exactly one `source_type`, and, when a
    certificate is configured, a manifest whose signature holds.
    """
    try:
        _check_metadata(file, mark, source_type)
        if signing_credentials() is not None:
            _check_manifest(file, source_type)
        scores = _visible_scores(file)
    except (MarkFault, MediaUndecodable, ValueError) as error:
        raise LabelMissing(f"{file.role}: {error}") from error
    if not scores or min(scores) < FOUND_FROM:
        raise LabelMissing(f"{file.role}: the visible label scores {[round(score, 2) for score in scores]}")


def signing_credentials() -> SigningCredentials | None:
    """Who signs manifests; None when no certificate is configured. Raises CredentialsFault."""
    if not settings.C2PA_CERTIFICATE:
        return None
    return _loaded(
        Path(settings.C2PA_CERTIFICATE), Path(settings.C2PA_PRIVATE_KEY), settings.C2PA_TIMESTAMP_URL
    )


@lru_cache(maxsize=1)
def trust_anchors(file: str) -> str:
    """Certificates of the authorities whose signatures are believed; empty without a file."""
    return Path(file).read_text() if file else ""


@lru_cache(maxsize=1)
def _loaded(certificate: Path, private_key: Path, timestamp_url: str) -> SigningCredentials:
    return SigningCredentials.load(certificate, private_key, timestamp_url)


def _check_metadata(file: OutputFile, mark: AigcMark, source_type: DigitalSourceType) -> None:
    data = file.path.read_bytes()
    if file.mime == "video/mp4":
        metadata.check_video(file.path, mark)
    else:
        metadata.check_image(data, mark)
    metadata.check_source_type(data, source_type)


def _check_manifest(file: OutputFile, source_type: DigitalSourceType) -> None:
    report = read_manifest(file.path, _MANIFEST_FORMATS[file.mime])
    if report is None or not report.holds or source_type.value not in report.source_types:
        raise MarkFault(f"the manifest is {report.state if report else 'missing'}")


def _visible_scores(file: OutputFile) -> list[float]:
    label = VisibleLabel(file.width, file.height)
    if file.mime != "video/mp4":
        return [label.find(read_image(file.path))]
    times = [at for at in LABELLED_SECONDS if at < (file.duration_seconds or 0)]
    return [label.find(frame) for _at, frame in iter_frames(file.path, times=times)]
