"""A template as one file: a zip with a manifest, its movement, its take and edits, and media. Pure Python.

Written bytes depend on the content alone. Nothing of a file is believed before its digest is checked, and
media are streamed, never held. docs/motion-edits.md describes the file.
"""

import hashlib
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

from templates_app.poses.bundle_manifest import BundleFile, BundleInvalid, BundleManifest
from templates_app.poses.edits import MotionEdits, MotionEditsInvalid
from templates_app.poses.sequence import PoseSequence, PoseSequenceError

MANIFEST, POSES, TAKE, EDITS, MEDIA = "manifest.json", "poses.npz", "take.npz", "edits.json", "media/"
MEDIA_NAME = re.compile(r"media/[a-z0-9][a-z0-9_-]{0,79}(\.[a-z0-9]{1,8})?")
MAX_BYTES = {MANIFEST: 256 * 1024, POSES: 32 * 1024**2, TAKE: 32 * 1024**2, EDITS: 4 * 1024**2}
MAX_MEDIA_BYTES = 200 * 1024**2
MAX_TOTAL_BYTES = 600 * 1024**2
MAX_FILES = 40
CHUNK = 1024**2
# The earliest time that zip knows, and plain files that anybody may read.
_EPOCH, _MODE = (1980, 1, 1, 0, 0, 0), (stat.S_IFREG | 0o644) << 16
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)

Source = bytes | Path


@dataclass(frozen=True)
class Bundle:
    """A bundle whose every digest was right. path: the file it stays in.

    manifest: with the list of files. poses: the movement. take, edits: what it was made from, where they
    are there. media: the files below media/.
    """

    path: Path
    manifest: BundleManifest
    poses: PoseSequence
    take: PoseSequence | None
    edits: MotionEdits | None

    @property
    def media(self) -> tuple[BundleFile, ...]:
        return tuple(file for file in self.manifest.files if file.name.startswith(MEDIA))

    def copy(self, name: str, target: IO[bytes]) -> None:
        """Writes the file `name` to `target` in pieces. Raises BundleInvalid if it changed meanwhile."""
        wanted = next((file for file in self.manifest.files if file.name == name), None)
        if wanted is None:
            raise BundleInvalid("file_missing", "is not in the bundle", file=name)
        with _opened(self.path) as archive:
            _stream(archive, name, wanted, target)


def write_bundle(target: BinaryIO, manifest: BundleManifest, files: Mapping[str, Source]) -> BundleManifest:
    """Writes a bundle and returns the manifest with its list of files; the same input gives the same bytes.

    target: a writable file that can seek. manifest: its `files` must be empty; they are filled in. files:
    contents, or paths of files that are read in pieces, by their names in the bundle: "poses.npz" must be
    there, "take.npz", "edits.json" and "media/..." may. Nothing is compressed: poses and media are already.
    Raises BundleInvalid.
    """
    if manifest.files:
        raise BundleInvalid("manifest_invalid", "must be empty before writing", file=MANIFEST, field="/files")
    if POSES not in files:
        raise BundleInvalid("file_missing", "must be given", file=POSES)
    listed = tuple(_described(name, files[name]) for name in sorted(files))
    _check_listing({file.name: file.size for file in listed})
    complete = manifest.with_files(listed)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        document = complete.to_json().encode()
        _write(archive, MANIFEST, document, len(document))
        for file in listed:
            _write(archive, file.name, files[file.name], file.size)
    return complete


def read_bundle(path: Path) -> Bundle:
    """Opens a bundle and checks all of it. Raises BundleInvalid.

    Refused: unknown versions, names that are not a bundle's, files that the manifest does not list or lists
    otherwise, wrong sizes and digests, links, encryption, anything that unpacks to more than it may.
    """
    with _opened(path) as archive:
        sizes = _member_sizes(archive)
        manifest = BundleManifest.from_json(_text(_content(archive, MANIFEST, MAX_BYTES[MANIFEST]), MANIFEST))
        listed = {file.name: file for file in manifest.files}
        if extra := sorted(set(sizes) - set(listed) - {MANIFEST}):
            raise BundleInvalid("file_not_listed", "is not in the manifest", file=extra[0])
        if missing := sorted(set(listed) - set(sizes)):
            raise BundleInvalid("file_missing", "is in the manifest only", file=missing[0])
        if POSES not in listed:
            raise BundleInvalid("file_missing", "every bundle must have it", file=POSES)
        kept = {}
        for name, file in listed.items():
            sink = BytesIO() if name in MAX_BYTES else None
            _stream(archive, name, file, sink)
            if sink is not None:
                kept[name] = sink.getvalue()
    return Bundle(
        path,
        manifest,
        _sequence(kept[POSES], POSES),
        _sequence(kept[TAKE], TAKE) if TAKE in kept else None,
        _edits(kept[EDITS]) if EDITS in kept else None,
    )


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGED as error:
        raise BundleInvalid("archive_damaged", f"no readable zip archive: {error}", file=path.name) from error


