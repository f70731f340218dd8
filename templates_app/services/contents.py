"""What edits make of a take: content_of, content_store, content_erase, content_release."""

import hashlib
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from templates_app.beats import Beat, beat_of
from templates_app.models import TemplateVersion
from templates_app.poses.analysis import analyse
from templates_app.poses.edits import MotionEdits, apply_edits
from templates_app.poses.sequence import PoseSequence
from tongyi_portal.common import storage
from tongyi_portal.vision.audio import cut_music

FIELDS = (
    "fps",
    "frame_count",
    "people_count",
    "duration_seconds",
    "body_style",
    "is_loop",
    "edits",
    "analysis",
    "bpm",
    "beats",
)
KEYS = ("pose_key", "music_key")
FILES = (*KEYS, "pose_sha256")


@dataclass(frozen=True)
class Content:
    """A version's content, not stored yet. music: AAC in MP4, empty without any."""

    edits: MotionEdits
    poses: PoseSequence
    analysis: Mapping[str, Any]
    beat: Beat
    music: bytes

    def fields(self) -> dict[str, Any]:
        """The version's fields but for its files."""
        values = (
            self.poses.fps,
            self.poses.frame_count,
            self.poses.people_count,
            self.poses.duration_seconds,
            self.analysis["body_style"],
            self.poses.is_loop,
            self.edits.to_document(),
            dict(self.analysis),
            self.beat.bpm,
            list(self.beat.beats),
        )
        return dict(zip(FIELDS, values, strict=True))


def content_of(
    poses: PoseSequence, edits: MotionEdits, *, taken: Beat, bpm: float | None, sound: Path | None
) -> Content:
    """Apply edits to a take's movement, beat and sound. bpm: the take's, as the curator says.

    Takes up to seconds, so call it outside of a transaction. Raises MotionEditsInvalid, MediaUndecodable.
    """
    made = apply_edits(poses, edits)
    start = (edits.trim.first_frame if edits.trim else 0) / poses.fps
    part = {"start_seconds": start, "seconds": made.duration_seconds, "tempo": edits.tempo}
    music = b""
    if sound is not None:
        with tempfile.TemporaryDirectory() as folder:
            cut = Path(folder) / "cut.m4a"
            cut_music(sound, cut, start, made.duration_seconds, tempo=edits.tempo)
            music = cut.read_bytes()
    return Content(edits, made, analyse(made).as_json(), beat_of(taken, bpm=bpm, **part), music)


def content_store(content: Content, folder: str) -> dict[str, Any]:
    """Store its files in `folder` of "uploads"; returns the fields of the version. Raises StorageUnavailable.

    No two calls share a file, so whoever does not get to save the fields may erase them again.
    """
    data, name = content.poses.to_npz(), uuid.uuid4().hex
    files = {
        "pose_key": storage.store_bytes(storage.UPLOADS, f"{folder}/{name}.npz", data),
        "pose_sha256": hashlib.sha256(data).hexdigest(),
        "music_key": "",
    }
    if content.music:
        files["music_key"] = storage.store_bytes(storage.UPLOADS, f"{folder}/{name}.m4a", content.music)
    return content.fields() | files


def content_erase(fields: Mapping[str, Any]) -> None:
    """Erase the files of fields that were not saved."""
    for name in KEYS:
        storage.erase(storage.UPLOADS, fields[name])


def content_release(keys: Mapping[str, str]) -> None:
    """Erase files on commit that no version names any more; copies share theirs until they are edited."""
    for name in KEYS:
        key = keys[name]
        if key and not TemplateVersion.objects.filter(**{name: key}).exists():
            transaction.on_commit(lambda key=key: storage.erase(storage.UPLOADS, key), robust=True)  # type: ignore[misc]
