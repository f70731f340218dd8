"""Previews of a template file are taken over when they carry both AI labels, and told of when they do not."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures
from PIL.PngImagePlugin import PngInfo

from moderation.provenance import metadata
from moderation.provenance.visible import VisibleLabel
from templates_app.poses.bundle import POSES, write_bundle
from templates_app.poses.bundle_manifest import BundleManifest
from templates_app.services.bundles import Imported, template_import
from templates_app.states import VersionState
from tests.factories.templates import (
    MARK,
    CategoryFactory,
    labelled_clip,
    labelled_jpeg,
    plain_clip,
    plain_jpeg,
    superuser,
    tiny_poses,
)

pytestmark = pytest.mark.django_db
GREY = (90, 120, 160)


def imported(folder: Path, media: dict[str, bytes]) -> Imported:
    """A file as another portal may have written it, with these previews."""
    manifest = BundleManifest("sway", "摇摆", "Sway", "", "", category=CategoryFactory().slug)
    path = folder / "sway.dance.zip"
    with path.open("wb") as target:
        write_bundle(target, manifest, {POSES: tiny_poses().to_npz()} | media)
    return template_import(path=path, by=superuser())


def pixels(width: int = 64, height: int = 96, *, is_labelled: bool = True) -> Pictures.Image:
    frame = np.full((height, width, 3), GREY, np.uint8)
    if is_labelled:
        VisibleLabel(width, height).draw(frame)
    return Pictures.fromarray(frame)


def moving_picture(*are_labelled: bool) -> bytes:
    """An animated WebP of so many pictures, with the implicit label."""
    first, *others = [pixels(is_labelled=one) for one in are_labelled]
    out = io.BytesIO()
    first.save(out, "WEBP", save_all=True, append_images=others, duration=100, method=0)
    return metadata.write_webp(out.getvalue(), MARK)


def picture_marked_twice() -> bytes:
    once, out = PngInfo(), io.BytesIO()
    once.add_text("AIGC", MARK.as_json())
    pixels().save(out, "PNG", pnginfo=once)
    return metadata.write_png(out.getvalue(), MARK)


def too_small() -> bytes:
    out = io.BytesIO()
    pixels(32, 48, is_labelled=False).save(out, "PNG")
    return metadata.write_png(out.getvalue(), MARK)


def visible_label_alone() -> bytes:
    out = io.BytesIO()
    pixels().save(out, "PNG")
    return out.getvalue()


def test_labelled_previews_are_taken_over_and_make_the_version_ready(tmp_path: Path) -> None:
    clips = ("skeleton", "loop-tall", "loop-short", "loop-average")
    found = imported(
        tmp_path,
        {f"media/{name}.mp4": labelled_clip(GREY) for name in clips}
        | {
            "media/cover-tall.jpg": labelled_jpeg(),
            "media/thumb-tall.webp": moving_picture(True, True, True),
        },
    )
    assert found.notes == ()
    assert found.version.state == VersionState.READY
    assert found.version.previews.count() == 6
    assert set(found.version.previews.values_list("width", "height")) == {(64, 96)}


LACKING = {
    "plain clip": ("media/loop-tall.mp4", plain_clip(GREY)),
    "clip without a mark": ("media/loop-tall.mp4", labelled_clip(GREY, mark=None)),
    "clip without a label": ("media/loop-tall.mp4", labelled_clip(GREY, bears_label=())),
    "clip, not at the start": ("media/loop-tall.mp4", labelled_clip(GREY, bears_label=range(1, 12))),
    "clip, not in the middle": ("media/skeleton.mp4", labelled_clip(GREY, bears_label=(0, 1, 10, 11))),
    "clip, not at the end": ("media/loop-tall.mp4", labelled_clip(GREY, bears_label=range(11))),
    "plain picture": ("media/cover-tall.jpg", plain_jpeg()),
    "picture without a mark": ("media/cover-tall.png", visible_label_alone()),
    "picture without a label": ("media/cover-tall.jpg", metadata.write_jpeg(plain_jpeg(), MARK)),
    "picture with two marks": ("media/cover-tall.png", picture_marked_twice()),
    "no room for a label": ("media/cover-tall.png", too_small()),
    "moving picture, not in the middle": ("media/thumb-tall.webp", moving_picture(True, False, True)),
    "moving picture, not at the end": ("media/thumb-tall.webp", moving_picture(True, True, False)),
}


@pytest.mark.parametrize(("name", "data"), LACKING.values(), ids=list(LACKING))
def test_a_preview_that_lacks_a_label_is_left_out_and_told_of(tmp_path: Path, name: str, data: bytes) -> None:
    found = imported(tmp_path, {name: data, "media/cover.jpg": labelled_jpeg()})
    assert found.notes == (f"{name} in the file does not carry the AI label and was left out.",)
    assert [preview.mime for preview in found.version.previews.all()] == ["image/jpeg"]
    assert found.version.state == VersionState.DRAFT


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("media/loop-tall.mp4", b"no video"),
        ("media/cover-tall.png", labelled_jpeg()),
        ("media/thumb-tall.webp", moving_picture(True, True)[:-40]),
        ("media/poster.jpg", labelled_jpeg()),
    ],
)
def test_what_cannot_be_read_or_is_no_preview_is_told_of(tmp_path: Path, name: str, data: bytes) -> None:
    found = imported(tmp_path, {name: data})
    assert found.notes == (f"{name} in the file cannot be used and was left out.",)
    assert not found.version.previews.exists()
