"""disk_has_room, disk_require, standing_folder: nothing new is begun while the disk is nearly full."""

import shutil
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError

RETRY_AFTER_SECONDS = 60


class DiskFull(AppError):
    """The machine has less free disk than MIN_FREE_DISK_MB."""

    code = "disk_full"
    http_status = 503
    default_message = _("There is no room for new work at the moment; try again later.")

    def __init__(self) -> None:
        super().__init__(details={"retry_after_seconds": RETRY_AFTER_SECONDS})


def standing_folder(place: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next(folder for folder in (place.resolve(), *place.resolve().parents) if folder.is_dir())


def least_free_bytes() -> int:
    """Below it nothing new is begun."""
    return int(settings.MIN_FREE_DISK_MB) * 1024 * 1024


def disk_has_room(folder: Path) -> bool:
    """Whether the disk below `folder`, which need not exist yet, has MIN_FREE_DISK_MB."""
    return shutil.disk_usage(standing_folder(folder)).free >= least_free_bytes()


def disk_require() -> None:
    """Raises DiskFull while the disk of VAR_DIR has no room."""
    if not disk_has_room(Path(settings.VAR_DIR)):
        raise DiskFull
