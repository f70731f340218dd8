"""A template leaves as one file, and comes back with the same movement and nothing that was not checked."""

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from moderation.models import AuditEntry
from templates_app.models import (
    DanceTemplate,
    Preview,
    PreviewKind,
    RightsRecord,
    TakeOrigin,
    TemplateVersion,
)
from templates_app.motion_errors import MovementTooShort
from templates_app.poses.bundle import POSES, read_bundle, write_bundle
from templates_app.poses.bundle_manifest import BundleInvalid, BundleManifest
from templates_app.services.bundle_media import MUSIC
from templates_app.services.bundles import (
    BundleSlugTaken,
    template_export,
    template_import,
)
from templates_app.services.editing import version_edit, version_from
from templates_app.services.preparing import version_choose_cover, version_prepared
from templates_app.services.rights import rights_update
from templates_app.services.versions import version_attach_preview, version_poses
from templates_app.states import VersionState
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.sounds import tone, write_m4a
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    plain_clip,
    plain_jpeg,
    ready_version,
    superuser,
    tiny_poses,
)
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, TemplateVersion]:
    """A bundle of a version with previews and rights."""
    template = TemplateFactory(slug="kemusan", description_zh="一支舞")
    template.tags.add(TagFactory(slug="calm"))
    version = shown_version(template)
    return saved(version, tmp_path / "kemusan.zip"), version


def shown_version(template: DanceTemplate) -> TemplateVersion:
    return ready_version(template, bpm=120.0, loop=plain_clip((90, 120, 160)), still=plain_jpeg())


def saved(version: TemplateVersion, path: Path) -> Path:
    with template_export(version=version, by=superuser()) as file, path.open("wb") as target:
        shutil.copyfileobj(file, target)
    return path


def forget_the_library() -> None:
    TemplateVersion.objects.all().delete()
    DanceTemplate.objects.all().delete()


def test_a_movement_survives_the_way_into_an_empty_library(exported: tuple[Path, TemplateVersion]) -> None:
    path, version = exported
    digest = version.pose_sha256
    forget_the_library()
    by = superuser()
    imported = template_import(path=path, by=by).version
    assert (imported.pose_sha256, imported.bpm) == (digest, 120.0)
    assert (imported.template.slug, imported.template.description_zh) == ("kemusan", "一支舞")
    assert [tag.slug for tag in imported.template.tags.all()] == ["calm"]
    assert version_poses(imported).frame_count == imported.frame_count
    assert AuditEntry.objects.latest("sequence").action == "templates.template.imported"


def test_nothing_that_is_imported_is_published_or_believed(exported: tuple[Path, TemplateVersion]) -> None:
    path, _version = exported
    forget_the_library()
    imported = template_import(path=path, by=superuser())
    version = imported.version
    assert (version.state, version.template.live_version, version.previews.count()) == (
        VersionState.DRAFT, None, 0,
    )  # fmt: skip
    record = RightsRecord.objects.get(version=version)
    assert record.missing == ["is_confirmed"]
    assert imported.notes == (
        "The rights record must be confirmed before the version is handed in.",
        "The previews in the file were not taken over; have new ones made.",
    )
    assert rights_update(version=version, by=superuser(), changes={}).missing == []


def test_the_choice_of_the_cover_survives_two_ways_and_the_previews_in_between(tmp_path: Path) -> None:
    version, by = shown_version(TemplateFactory(slug="kemusan")), superuser()
    still = {"data": plain_jpeg(), "mime": "image/jpeg", "width": 64, "height": 96}
    chosen = version_attach_preview(
        version=version, kind=PreviewKind.COVER, character="short", by=by, **still
    )
    version_choose_cover(version=version, preview_id=chosen.pk, by=by)
    version.refresh_from_db()
    first = template_import(path=saved(version, tmp_path / "one.zip"), by=by, slug="one").version
    again = saved(first, tmp_path / "two.zip")
    assert read_bundle(again).manifest.facts["cover"] == "short"
    second = template_import(path=again, by=by, slug="two").version
    TemplateVersion.objects.filter(pk=second.pk).update(state=VersionState.PROCESSING)
    covers = [
        Preview(
            version=second, kind=PreviewKind.COVER, character=character, key=f"{second.pk}/{character}",
            mime="image/jpeg", width=1, height=1, byte_size=1, sha256="0" * 64,
        )
        for character in ("tall", "short", "average")
    ]  # fmt: skip
    version_prepared(version_id=second.pk, previews=covers)
    second.refresh_from_db()
    assert second.cover is not None
    assert second.cover.character == "short"


