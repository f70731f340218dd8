"""Takes made of our own dances, and drafts of them."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import Take, TemplateVersion
from templates_app.poses.draw import draw_skeleton
from templates_app.poses.sequence import PoseSequence
from templates_app.services.editing import version_draft
from templates_app.services.takes import take_import
from tests.factories.templates import TemplateFactory, superuser
from tongyi_portal.common import storage
from tongyi_portal.vision.media import VideoWriter

FPS, FRAMES, HEIGHT = 30, 120, 256


def pair_poses(frames: int = FRAMES) -> PoseSequence:
    """Two dancers side by side; the first one's arms are hardly seen from frame 60 to 79."""
    first, second = (CHOREOGRAPHIES[slug].build().resampled(FPS, frames) for slug in ("kemusan", "wave"))
    points = np.concatenate([first.points, second.points + np.float32([0.5, 0, 0])], axis=1)
    confidence = np.concatenate([first.confidence, second.confidence], axis=1)
    confidence[60:80, 0, 13:17] *= 0.35
    return replace(first, points=points, confidence=confidence, aspect=1.0, is_loop=False)


def take_of(poses: PoseSequence, *, with_video: bool = False, **fields: Any) -> Take:
    """An imported take; with_video: its skeletons as the clip that the editor plays."""
    take = take_import(
        template=fields.pop("template", None) or TemplateFactory(),
        data=poses.to_npz(),
        file_name="dance.npz",
        by=superuser(),
    )
    if with_video:
        fields["proxy_key"] = storage.store_bytes(storage.UPLOADS, f"proxies/{take.pk}.mp4", _clip())
    Take.objects.filter(pk=take.pk).update(**fields)
    take.refresh_from_db()
    return take


def draft_of_pair(**fields: Any) -> TemplateVersion:
    """A draft of both dancers."""
    take = take_of(pair_poses(), **fields)
    return version_draft(template=take.template, take=take, by=superuser())


@cache
def _clip() -> bytes:
    poses = pair_poses()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with VideoWriter(path, HEIGHT, HEIGHT, FPS) as writer:
            for points, confidence in zip(poses.points, poses.confidence, strict=True):
                writer.write(
                    draw_skeleton(
                        points, confidence, layout=poses.layout, width=HEIGHT, height=HEIGHT, style="viewer"
                    )
                )
        return path.read_bytes()
