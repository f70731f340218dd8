"""Takes: take_store, take_import, take_join, take_of_version, take_poses."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from templates_app.beats import Beat, beat_joined, beat_of
from templates_app.models import DanceTemplate, MotionVideo, Take, TakeOrigin, TemplateVersion
from templates_app.motion_texts import left_out_text
from templates_app.poses.analysis import analyse
from templates_app.poses.formats.reading import read_movement
from templates_app.poses.joining import Joined, JoinRefused, join
from templates_app.poses.sequence import PoseSequence, PoseSequenceError
from templates_app.services.gates import length_require
from templates_app.services.motion_checks import motion_require_usable
from templates_app.services.versions import PoseFileInvalid, version_poses
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

SEEN = 0.5  # confidence from which a joint counts as seen


@dataclass(frozen=True)
class TakeFacts:
    """What is known of a movement besides its poses; keys are those of files in "uploads".

    analysis: of the poses, where it was made before.
    """

    tracks: Sequence[Mapping[str, Any]]
    beat: Beat = field(default_factory=lambda: Beat(None, ()))
    notes: Sequence[str] = ()
    proxy_key: str = ""
    strip_key: str = ""
    music_key: str = ""
    engine_key: str = ""
    engine_version: str = ""
    analysis: Mapping[str, Any] | None = None


def poses_store(poses: PoseSequence) -> tuple[str, str]:
    """Store a movement under the name of its content; its key and digest.

    When no row comes to name it, it stays, and the same movement finds it again. Raises StorageUnavailable.
    """
    data = poses.to_npz()
    digest = hashlib.sha256(data).hexdigest()
    key = storage.pose_key(digest)
    if not storage.exists(storage.UPLOADS, key):
        key = storage.store_bytes(storage.UPLOADS, key, data)
    return key, digest


def take_poses(take: Take) -> PoseSequence:
    """The take's movement, read from storage. Raises FileMissing, PoseFileInvalid, StorageUnavailable."""
    data = storage.read_bytes(storage.UPLOADS, take.pose_key)
    if hashlib.sha256(data).hexdigest() != take.pose_sha256:
        raise PoseFileInvalid(details={"take": str(take.pk)})
    try:
        return PoseSequence.from_npz(data)
    except PoseSequenceError as error:
        raise PoseFileInvalid(details={"take": str(take.pk)}) from error


@transaction.atomic
def take_store(
    *, motion: MotionVideo, poses: PoseSequence, pose_key: str, pose_sha256: str, facts: TakeFacts, by: User
) -> Take:
    """The take of an accepted video, whose files are stored already. Raises MotionNotUsable."""
    motion = MotionVideo.objects.select_for_update(of=("self",)).get(pk=motion.pk)
    motion_require_usable(motion)
    take = _take(motion.template, TakeOrigin.VIDEO, poses, pose_key, pose_sha256, facts, by)
    take.source, take.file_name = motion, motion.file_name
    take.save(force_insert=True)
    _tell(take, by, {"motion": str(motion.pk)})
    return take