def _limit_of(name: str) -> int:
    """Most bytes of a file of this name. Raises BundleInvalid for names that no bundle has."""
    if name in MAX_BYTES:
        return MAX_BYTES[name]
    if MEDIA_NAME.fullmatch(name):
        return MAX_MEDIA_BYTES
    raise BundleInvalid("name_refused", "is no name of a file in a bundle", file=name)


def _check_listing(sizes: Mapping[str, int]) -> None:
    if len(sizes) > MAX_FILES:
        raise BundleInvalid("too_large", f"at most {MAX_FILES} files, got {len(sizes)}", file=MANIFEST)
    for name, size in sizes.items():
        if size > _limit_of(name):
            raise BundleInvalid("too_large", f"at most {_limit_of(name)} bytes, got {size}", file=name)
    if sum(sizes.values()) > MAX_TOTAL_BYTES:
        raise BundleInvalid(
            "too_large", f"all files together: at most {MAX_TOTAL_BYTES} bytes", file=MANIFEST
        )


def _member_sizes(archive: zipfile.ZipFile) -> dict[str, int]:
    """Claimed sizes by name, after everything that can be refused without unpacking."""
    members = archive.infolist()
    sizes = {member.filename: member.file_size for member in members}
    if len(sizes) != len(members):
        raise BundleInvalid("name_refused", "a name is there twice", file=MANIFEST)
    _check_listing(sizes)
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or member.flag_bits & 0x1:
            raise BundleInvalid("name_refused", "must be a plain file, not encrypted", file=member.filename)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BundleInvalid("archive_damaged", "must be stored or deflated", file=member.filename)
    if MANIFEST not in sizes:
        raise BundleInvalid("file_missing", "every bundle must have it", file=MANIFEST)
    return sizes


def _content(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise BundleInvalid("too_large", f"at most {most} bytes", file=name)
    return content


def _stream(archive: zipfile.ZipFile, name: str, wanted: BundleFile, target: IO[bytes] | None) -> None:
    """Reads a file in pieces, to `target` where there is one; its size and digest must be as listed."""
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as stream:
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > wanted.size:
                break
            digest.update(piece)
            if target is not None:
                target.write(piece)
    if size != wanted.size:
        raise BundleInvalid("size_differs", f"is not {wanted.size} bytes long", file=name)
    if digest.hexdigest() != wanted.sha256:
        raise BundleInvalid("digest_differs", "does not have the listed SHA-256", file=name)


def _pieces(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece


def _described(name: str, source: Source) -> BundleFile:
    if name == MANIFEST:
        raise BundleInvalid("name_refused", "is written by itself", file=name)
    most, digest, size = _limit_of(name), hashlib.sha256(), 0
    for piece in _pieces(source):
        size += len(piece)
        if size > most:
            raise BundleInvalid("too_large", f"at most {most} bytes", file=name)
        digest.update(piece)
    return BundleFile(name, size, digest.hexdigest())


def _write(archive: zipfile.ZipFile, name: str, source: Source, size: int) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.create_system, member.external_attr, member.file_size = 3, _MODE, size
    with archive.open(member, "w") as stream:
        for piece in _pieces(source):
            stream.write(piece)


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BundleInvalid("not_utf8", "the text is not in UTF-8", file=name) from error


def _sequence(content: bytes, name: str) -> PoseSequence:
    try:
        return PoseSequence.from_npz(content)
    except PoseSequenceError as error:
        raise BundleInvalid("content_invalid", str(error), file=name) from error


def _edits(content: bytes) -> MotionEdits:
    try:
        return MotionEdits.from_json(_text(content, EDITS))
    except MotionEditsInvalid as error:
        raise BundleInvalid("content_invalid", error.problem, file=EDITS, field=error.pointer) from error