@pytest.mark.parametrize("cover", [7, True, "x" * 41, None])
def test_a_cover_that_cannot_be_one_is_no_choice(
    cover: Any, exported: tuple[Path, TemplateVersion], tmp_path: Path
) -> None:
    bundle, path = read_bundle(exported[0]), tmp_path / "odd.zip"
    manifest = replace(bundle.manifest, files=(), facts={**bundle.manifest.facts, "cover": cover})
    with path.open("wb") as target:
        write_bundle(target, manifest, {POSES: bundle.poses.to_npz()})
    assert template_import(path=path, by=superuser(), slug="odd").version.wanted_cover == ""


def test_take_and_edits_come_along_when_they_make_the_movement(tmp_path: Path) -> None:
    by = superuser()
    whole = ready_version(TemplateFactory(slug="kemusan"), bpm=120.0)
    draft = version_from(version=whole, by=by)
    edited = version_edit(version=draft, by=by, revision=0, edits={**draft.edits, "mirror": True})
    path = saved(edited, tmp_path / "edited.zip")
    digest = edited.pose_sha256
    assert digest != whole.pose_sha256
    imported = template_import(path=path, by=by, slug="other")
    assert imported.version.pose_sha256 == digest
    assert imported.version.edits == edited.edits
    take = imported.version.take
    assert take is not None
    assert (take.pose_sha256, take.origin) == (whole.pose_sha256, TakeOrigin.FILE)


def test_a_slug_that_is_taken_is_explained_and_can_be_got_round(
    exported: tuple[Path, TemplateVersion],
) -> None:
    path, version = exported
    with pytest.raises(BundleSlugTaken) as refusal:
        template_import(path=path, by=superuser())
    assert refusal.value.details == {"slug": "kemusan", "name": version.template.name}
    assert template_import(path=path, by=superuser(), slug="kemusan-2").version.template.slug == "kemusan-2"
    added = template_import(path=path, by=superuser(), into=version.template).version
    assert (added.template, added.number) == (version.template, version.number + 1)


def test_a_category_and_tags_that_are_missing_are_made_with_their_names(
    exported: tuple[Path, TemplateVersion],
) -> None:
    path, version = exported
    shelf, tag = version.template.category, version.template.tags.get()
    forget_the_library()
    shelf.delete()
    tag.delete()
    template = template_import(path=path, by=superuser()).version.template
    assert (template.category.name_zh, template.category.name_en) == (shelf.name_zh, shelf.name_en)
    assert [(one.slug, one.name_zh, one.name_en) for one in template.tags.all()] == [
        ("calm", tag.name_zh, tag.name_en)
    ]
    elsewhere = CategoryFactory(slug="pop")
    other = template_import(path=path, by=superuser(), slug="other", category=elsewhere)
    assert other.version.template.category == elsewhere


def test_but_for_its_previews_all_comes_back_from_a_second_export(tmp_path: Path) -> None:
    template = TemplateFactory(slug="kemusan")
    template.tags.add(TagFactory(slug="calm"))
    version = shown_version(template)
    sound = write_m4a(tmp_path / "sound.m4a", tone(440, 1.0))
    key = storage.store_bytes(storage.UPLOADS, "music/round-trip.m4a", sound.read_bytes())
    TemplateVersion.objects.filter(pk=version.pk).update(beats=[0.1, 0.6], music_key=key)
    version.refresh_from_db()
    first = read_bundle(saved(version, tmp_path / "first.zip"))
    forget_the_library()
    template.category.delete()
    imported = template_import(path=tmp_path / "first.zip", by=superuser()).version
    assert (imported.beats, imported.music_key != "") == ([0.1, 0.6], True)
    second = read_bundle(saved(imported, tmp_path / "second.zip"))
    kept = tuple(file for file in first.manifest.files if file not in first.media or file.name == MUSIC)
    assert second.manifest == replace(first.manifest, files=kept)


def written(path: Path, **facts: Any) -> Path:
    """A file as another portal may have written it, that says so of its movement."""
    shelf = CategoryFactory().slug
    manifest = BundleManifest("sway", "摇摆", "Sway", "", "", category=shelf, facts=facts)
    with path.open("wb") as target:
        write_bundle(target, manifest, {POSES: tiny_poses().to_npz()})
    return path


