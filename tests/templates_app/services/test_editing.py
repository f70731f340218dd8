"""Drafts: edits are compared and set, what they make is stored, and published versions stay as they are."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import TestCase
from django.utils import timezone

from moderation.models import AuditEntry
from templates_app import curation_selectors
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.curation_selectors import version_history
from templates_app.models import Take, TakeOrigin, TemplateVersion, VersionFrozen
from templates_app.motion_errors import (
    EditsOutdated,
    MovementTooShort,
    VersionNotEditable,
    VersionWithoutTake,
)
from templates_app.poses.edits import MotionEdits, MotionEditsInvalid, Trim
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.joining import JoinRefused
from templates_app.poses.sequence import PoseSequence
from templates_app.services import editing
from templates_app.services.editing import EDITED, version_draft, version_edit, version_from
from templates_app.services.handing_in import version_submit
from templates_app.services.preparing import version_prepare
from templates_app.services.rights import rights_update
from templates_app.services.takes import take_import, take_join, take_poses
from templates_app.services.versions import version_poses
from templates_app.states import VersionState
from tests.factories.accounts import UserFactory, user_with
from tests.factories.motions import take_of
from tests.factories.sounds import tone, write_m4a
from tests.factories.templates import (
    TemplateFactory,
    live_template,
    ready_version,
    superuser,
    tiny_poses,
    version_of,
)
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.vision.audio import read_mono

pytestmark = pytest.mark.django_db


def draft(take: Take | None = None) -> TemplateVersion:
    take = take or take_of()
    return version_draft(template=take.template, take=take, by=superuser())


def edit(version: TemplateVersion, edits: MotionEdits | None = None, **fields: Any) -> TemplateVersion:
    fields.setdefault("revision", version.edits_revision)
    fields.setdefault("by", superuser())
    return version_edit(version=version, edits=(edits or MotionEdits()).to_document(), **fields)


def sounding_take(folder: Path) -> Take:
    """A take of a second, with a sound and two beats a second."""
    take = take_of()
    path = write_m4a(folder / "sound.m4a", tone(440, 1.0))
    key = storage.store_file(storage.UPLOADS, "takes/test/music.m4a", path)
    Take.objects.filter(pk=take.pk).update(music_key=key, bpm=120.0, beats=[0.0, 0.5])
    take.refresh_from_db()
    return take


def test_a_draft_is_the_whole_take_until_somebody_edits_it() -> None:
    take = take_of()
    version = draft(take)
    assert (version.state, version.number, version.edits_revision) == (VersionState.DRAFT, 1, 0)
    assert (version.frame_count, version.fps, version.body_style) == (12, 12, "full")
    assert MotionEdits.from_document(version.edits) == MotionEdits(people=(0,))
    assert np.array_equal(version_poses(version).points, take_poses(take).points)
    assert version.analysis["frame_count"] == 12
    assert draft(take).number == 2


def test_only_the_main_people_of_a_take_are_in_its_first_draft() -> None:
    poses = tiny_poses()
    two = replace(
        poses,
        points=np.concatenate([poses.points, poses.points + 0.1], axis=1),
        confidence=np.concatenate([poses.confidence, poses.confidence], axis=1),
    )
    take = take_of(poses=two)
    Take.objects.filter(pk=take.pk).update(tracks=[dict(take.tracks[0], is_main=False), take.tracks[1]])
    take.refresh_from_db()
    version = draft(take)
    assert (take.track_count, version.people_count) == (2, 1)
    assert np.allclose(version_poses(version).points, poses.points + 0.1, atol=1e-6)


def test_edits_are_applied_and_stored_with_what_they_make() -> None:
    version = edit(draft(), MotionEdits(trim=Trim(2, 7), mirror=True))
    assert (version.edits_revision, version.frame_count, version.duration_seconds) == (1, 6, 0.5)
    poses = take_poses(version.take)  # type: ignore[arg-type]
    nose = poses.aspect - poses.points[2:8, 0, 0, 0]
    assert np.allclose(version_poses(version).points[:, 0, 0, 0], nose, atol=1e-5)
    [entry] = AuditEntry.objects.filter(action="templates.version.edited")
    assert (entry.subject_id, entry.data["revision"]) == (str(version.pk), 1)


def test_the_history_folds_a_sitting_into_one_row_that_says_what_was_changed() -> None:
    version, maker, other = draft(), superuser(), superuser()
    plain = MotionEdits.from_document(version.edits)
    shorter, mirrored = replace(plain, trim=Trim(0, 11)), replace(plain, mirror=True)
    for edits in (shorter, replace(shorter, tempo=0.8), replace(plain, tempo=0.8)):
        version = edit(version, edits, by=maker)
    version = edit(version, mirrored, by=other)
    version = edit(version, plain, by=maker)
    rights_update(version=version, by=maker, changes={})
    version = edit(version, mirrored, by=maker)
    told = [(step.by, step.why) for step in version_history(version) if step.action == EDITED]
    assert told == [
        (maker, "mirrored"),
        (maker, "mirrored"),
        (other, "mirrored, tempo"),
        (maker, "first and last frame, tempo (saved 3 times)"),
    ]
    assert len(version_history(version, limit=3)) == 3


def test_edits_long_after_one_another_are_rows_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    version, maker = draft(), superuser()
    for mirror in (True, False):
        version = edit(version, MotionEdits(mirror=mirror), by=maker)
    first, second = AuditEntry.objects.filter(action=EDITED).order_by("sequence")
    apart = second.created_at - first.created_at
    monkeypatch.setattr(curation_selectors, "SITTING_PAUSE", apart)
    assert len([step for step in version_history(version) if step.action == EDITED]) == 1
    monkeypatch.setattr(curation_selectors, "SITTING_PAUSE", apart - timedelta(microseconds=1))
    assert len([step for step in version_history(version) if step.action == EDITED]) == 2


def test_outdated_edits_are_refused_and_it_is_said_who_was_faster() -> None:
    version, other = draft(), user_with(roles.CURATOR, username="meiling")
    edit(version, MotionEdits(mirror=True), by=other)
    with pytest.raises(EditsOutdated) as refused:
        edit(version, MotionEdits(tempo=2.0), revision=0)
    assert refused.value.details == {"revision": 1, "changed_by": "meiling"}
    assert "Somebody else" in str(refused.value)
    with pytest.raises(EditsOutdated, match="You have changed the edits in another window"):
        edit(version, MotionEdits(tempo=2.0), by=other, revision=0)
    version.refresh_from_db()
    assert MotionEdits.from_document(version.edits).mirror


def test_whoever_saves_while_another_is_saving_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    version = draft()
    applied = editing.content_of

    def meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(editing, "content_of", applied)
        edit(version, MotionEdits(mirror=True))
        return applied(*given, **named)

    monkeypatch.setattr(editing, "content_of", meanwhile)
    with pytest.raises(EditsOutdated):
        edit(version, MotionEdits(tempo=2.0), revision=0)
    version.refresh_from_db()
    folder = storage.keys_below(storage.UPLOADS, storage.version_folder(version.pk))
    assert version.edits_revision == 1
    assert version.pose_key in folder
    assert len(folder) == 2  # the first draft's goes on commit; the loser left nothing


def test_the_files_of_the_edits_before_are_erased() -> None:
    version = draft()
    with TestCase.captureOnCommitCallbacks(execute=True):
        after = edit(version, MotionEdits(mirror=True))
    assert storage.keys_below(storage.UPLOADS, storage.version_folder(version.pk)) == [after.pose_key]


def test_a_ready_version_becomes_a_draft_when_it_is_edited() -> None:
    version = draft()
    TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.READY)
    assert edit(version).state == VersionState.DRAFT


@pytest.mark.parametrize("state", [VersionState.PROCESSING, VersionState.IN_REVIEW, VersionState.REJECTED])
def test_a_version_that_is_being_worked_on_or_judged_cannot_be_edited(state: VersionState) -> None:
    version = draft()
    TemplateVersion.objects.filter(pk=version.pk).update(state=state)
    with pytest.raises(VersionNotEditable):
        edit(version)


def test_a_published_version_is_copied_and_the_copy_is_edited() -> None:
    version = draft()
    now = timezone.now()
    TemplateVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, cleared_at=now, published_at=now
    )
    version.refresh_from_db()
    with pytest.raises(VersionFrozen):
        edit(version)
    copy = version_from(version=version, by=superuser())
    assert (copy.number, copy.state, copy.take, copy.edits) == (
        2,
        VersionState.DRAFT,
        version.take,
        version.edits,
    )
    with TestCase.captureOnCommitCallbacks(execute=True):
        edit(copy, MotionEdits(mirror=True))
    assert version_poses(version).frame_count == 12  # the copy's edit left the original's file alone


def test_a_version_that_came_whole_becomes_a_take_when_it_is_copied() -> None:
    whole = version_of(TemplateFactory(), bpm=60.0)
    with pytest.raises(VersionWithoutTake):
        edit(whole)
    copy = version_from(version=whole, by=superuser())
    assert copy.take is not None
    assert (copy.take.origin, copy.bpm, copy.beats) == (TakeOrigin.VERSION, 60.0, [0.0])
    assert np.array_equal(version_poses(copy).points, version_poses(whole).points)
    assert edit(copy, MotionEdits(mirror=True)).edits_revision == 1


def test_faulty_edits_are_refused_with_the_place_of_the_fault() -> None:
    with pytest.raises(MotionEditsInvalid) as refused:
        edit(draft(), MotionEdits(trim=Trim(0, 99)))
    assert refused.value.details["pointer"] == "/trim/last_frame"


def test_music_and_beat_follow_trim_and_tempo(tmp_path: Path) -> None:
    version = draft(sounding_take(tmp_path))
    assert (version.bpm, version.beats) == (120.0, [0.0, 0.5])
    samples, rate = read_mono(storage.fetch_to(storage.UPLOADS, version.music_key, tmp_path / "whole.m4a"))
    assert len(samples) / rate == pytest.approx(1.0, abs=0.1)

    cut = edit(version, MotionEdits(trim=Trim(3, 11), tempo=1.5))
    assert (cut.bpm, cut.beats) == (180.0, [pytest.approx(1 / 6, abs=1e-3)])
    samples, rate = read_mono(storage.fetch_to(storage.UPLOADS, cut.music_key, tmp_path / "cut.m4a"))
    assert len(samples) / rate == pytest.approx(cut.duration_seconds, abs=0.1)


def test_a_corrected_tempo_stays_corrected_through_later_edits(tmp_path: Path) -> None:
    version = draft(sounding_take(tmp_path))
    corrected = edit(version, bpm=60.0)
    assert (corrected.bpm, corrected.beats) == (60.0, [0.0])
    faster = edit(corrected, MotionEdits(tempo=2.0))
    assert (faster.bpm, faster.beats) == (120.0, [0.0])
    assert (edit(faster, bpm=None).bpm, edit(faster, bpm=None, revision=3).beats) == (None, [])


def test_only_curators_draft_edit_and_copy() -> None:
    version, stranger = draft(), UserFactory()
    for act in (
        lambda: version_draft(template=version.template, take=version.take, by=stranger),  # type: ignore[arg-type]
        lambda: edit(version, by=stranger),
        lambda: version_from(version=version, by=stranger),
    ):
        with pytest.raises(PermissionRefused):
            act()


def test_what_lasts_less_than_a_second_is_neither_prepared_nor_handed_in() -> None:
    version = edit(draft(), MotionEdits(trim=Trim(0, 1)))
    ready = ready_version()
    TemplateVersion.objects.filter(pk=ready.pk).update(duration_seconds=0.999)
    ready.refresh_from_db()
    for act in (
        lambda: version_prepare(version=version, by=superuser()),
        lambda: version_submit(version=ready, by=superuser()),
    ):
        with pytest.raises(MovementTooShort) as refused:
            act()
        assert refused.value.details["least_seconds"] == 1.0
    assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.DRAFT
    assert TemplateVersion.objects.get(pk=ready.pk).state == VersionState.READY


@pytest.mark.parametrize("frames", [1, 11])
def test_a_pose_file_of_less_than_a_second_is_refused(frames: int) -> None:
    data = tiny_poses(frames).to_npz()
    with pytest.raises(MovementTooShort):
        take_import(template=TemplateFactory(), data=data, file_name="dance.npz", by=superuser())
    assert not Take.objects.exists()


def test_a_file_that_holds_no_movement_is_refused_with_its_reason() -> None:
    with pytest.raises(MovementFileInvalid):
        take_import(template=TemplateFactory(), data=b"{}", file_name="dance.json", by=superuser())
    assert not Take.objects.exists()


def test_two_versions_are_joined_into_a_take() -> None:
    def long_poses() -> PoseSequence:
        return replace(tiny_poses(36), is_loop=False)

    first, second = live_template(poses=long_poses()).live_version, version_of(poses=long_poses())
    assert first is not None
    take = take_join(template=first.template, first=first, second=second, blend_seconds=0.5, by=superuser())
    assert (take.origin, take.track_count) == (TakeOrigin.VERSION, 1)
    assert 40 < take.frame_count <= 72
    assert take.notes == [str(first), str(second)]  # nothing was left out
    assert draft(take).frame_count == take.frame_count


@pytest.mark.parametrize(("other", "bpm"), [(121.0, 120.0), (90.0, None), (None, None)])
def test_joined_movements_keep_one_beat_and_say_what_they_lose(
    other: float | None, bpm: float | None
) -> None:
    first, second = (version_of(poses=replace(tiny_poses(36), is_loop=False)) for _ in range(2))
    TemplateVersion.objects.filter(pk=first.pk).update(
        bpm=120.0, beats=[0.5 * count for count in range(6)], music_key="m"
    )
    TemplateVersion.objects.filter(pk=second.pk).update(
        bpm=other, beats=[0.2 + 0.5 * count for count in range(6) if other]
    )
    for version in (first, second):
        version.refresh_from_db()
    take = take_join(template=first.template, first=first, second=second, blend_seconds=0.5, by=superuser())
    assert take.bpm == bpm
    assert (len(take.beats) > 4) == (bpm is not None)
    assert all(0.25 <= later - beat <= 1.0 for beat, later in pairwise(take.beats))
    silent = "The joined movement is silent: the music was left out."
    no_beat = "The beat was left out, since the two movements do not have one tempo."
    assert take.notes[2:] == ([silent] if bpm else [silent, no_beat])


def test_joining_says_how_much_of_either_movement_is_left_out_at_the_seam() -> None:
    first, second = (version_of(poses=CHOREOGRAPHIES[slug].build()) for slug in ("wave", "shuffle"))
    take = take_join(template=first.template, first=first, second=second, blend_seconds=0.5, by=superuser())
    [note] = take.notes[2:]
    told = re.fullmatch(
        r"Left out at the seam: (.*) s of the first movement, (.*) s of the second one\.", note
    )
    assert told is not None
    lost = first.frame_count + second.frame_count - take.frame_count
    assert lost > 0
    assert sum(map(float, told.groups())) == pytest.approx(lost / take.fps, abs=0.011)


@pytest.mark.parametrize("styles", [("full", "half"), ("half", "full")])
def test_whole_and_half_bodies_are_not_joined(styles: tuple[str, str]) -> None:
    first, second = (version_of(body_style=style) for style in styles)
    with pytest.raises(JoinRefused, match="upper bodies") as caught:
        take_join(template=first.template, first=first, second=second, blend_seconds=0.5, by=superuser())
    assert (caught.value.code, caught.value.details) == (
        "movements_do_not_join",
        {"body_styles": list(styles)},
    )
    assert not Take.objects.exists()


def test_two_half_bodies_are_joined() -> None:
    first, second = (version_of(body_style="half") for _ in range(2))
    take = take_join(template=first.template, first=first, second=second, blend_seconds=0.2, by=superuser())
    assert take.frame_count > first.frame_count
