"""A dance video once it is whole: assembly, limits, moderation, and being cut off anywhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone

from moderation.models import AuditEntry, Decision, ReviewItem
from moderation.subject_registry import subject_type
from templates_app.models import MotionVideo
from templates_app.motion_errors import MotionNotUsable
from templates_app.motion_subject import MotionVideoSubject
from templates_app.motion_texts import MOTION_FAULTS, motion_faults_list
from templates_app.services import motion_checks, motions
from templates_app.services.motion_checks import (
    motion_check,
    motion_decide,
    motion_extract,
    motions_unchecked,
)
from templates_app.states import MotionState
from templates_app.tasks import light
from tests.factories.accounts import UserFactory
from tests.factories.motions import accepted_motion, announced, files_of, moving_clip, send
from tests.factories.scanners import BLOCKED, BREAKING, DOUBTFUL
from tests.factories.templates import superuser
from tongyi_portal.common import storage
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


@pytest.fixture(autouse=True)
def nothing_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motions, "enqueue", lambda _name, _row_id: None)


def whole(data: bytes, parts: int = 3) -> MotionVideo:
    """A video all of which has come, in so many parts, not checked yet."""
    motion, step = announced(len(data)), -(-len(data) // parts)
    for at in range(0, len(data), step):
        send(motion, data[at : at + step])
    assert motion.state == MotionState.CHECKING
    return motion


def checked(data: bytes) -> MotionVideo:
    with TestCase.captureOnCommitCallbacks(execute=True):
        motion = motion_check(motion=whole(data))
    motion.refresh_from_db()
    return motion


def test_a_video_within_the_limits_is_put_together_and_accepted(nobody_extracts: list[Any]) -> None:
    motion = checked(moving_clip())
    assert (motion.state, motion.faults) == (MotionState.ACCEPTED, [])
    assert (motion.width, motion.height, motion.mime, motion.codec) == (256, 256, "video/mp4", "h264")
    assert motion.fps == pytest.approx(24)
    assert motion.duration_seconds == pytest.approx(2, abs=0.1)
    assert files_of(motion) == [motion.key]
    assert storage.read_bytes(storage.UPLOADS, motion.key) == moving_clip()
    assert not motion.parts.exists()
    assert nobody_extracts == [("extraction_wanted", motion)]
    assert Decision.objects.filter(subject_type="motion_video", subject_id=motion.pk).count() == 1
    assert AuditEntry.objects.filter(action="templates.motion.accepted").exists()


def test_a_video_outside_the_limits_is_refused_with_all_its_faults_and_its_file_goes() -> None:
    motion = checked(moving_clip(seconds=1.0, fps=12, side=128))
    assert motion.state == MotionState.REFUSED
    assert {fault["code"] for fault in motion.faults} == {
        "motion_side_too_small",
        "motion_too_short",
        "motion_rate_too_low",
    }
    assert (motion.key, files_of(motion)) == ("", [])
    assert not Decision.objects.exists()


def test_something_else_than_a_video_is_refused() -> None:
    motion = checked(b"GIF89a, or so it says" * 50)
    assert motion.state == MotionState.REFUSED
    assert [fault["code"] for fault in motion.faults] == ["motion_undecodable"]


@pytest.mark.parametrize(
    ("colour", "state"),
    [(BLOCKED, MotionState.BLOCKED), (DOUBTFUL, MotionState.IN_REVIEW), (BREAKING, MotionState.IN_REVIEW)],
)
def test_moderation_decides_what_becomes_of_a_video(
    colour: tuple[int, int, int], state: MotionState, nobody_extracts: list[Any]
) -> None:
    motion = checked(moving_clip(colour))
    assert motion.state == state
    assert motion.reason_codes
    assert ("extraction_wanted", motion) not in nobody_extracts


def test_a_second_check_changes_nothing(nobody_extracts: list[Any]) -> None:
    motion = checked(moving_clip())
    motion_check(motion=motion)
    assert Decision.objects.count() == 1
    assert len(nobody_extracts) == 1


@pytest.mark.parametrize("step", ["motion_sweep", "probe_motion", "scan_video"])
def test_a_check_that_was_killed_is_found_and_done_again(
    step: str, monkeypatch: pytest.MonkeyPatch, nobody_extracts: list[Any]
) -> None:
    motion = whole(moving_clip())

    def killed(*_given: Any, **_named: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(motion_checks, step, killed)
        with pytest.raises(SystemExit):
            motion_check(motion=motion)
    assert motions_unchecked() == []
    MotionVideo.objects.filter(pk=motion.pk).update(updated_at=timezone.now() - timedelta(minutes=6))
    queued: list[Any] = []
    monkeypatch.setattr(light, "enqueue", lambda name, row_id: queued.append((name, row_id)))
    light.check_cut_off_motions()
    assert queued == [("templates_app.tasks.light.check_motion", motion.pk)]
    light.check_motion(str(motion.pk))
    motion.refresh_from_db()
    assert (motion.state, files_of(motion)) == (MotionState.ACCEPTED, [motion.key])


def test_of_two_checks_at_one_time_only_one_moves_the_video(
    monkeypatch: pytest.MonkeyPatch, nobody_extracts: list[Any]
) -> None:
    motion = whole(moving_clip())
    scan, same = motion_checks.scan_video, MotionVideo.objects.get(pk=motion.pk)

    def meanwhile(**given: Any) -> Any:
        monkeypatch.setattr(motion_checks, "scan_video", scan)
        motion_check(motion=same)
        return scan(**given)

    monkeypatch.setattr(motion_checks, "scan_video", meanwhile)
    motion_check(motion=motion)
    assert motion.state == MotionState.ACCEPTED
    assert nobody_extracts == [("extraction_wanted", motion)]
    assert files_of(motion) == [motion.key]


def test_a_video_whose_part_is_gone_is_abandoned() -> None:
    motion = whole(moving_clip())
    storage.erase(storage.UPLOADS, motion.parts.all()[1].key)
    with TestCase.captureOnCommitCallbacks(execute=True):
        motion_check(motion=motion)
    assert (motion.state, files_of(motion)) == (MotionState.ABANDONED, [])


def test_a_message_for_a_video_that_is_gone_does_nothing() -> None:
    light.check_motion("00000000-0000-0000-0000-000000000000")
    assert not MotionVideo.objects.exists()


def test_a_reviewers_decision_moves_a_video_that_waits(nobody_extracts: list[Any]) -> None:
    motion = checked(moving_clip(DOUBTFUL))
    assert ReviewItem.objects.filter(subject_type="motion_video", subject_id=motion.pk).exists()
    subject = subject_type("motion_video")
    for _twice in range(2):
        subject.on_decision(motion.pk, approved=True, reason_codes=[])
    motion.refresh_from_db()
    assert (motion.state, motion.reason_codes) == (MotionState.ACCEPTED, [])
    assert nobody_extracts == [("extraction_wanted", motion)]
    subject.on_decision(motion.pk, approved=False, reason_codes=["privacy"])
    motion.refresh_from_db()
    assert (motion.state, motion.reason_codes) == (MotionState.BLOCKED, ["privacy"])
    assert nobody_extracts[-1] == ("extraction_unwanted", motion)


def test_nobody_decides_on_a_video_that_is_still_being_checked() -> None:
    motion = whole(moving_clip())
    with pytest.raises(TransitionRefused):
        motion_decide(motion_id=motion.pk, approved=True, reason_codes=[])


def test_reviewers_can_play_the_clip_and_a_rescan_finds_it() -> None:
    motion, subject = accepted_motion(), MotionVideoSubject()
    preview = subject.preview(motion.pk)
    assert preview is not None
    assert (preview.media, preview.url.split("?")[0]) == ("video", f"/media/motions/{motion.pk}")
    assert list(subject.standing_ids()) == [motion.pk]
    with subject.content(motion.pk) as content:
        assert content is not None
        assert content.path is not None
        assert content.path.read_bytes() == moving_clip()
    subject.erase(motion.pk)
    assert (files_of(motion), list(subject.standing_ids()), subject.preview(motion.pk)) == ([], [], None)


def test_an_extraction_is_asked_for_again_by_hand_while_there_is_no_take(nobody_extracts: list[Any]) -> None:
    motion = accepted_motion()
    motion_extract(motion=motion, by=superuser())
    assert nobody_extracts == [("extraction_wanted", motion)]
    with pytest.raises(PermissionRefused):
        motion_extract(motion=motion, by=UserFactory())
    MotionVideo.objects.filter(pk=motion.pk).update(state=MotionState.BLOCKED)
    motion.refresh_from_db()
    with pytest.raises(MotionNotUsable):
        motion_extract(motion=motion, by=superuser())


def test_each_code_of_the_probe_has_a_text(project_root: Any) -> None:
    import re

    source = (project_root / "tongyi_portal" / "vision" / "motion_probe.py").read_text()
    codes = set(re.findall(r'"(motion_[a-z_]+)"', source))
    assert len(codes) > 12
    assert codes - set(MOTION_FAULTS) == set()


def test_a_cut_is_told_with_its_place() -> None:
    fault = {"code": "motion_cuts", "message": "", "details": {"seconds": [3.25, 61.5]}, "is_blocking": True}
    [told] = motion_faults_list([fault])
    assert told["message"] == "The video is not one take: it is cut at 0:03.2, 1:01.5."