def test_what_is_computed_of_a_movement_is_not_taken_from_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", body_style="half", people_count=3, duration_seconds=60, is_loop=False)
    version = template_import(path=path, by=superuser()).version
    found = (version.body_style, version.people_count, version.duration_seconds, version.is_loop)
    assert found == ("full", 1, 1.0, True)


@pytest.mark.parametrize("name", ["bpm", "take_bpm"])
@pytest.mark.parametrize("bpm", [0, -120, 4.9, 1601, 1e300, True, "120"])
def test_a_tempo_that_nobody_dances_is_refused(tmp_path: Path, name: str, bpm: Any) -> None:
    with pytest.raises(BundleInvalid) as refusal:
        template_import(path=written(tmp_path / "a.zip", **{name: bpm}), by=superuser())
    assert (refusal.value.reason, refusal.value.details["field"]) == ("manifest_invalid", f"/facts/{name}")
    assert not DanceTemplate.objects.exists()


def test_a_template_file_of_less_than_a_second_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.zip"
    manifest = BundleManifest("sway", "摇摆", "Sway", "", "", category=CategoryFactory().slug)
    with path.open("wb") as target:
        write_bundle(target, manifest, {POSES: tiny_poses(2).to_npz()})
    with pytest.raises(MovementTooShort):
        template_import(path=path, by=superuser())
    assert not DanceTemplate.objects.exists()


def test_a_tempo_may_be_left_open(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", bpm=None)
    assert template_import(path=path, by=superuser()).version.bpm is None


def test_only_curators_export_and_import(exported: tuple[Path, TemplateVersion]) -> None:
    path, version = exported
    with pytest.raises(PermissionRefused):
        template_import(path=path, by=UserFactory(), slug="x")
    with pytest.raises(PermissionRefused), template_export(version=version, by=UserFactory()):
        pass


class TestOverTheApi:
    @pytest.fixture
    def curator(self) -> APIClient:
        return client_of(user_with(roles.CURATOR, roles.APP))

    def post(self, client: APIClient, data: bytes, query: str = "") -> Any:
        address = f"/api/v1/curation/import{query}"
        return client.post(address, data=data, content_type="application/zip")

    def test_the_file_is_streamed_out_and_taken_in(
        self, curator: APIClient, exported: tuple[Path, TemplateVersion]
    ) -> None:
        _path, version = exported
        answer = curator.get("/api/v1/templates/kemusan/export")
        data = b"".join(answer.streaming_content)
        assert len(data) == int(answer["Content-Length"])
        assert 'filename="kemusan-v1.dance.zip"' in answer["Content-Disposition"]
        refused = self.post(curator, data)
        assert (refused.status_code, refused.json()["code"]) == (409, "bundle_slug_taken")
        made = self.post(curator, data, "?slug=again")
        assert made.status_code == 201, made.json()
        assert made.json()["pose_sha256"] == version.pose_sha256
        assert made.json()["template"] == "again"

    def test_a_file_that_was_changed_is_refused(
        self, curator: APIClient, exported: tuple[Path, TemplateVersion], tmp_path: Path
    ) -> None:
        path, _version = exported
        changed = tmp_path / "changed.zip"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if name == "manifest.json":
                    document = json.loads(data)
                    document["files"][-1]["sha256"] = "0" * 64
                    data = json.dumps(document).encode()
                target.writestr(name, data)
        answer = self.post(curator, changed.read_bytes(), "?slug=again")
        assert (answer.status_code, answer.json()["code"]) == (400, "template_bundle_invalid")
        for body in (b"", b"no zip"):
            empty = self.post(curator, body, "?slug=again")
            assert (empty.status_code, empty.json()["code"]) == (400, "template_bundle_invalid")
            assert empty.json()["details"]["reason"] == "archive_damaged"
            assert "bundle.zip" not in empty.json()["message"]
        both = self.post(curator, b"no zip", "?slug=again&into=kemusan")
        assert (both.status_code, both.json()["details"]["fields"][0]["pointer"]) == (400, "/slug")
        assert self.post(curator, b"no zip", "?slug=again").json()["code"] == "template_bundle_invalid"
        assert not DanceTemplate.objects.filter(slug="again").exists()
