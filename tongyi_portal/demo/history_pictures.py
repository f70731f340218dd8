"""Drawn pictures for a made-up history: a figure on a ground, with DEMO across it; never two alike."""

import random
import uuid

import cv2
import numpy as np
import numpy.typing as npt

from generation.models import Upload, UploadSurface
from generation.states import UploadState
from moderation.models import ReviewItem, ScanRun
from moderation.scanners.base import Finding
from moderation.states import ReviewState
from moderation.taxonomy import Surface
from tongyi_portal.common import storage

WIDTH, HEIGHT = 360, 480
MARK = "DEMO"
_AFTER = {ReviewState.APPROVED: UploadState.ACCEPTED, ReviewState.REFUSED: UploadState.BLOCKED}


def history_picture(number: int, findings: list[Finding]) -> bytes:
    """A JPEG for content `number`: what a finding has a box for is a bright disc in that box."""
    chance = random.Random(number)
    pixels = _ground(chance)
    skin, cloth = _colour(chance, 130, 215), _colour(chance, 40, 200)
    middle = WIDTH // 2 + chance.randint(-25, 25)
    cv2.ellipse(pixels, (middle, HEIGHT), (110, 250), 0, 180, 360, cloth, -1, cv2.LINE_AA)
    cv2.ellipse(pixels, (middle, 150), (48, 62), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for found in findings:
        if found.box is not None:
            x0, y0, x1, y1 = found.box
            centre = round((x0 + x1) / 2 * WIDTH), round((y0 + y1) / 2 * HEIGHT)
            size = max(4, round((x1 - x0) / 2 * WIDTH)), max(4, round((y1 - y0) / 2 * HEIGHT))
            cv2.ellipse(pixels, centre, size, 0, 0, 360, _colour(chance, 150, 255), -1, cv2.LINE_AA)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(pixels, MARK, (58, 270), font, 3, (255, 255, 255), 12, cv2.LINE_AA)
    cv2.putText(pixels, MARK, (58, 270), font, 3, (40, 40, 40), 4, cv2.LINE_AA)
    cv2.putText(
        pixels, f"made-up no. {number}", (20, HEIGHT - 18), font, 0.6, (255, 255, 255), 2, cv2.LINE_AA
    )
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def history_upload(run: ScanRun, item: ReviewItem, data: bytes, sha256: str) -> Upload:
    """The row of a picture that `run` scanned, in the state that the item's answer led to."""
    return Upload(
        id=run.subject_id,
        created_at=run.created_at,
        updated_at=item.updated_at,
        owner=run.owner,
        surface=UploadSurface.GARMENT if run.surface == Surface.GARMENT else UploadSurface.PHOTO,
        state=_AFTER.get(ReviewState(item.state), UploadState.IN_REVIEW),
        key=storage.upload_key(uuid.UUID(str(run.subject_id)), "image/jpeg"),
        mime="image/jpeg",
        width=WIDTH,
        height=HEIGHT,
        byte_size=len(data),
        sha256=sha256,
    )


def _ground(chance: random.Random) -> npt.NDArray[np.uint8]:
    """A soft change of colour from top to bottom."""
    top, bottom = (np.array(_colour(chance, 60, 240), np.float32) for _ in range(2))
    share = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    return np.repeat(top * (1 - share) + bottom * share, WIDTH, axis=1).astype(np.uint8)


def _colour(chance: random.Random, low: int, high: int) -> tuple[int, int, int]:
    return chance.randint(low, high), chance.randint(low, high), chance.randint(low, high)
