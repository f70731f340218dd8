"""Template bundles: the same bytes for the same template, and nothing believed without its digest."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.bundle import Bundle, Source, read_bundle, write_bundle
from templates_app.poses.bundle_manifest import BundleFile, BundleInvalid, BundleManifest, document_digest
from templates_app.poses.edits import MotionEdits, Trim

MANIFEST = BundleManifest(
    slug="kemusan",
    name_zh="科目三",
    name_en="Kemusan",
    description_zh="踩着节拍颠起来。",
    description_en="Bounce on the beat.",
    category="trend",
    tags=("viral", "legs"),
    facts={"bpm": 126, "body_style": "full", "is_loop": True, "loop_score": 0.83},
    rights={"source": "own", "owner": "Studio", "expires_on": None},
)


@pytest.fixture(scope="module")
def files() -> dict[str, Source]:
    dance = CHOREOGRAPHIES["kemusan"].build()
    return {
        "poses.npz": dance.to_npz(),
        "take.npz": replace(dance, is_loop=False).to_npz(),
        "edits.json": MotionEdits(trim=Trim(3, 90)).to_json().encode(),
        "media/preview.mp4": b"\0\1\2" * 1000,
        "media/cover.webp": b"picture",
    }


def written(files: dict[str, Source], manifest: BundleManifest = MANIFEST) -> bytes:
    out = io.BytesIO()
    write_bundle(out, manifest, files)
    return out.getvalue()


def read(tmp_path: Path, data: bytes) -> Bundle:
    path = tmp_path / "template.zip"
    path.write_bytes(data)
    return read_bundle(path)


def refused(tmp_path: Path, data: bytes) -> BundleInvalid:
    with pytest.raises(BundleInvalid) as caught:
        read(tmp_path, data)
    assert caught.value.code == "template_bundle_invalid"
    assert caught.value.details["reason"] == caught.value.reason
    return caught.value


def repacked(data: bytes, change: Callable[[dict[str, bytes]], Any]) -> bytes:
    """The archive with its members changed, written by another tool."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def manifest_with(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        document = json.loads(members["manifest.json"]) | changes
        document.pop("sha256")
        members["manifest.json"] = json.dumps({**document, "sha256": document_digest(document)}).encode()

    return change


def test_a_bundle_brings_back_the_template(tmp_path: Path, files: dict[str, Source]) -> None:
    bundle = read(tmp_path, written(files))
    assert replace(bundle.manifest, files=()) == MANIFEST
    dance = CHOREOGRAPHIES["kemusan"].build()
    assert np.array_equal(bundle.poses.points, dance.points)
    assert bundle.take is not None
    assert not bundle.take.is_loop
    assert bundle.edits == MotionEdits(trim=Trim(3, 90))
    assert [file.name for file in bundle.media] == ["media/cover.webp", "media/preview.mp4"]
    out = io.BytesIO()
    bundle.copy("media/preview.mp4", out)
    assert out.getvalue() == files["media/preview.mp4"]
    with pytest.raises(BundleInvalid):
        bundle.copy("media/other.mp4", out)


def test_poses_alone_are_a_bundle(tmp_path: Path, files: dict[str, Source]) -> None:
    bundle = read(tmp_path, written({"poses.npz": files["poses.npz"]}))
    assert (bundle.take, bundle.edits, bundle.media) == (None, None, ())


def test_the_same_template_gives_the_same_bytes(tmp_path: Path, files: dict[str, Source]) -> None:
    clip = tmp_path / "clip"
    clip.write_bytes(bytes(files["media/preview.mp4"]))  # type: ignore[arg-type]
    turned = dict(reversed(files.items())) | {"media/preview.mp4": clip}
    other = replace(MANIFEST, facts=dict(reversed(MANIFEST.facts.items())))
    assert written(turned, other) == written(files)
    assert written(files, replace(MANIFEST, slug="other")) != written(files)


def test_the_manifest_lists_sizes_and_digests(files: dict[str, Source]) -> None:
    listed = write_bundle(io.BytesIO(), MANIFEST, files).files
    assert [file.name for file in listed] == sorted(files)
    cover = next(file for file in listed if file.name == "media/cover.webp")
    assert cover == BundleFile(cover.name, 7, hashlib.sha256(b"picture").hexdigest())