def take_import(
    *,
    template: DanceTemplate,
    data: bytes,
    file_name: str,
    by: User,
    fps: float | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Take:
    """A movement from a pose file as a take. fps, width, height: where the file does not say them.

    Raises PermissionRefused, MovementFileInvalid, MovementTooShort, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    movement = read_movement(data, file_name, fps=fps, width=width, height=height)
    length_require(movement.sequence.duration_seconds)
    facts = TakeFacts(tracks=tracks_of(movement.sequence), notes=movement.notes)
    return _take_save(template, TakeOrigin.FILE, movement.sequence, facts, by, file_name=file_name)


def take_join(
    *,
    template: DanceTemplate,
    first: TemplateVersion,
    second: TemplateVersion,
    blend_seconds: float,
    by: User,
) -> Take:
    """A take in which one version's movement is followed by another's, without a seam and without music.

    The rights to either's music do not cover one piece of both. The notes say what was left
    out.

    Raises PermissionRefused, JoinRefused, FileMissing, PoseFileInvalid, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    whole = versions_joined(first, second, blend_seconds)
    poses = whole.sequence
    beat = beat_joined(
        _beat_of_version(first, first.duration_seconds),
        _beat_of_version(second, second.duration_seconds),
        seam_seconds=whole.seam_frame / poses.fps,
        entered_seconds=whole.entered_frame / poses.fps,
    )
    names = [str(version) for version in (first, second)]
    notes = [*names, *filter(None, [left_out_text(whole.left_out_seconds)]), *_losses(first, second, beat)]
    facts = TakeFacts(tracks=tracks_of(poses), beat=beat, notes=notes)
    return _take_save(template, TakeOrigin.VERSION, poses, facts, by, file_name=" + ".join(names)[:200])


def _losses(first: TemplateVersion, second: TemplateVersion, beat: Beat) -> list[str]:
    """What the two had and the joined movement has not, in the language of whoever joins them."""
    lost = []
    if first.music_key or second.music_key:
        lost.append(gettext("The joined movement is silent: the music was left out."))
    if beat.bpm is None and (first.bpm or second.bpm):
        lost.append(gettext("The beat was left out, since the two movements do not have one tempo."))
    return lost


def versions_joined(first: TemplateVersion, second: TemplateVersion, blend_seconds: float) -> Joined:
    """What take_join makes a take of; stores nothing.

    Raises JoinRefused, FileMissing, PoseFileInvalid, StorageUnavailable.
    """
    _require_one_body_style(first, second)
    return join(version_poses(first), version_poses(second), blend_seconds)


def _require_one_body_style(first: TemplateVersion, second: TemplateVersion) -> None:
    """Whole bodies would lose their legs to a movement that has none. Raises JoinRefused."""
    if first.body_style != second.body_style:
        message = _(
            "One movement shows whole bodies, the other one only upper bodies; they cannot be joined."
        )
        raise JoinRefused(message, details={"body_styles": [first.body_style, second.body_style]})


def take_of_version(*, version: TemplateVersion, by: User) -> Take:
    """The take that a version was made from; one that came whole becomes a take itself."""
    if version.take is not None:
        return version.take
    poses = version_poses(version)
    facts = TakeFacts(tracks=tracks_of(poses), beat=_beat_of_version(version, poses.duration_seconds))
    return _take_save(version.template, TakeOrigin.VERSION, poses, facts, by, file_name=str(version)[:200])


def _beat_of_version(version: TemplateVersion, seconds: float) -> Beat:
    given = Beat(version.bpm, tuple(version.beats))
    if given.beats:
        return given
    bare = Beat(None, ())
    return beat_of(bare, bpm=version.bpm, start_seconds=0.0, seconds=seconds, tempo=1.0)


def tracks_of(poses: PoseSequence) -> list[dict[str, Any]]:
    """What can be told of each track by its poses alone; all of them are main ones."""
    return [_track(poses, index) for index in range(poses.people_count)]


def _track(poses: PoseSequence, index: int) -> dict[str, Any]:
    confidence = poses.confidence[:, index]
    present = np.asarray((confidence >= SEEN).any(axis=1))
    frames = np.flatnonzero(present)
    heights = poses.points[present, index, :, 1].max(axis=1) - poses.points[present, index, :, 1].min(axis=1)
    return {
        "first_frame": int(frames[0]) if len(frames) else 0,
        "last_frame": int(frames[-1]) if len(frames) else poses.frame_count - 1,
        "mean_confidence": round(float(confidence[present].mean()), 4) if len(frames) else 0.0,
        "seen_share": round(float(present.mean()), 4),
        "mean_height": round(float(heights.mean()), 4) if len(frames) else 0.0,
        "is_main": True,
    }


def _take_save(
    template: DanceTemplate,
    origin: TakeOrigin,
    poses: PoseSequence,
    facts: TakeFacts,
    by: User,
    *,
    file_name: str,
) -> Take:
    """Poses first, then the row."""
    take = _take(template, origin, poses, *poses_store(poses), facts, by)
    take.file_name = file_name[-200:]
    with transaction.atomic():
        take.save(force_insert=True)
        _tell(take, by, {"file": take.file_name})
    return take


def _take(
    template: DanceTemplate,
    origin: TakeOrigin,
    poses: PoseSequence,
    pose_key: str,
    pose_sha256: str,
    facts: TakeFacts,
    by: User,
) -> Take:
    return Take(
        template=template,
        origin=origin,
        pose_key=pose_key,
        pose_sha256=pose_sha256,
        fps=poses.fps,
        frame_count=poses.frame_count,
        track_count=poses.people_count,
        aspect=poses.aspect,
        tracks=[dict(track) for track in facts.tracks],
        bpm=facts.beat.bpm,
        beats=list(facts.beat.beats),
        analysis=dict(facts.analysis or analyse(poses).as_json()),
        notes=list(facts.notes),
        proxy_key=facts.proxy_key,
        strip_key=facts.strip_key,
        music_key=facts.music_key,
        engine_key=facts.engine_key,
        engine_version=facts.engine_version,
        created_by=by,
    )


def _tell(take: Take, by: User, facts: Mapping[str, str]) -> None:
    data = {"template": take.template.slug, "origin": str(take.origin), "frames": take.frame_count, **facts}
    audit_append(action="templates.take.stored", subject=take, actor=by, data=data)
