"""What the portal stands on besides the database: broker, storage, model files, disk, libraries."""

import importlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import av.codec
from django.conf import settings
from django.utils.translation import gettext as _

from moderation.provenance.visible import VisibleLabel
from tongyi_portal.common.disk import least_free_bytes, standing_folder
from tongyi_portal.operations.doctor.finding import Finding, error, fine, warning
from tongyi_portal.operations.readiness import broker_reach, storage_round_trip
from tongyi_portal.vision.model_files import ModelFiles

LITTLE_BYTES, VERY_LITTLE_BYTES = 5 * 1024**3, 1024**3
Mode = Literal["r", "w"]
CODECS: tuple[tuple[str, Mode], ...] = (
    ("libx264", "w"),
    ("aac", "w"),
    ("h264", "r"),
    ("hevc", "r"),
    ("vp9", "r"),
)
NATIVE_MODULES = ("ai_edge_litert.interpreter", "c2pa", "cv2", "numba", "onnxruntime", "pillow_heif", "scipy")


def broker_finding() -> Finding:
    return _reached(
        "broker",
        broker_reach,
        _("The message broker takes messages."),
        _("The message broker cannot be used"),
        _("Start it, or correct BROKER_URL. Jobs submitted meanwhile are sent again by themselves."),
    )


def storage_finding() -> Finding:
    return _reached(
        "storage",
        storage_round_trip,
        _("Files can be written, read and removed."),
        _("Files cannot be written, read and removed"),
        _("Check S3_ENDPOINT_URL, S3_BUCKET and the rights of the key; without a bucket, VAR_DIR/storage."),
    )


def model_findings() -> Iterator[Finding]:
    """Reads every model file and compares its digest."""
    models = ModelFiles(settings.MODELS_ROOT)
    problems = [problem for entry in models.manifest if (problem := models.problem(entry))]
    for problem in problems:
        yield error("models.damaged", problem, _("Run `python manage.py fetch_models`."))
    if not problems:
        yield fine("models.whole", _("All model files are there and whole."))


def disk_findings() -> Iterator[Finding]:
    """Free space where the portal writes; one finding for each disk."""
    places = {Path(settings.VAR_DIR), Path(settings.ENGINE_SCRATCH_ROOT), Path(settings.METRICS_DIR)}
    disks = {(found := standing_folder(place)).stat().st_dev: found for place in sorted(places, reverse=True)}
    for place in disks.values():
        free = shutil.disk_usage(place).free
        told = {"place": place, "free": f"{free / 1024**3:.1f}"}
        text = _("%(free)s GB are free at %(place)s.") % told
        mend = _("Make room, or move VAR_DIR or ENGINE_SCRATCH_ROOT to a larger disk.")
        if free < max(VERY_LITTLE_BYTES, least_free_bytes()):
            yield error("disk.full", text, mend)
        elif free < LITTLE_BYTES:
            yield warning("disk.filling", text, mend)
        else:
            yield fine("disk.free", text)


def library_findings() -> Iterator[Finding]:
    """What wheels bring along: it breaks on systems that they were not built for."""
    broken = [name for name in NATIVE_MODULES if not _imports(name)]
    codecs = [name for name, mode in CODECS if not _has_codec(name, mode)]
    mend = _("Install the portal again (`make setup`), on a system that its wheels are built for.")
    if broken:
        yield error(
            "libraries.broken",
            _("Libraries that cannot be loaded: %(names)s") % {"names": ", ".join(broken)},
            mend,
        )
    if codecs:
        yield error(
            "libraries.codecs", _("Codecs that are missing: %(names)s") % {"names": ", ".join(codecs)}, mend
        )
    has_letters = _draws_label()
    if not has_letters:
        yield error("libraries.fonts", _("The letters of the AI label cannot be drawn."), mend)
    if not broken and not codecs and has_letters:
        yield fine("libraries.whole", _("Libraries, codecs and fonts can be used."))


def _reached(code: str, reach: Callable[[], None], well: str, ill: str, mend: str) -> Finding:
    try:
        reach()
    except Exception as fault:  # noqa: BLE001  # each client has its own errors; told, whatever it is
        reason = fault.__cause__ or fault
        return error(f"{code}.unusable", f"{ill}: {type(reason).__name__}: {reason}", mend)
    return fine(f"{code}.usable", well)


def _draws_label() -> bool:
    try:
        VisibleLabel(640, 360)
    except OSError:
        return False
    return True


def _imports(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001  # whatever a broken library raises
        return False
    return True


def _has_codec(name: str, mode: Mode) -> bool:
    try:
        av.codec.Codec(name, mode)
    except av.codec.codec.UnknownCodecError:
        return False
    return True