def test_a_large_clip_is_streamed_both_ways(tmp_path: Path, files: dict[str, Source]) -> None:
    clip, path, copy = tmp_path / "clip", tmp_path / "bundle.zip", tmp_path / "copy"
    block = np.random.default_rng(0).bytes(1024**2)
    with clip.open("wb") as stream:
        for _ in range(60):
            stream.write(block)
    tracemalloc.start()
    with path.open("wb") as target:
        write_bundle(target, MANIFEST, {"poses.npz": files["poses.npz"], "media/source.mp4": clip})
    bundle = read_bundle(path)
    with copy.open("wb") as target:
        bundle.copy("media/source.mp4", target)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert copy.stat().st_size == clip.stat().st_size == 60 * 1024**2
    assert peak < 15 * 1024**2


@pytest.mark.parametrize("name", ["poses.npz", "take.npz", "edits.json", "media/preview.mp4"])
def test_a_changed_file_is_found_out(tmp_path: Path, files: dict[str, Source], name: str) -> None:
    def flip(members: dict[str, bytes]) -> None:
        members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])

    fault = refused(tmp_path, repacked(written(files), flip))
    assert (fault.reason, fault.file) == ("digest_differs", name)


def test_a_file_that_changes_after_reading_is_not_copied(tmp_path: Path, files: dict[str, Source]) -> None:
    bundle = read(tmp_path, written(files))
    other = written({**files, "media/cover.webp": b"pictuRe"})
    bundle.path.write_bytes(other)
    with pytest.raises(BundleInvalid) as caught:
        bundle.copy("media/cover.webp", io.BytesIO())
    assert caught.value.reason == "digest_differs"


def member(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: content})


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.pop(name) and None


@pytest.mark.parametrize(
    ("change", "reason", "file"),
    [
        (member("media/extra.mp4"), "file_not_listed", "media/extra.mp4"),
        (member("readme.txt"), "name_refused", "readme.txt"),
        (member("../poses.npz"), "name_refused", "../poses.npz"),
        (member("media/../../etc/passwd"), "name_refused", "media/../../etc/passwd"),
        (member("/media/a.mp4"), "name_refused", "/media/a.mp4"),
        (member("media/.hidden"), "name_refused", "media/.hidden"),
        (member("media/a/b.mp4"), "name_refused", "media/a/b.mp4"),
        (member("media/a.mp4\n"), "name_refused", "media/a.mp4\n"),
        (member("media/"), "name_refused", "media/"),
        (member("MEDIA/A.mp4"), "name_refused", "MEDIA/A.mp4"),
        (without("media/cover.webp"), "file_missing", "media/cover.webp"),
        (without("poses.npz"), "file_missing", "poses.npz"),
        (without("manifest.json"), "file_missing", "manifest.json"),
        (member("manifest.json", b"{"), "manifest_invalid", "manifest.json"),
        (member("manifest.json", b"\xff"), "not_utf8", "manifest.json"),
        (member("manifest.json", b" " * 300_000), "too_large", "manifest.json"),
        (member("media/cover.webp", b"pictures"), "size_differs", "media/cover.webp"),
        (member("media/cover.webp", b""), "size_differs", "media/cover.webp"),
        (manifest_with(version=2), "version_unknown", "manifest.json"),
        (manifest_with(format="other"), "manifest_invalid", "manifest.json"),
        (manifest_with(more=1), "manifest_invalid", "manifest.json"),
        (manifest_with(slug="../x"), "manifest_invalid", "manifest.json"),
        (manifest_with(files=[]), "file_not_listed", "edits.json"),
    ],
)
def test_what_is_no_bundle_is_refused(
    tmp_path: Path, files: dict[str, Source], change: Any, reason: str, file: str
) -> None:
    fault = refused(tmp_path, repacked(written(files), change))
    assert (fault.reason, fault.file) == (reason, file)


def test_a_bomb_is_refused_by_what_it_claims_and_by_what_it_is(
    tmp_path: Path, files: dict[str, Source]
) -> None:
    bomb = repacked(written(files), member("poses.npz", b"\0" * (40 * 1024**2)))
    assert len(bomb) < 1024**2
    assert refused(tmp_path, bomb).reason == "too_large"
    # One whose headers lie: it claims the listed size, and would unpack to more.
    honest = written({"poses.npz": files["poses.npz"], "media/a.bin": b"a" * 1000})
    grown = bytearray(repacked(honest, member("media/a.bin", b"a" * 9_000_000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = -1
        while (at := grown.find(signature, at + 1)) >= 0:
            if grown[at + offset : at + offset + 4] == (9_000_000).to_bytes(4, "little"):
                grown[at + offset : at + offset + 4] = (1000).to_bytes(4, "little")
    assert refused(tmp_path, bytes(grown)).reason in {"archive_damaged", "size_differs", "digest_differs"}


def test_links_doubles_and_too_many_files_are_refused(tmp_path: Path, files: dict[str, Source]) -> None:
    data = written(files)
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("media/link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(tmp_path, out.getvalue()).file == "media/link"
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("poses.npz", b"x")
    assert refused(tmp_path, out.getvalue()).reason == "name_refused"
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(60):
            archive.writestr(f"media/{number}", b"x")
    assert refused(tmp_path, out.getvalue()).reason == "too_large"


@pytest.mark.parametrize("cut", [0, 10, 2000, -1])
def test_a_broken_archive_is_refused(tmp_path: Path, files: dict[str, Source], cut: int) -> None:
    assert refused(tmp_path, written(files)[:cut]).reason == "archive_damaged"


@pytest.mark.parametrize(
    ("name", "content"),
    [("poses.npz", b"x"), ("take.npz", b"x"), ("edits.json", b"{}"), ("edits.json", b"\xff")],
)
def test_contents_are_read_with_their_own_rules(
    tmp_path: Path, files: dict[str, Source], name: str, content: bytes
) -> None:
    fault = refused(tmp_path, written({**files, name: content}))
    assert fault.file == name
    assert fault.reason in {"content_invalid", "not_utf8"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("../x", "name_refused"), ("manifest.json", "name_refused"), ("media/A.mp4", "name_refused")],
)
def test_names_that_would_be_refused_are_not_written(
    files: dict[str, Source], name: str, reason: str
) -> None:
    with pytest.raises(BundleInvalid) as caught:
        write_bundle(io.BytesIO(), MANIFEST, {**files, name: b"x"})
    assert caught.value.reason == reason
    with pytest.raises(BundleInvalid, match=r"poses\.npz"):
        write_bundle(io.BytesIO(), MANIFEST, {"media/a": b"x"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Kemusan"}, "/slug"),
        ({"slug": "a" * 61}, "/slug"),
        ({"name_en": "x" * 61}, "/names/en"),
        ({"name_zh": 3}, "/names/zh"),
        ({"description_zh": "x" * 1001}, "/descriptions/zh"),
        ({"category": ""}, "/category"),
        ({"tags": ("a b",)}, "/tags/0"),
        ({"facts": {"bpm": [1]}}, "/facts/bpm"),
        ({"facts": {"bpm": float("nan")}}, "/facts/bpm"),
        ({"facts": {"No": 1}}, "/facts/No"),
        ({"rights": {"owner": "x" * 4001}}, "/rights/owner"),
        ({"rights": {f"n{number}": 1 for number in range(61)}}, "/rights"),
        ({"files": (BundleFile("a", -1, "0" * 64),)}, "/files/0/size"),
        ({"files": (BundleFile("a", 1, "0"),)}, "/files/0/sha256"),
        ({"files": (BundleFile("a", 1, "0" * 64),) * 2}, "/files/1/name"),
    ],
)
def test_a_fault_in_the_manifest_points_to_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BundleInvalid) as caught:
        replace(MANIFEST, **changes)
    assert (caught.value.reason, caught.value.field) == ("manifest_invalid", field)


def test_a_manifest_survives_its_text() -> None:
    assert BundleManifest.from_json(MANIFEST.to_json()) == MANIFEST


def test_a_manifest_that_was_changed_by_hand_is_noticed() -> None:
    swapped = MANIFEST.to_json().replace("Studio", "Someone")
    with pytest.raises(BundleInvalid) as caught:
        BundleManifest.from_json(swapped)
    assert (caught.value.reason, caught.value.field) == ("digest_differs", "/sha256")


@pytest.mark.parametrize("beats", [(2.0, 1.0), (-1.0,), (float("nan"),)])
def test_beats_that_cannot_be_are_refused(beats: tuple[float, ...]) -> None:
    with pytest.raises(BundleInvalid):
        replace(MANIFEST, beats=beats)
