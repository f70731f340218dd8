"""A dance video on its way in: parts, races, what breaks, what expires, what is erased."""

import base64
import hashlib
import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from moderation.models import AuditEntry
from templates_app.models import MotionPart, MotionVideo
from templates_app.motion_errors import (
    MotionChecksumUnknown,
    MotionChecksumWrong,
    MotionGone,
    MotionOffsetWrong,
    MotionPartBroken,
    MotionPartTooLarge,
    MotionPartUnmeasured,
    MotionTooLarge,
)
from templates_app.services import motions
from templates_app.services.motions import motion_append, motion_erase, motion_wipe, motions_expire
from templates_app.states import MotionState
from tests.factories.accounts import UserFactory
from tests.factories.motions import accepted_motion, announced, files_of, send
from tests.factories.templates import TemplateFactory, superuser
from tongyi_portal.common import storage
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motions, "enqueue", lambda _name, _row_id: None)


def sha256_of(part: bytes) -> str:
    return "sha256 " + base64.b64encode(hashlib.sha256(part).digest()).decode()


def test_parts_are_stored_one_after_the_other_until_the_video_is_whole() -> None:
    motion = announced(7)
    send(motion, b"abc")
    assert (motion.state, motion.received_bytes) == (MotionState.RECEIVING, 3)
    send(motion, b"defg")
    assert (motion.state, motion.received_bytes) == (MotionState.CHECKING, 7)
    parts = MotionPart.objects.filter(motion=motion)
    assert [(part.offset, part.length) for part in parts] == [(0, 3), (3, 4)]
    assert b"".join(storage.read_bytes(storage.UPLOADS, part.key) for part in parts) == b"abcdefg"
    actions = AuditEntry.objects.filter(subject_id=str(motion.pk)).order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == [
        "templates.motion.announced",
        "templates.motion.uploaded",
    ]


def test_only_those_who_edit_templates_may_announce_one() -> None:
    with pytest.raises(PermissionRefused):
        announced(10, UserFactory())


def test_a_video_larger_than_the_limit_is_refused_before_a_byte_is_sent(settings: Any) -> None:
    settings.MOTION_MAX_BYTES = 1000
    with pytest.raises(MotionTooLarge):
        announced(1001)
    assert announced(1000).pk


@pytest.mark.parametrize("offset", [0, 2, 4])
def test_a_part_that_does_not_begin_where_the_upload_ends_is_refused(offset: int) -> None:
    motion = send(announced(10), b"abc")
    with pytest.raises(MotionOffsetWrong) as refused:
        send(motion, b"xyz", offset=offset)
    assert refused.value.details == {"offset": 3}
    assert len(files_of(motion)) == 1


def test_of_a_part_whose_connection_breaks_nothing_is_kept() -> None:
    motion = announced(10)
    with pytest.raises(MotionPartBroken):
        send(motion, b"abc", length=5)
    motion.refresh_from_db()
    assert (motion.received_bytes, files_of(motion)) == (0, [])
    assert send(motion, b"abcde").received_bytes == 5


def test_a_connection_that_raises_counts_as_broken() -> None:
    class Gone(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise ConnectionResetError

    motion = announced(10)
    with pytest.raises(MotionPartBroken):
        motion_append(motion=motion, offset=0, length=5, body=Gone(), by=motion.owner)


def test_a_damaged_part_is_refused_and_a_sound_one_is_taken() -> None:
    motion = announced(10)
    with pytest.raises(MotionChecksumWrong):
        send(motion, b"abc", checksum=sha256_of(b"abd"))
    assert files_of(motion) == []
    assert send(motion, b"abc", checksum=sha256_of(b"abc")).received_bytes == 3
    sha1 = "sha1 " + base64.b64encode(hashlib.sha1(b"de").digest()).decode()
    assert send(motion, b"de", checksum=sha1).received_bytes == 5


@pytest.mark.parametrize("checksum", ["md5 aaaa", "sha256 !!", "sha256 YWJj", "sha256", "crc"])
def test_an_unknown_checksum_is_refused(checksum: str) -> None:
    with pytest.raises(MotionChecksumUnknown):
        send(announced(10), b"abc", checksum=checksum)


def test_a_part_has_a_length_and_a_limit(settings: Any) -> None:
    settings.MOTION_PART_MAX_BYTES = 1024
    motion = announced(5000)
    for length in (None, 0):
        with pytest.raises(MotionPartUnmeasured):
            send(motion, b"", length=length)
    with pytest.raises(MotionPartTooLarge):
        send(motion, b"x" * 1025)
    with pytest.raises(MotionTooLarge):
        send(announced(2), b"abc")


@pytest.mark.django_db(transaction=True)
def test_of_two_parts_sent_at_one_offset_one_wins_and_the_other_leaves_nothing() -> None:
    motion = announced(100)
    ready, outcomes = threading.Barrier(2), []

    def race(part: bytes) -> None:
        try:
            mine = MotionVideo.objects.get(pk=motion.pk)
            ready.wait()
            send(mine, part, offset=0)
            outcomes.append("stored")
        except MotionOffsetWrong:
            outcomes.append("refused")
        finally:
            connection.close()

    racers = [threading.Thread(target=race, args=(part,)) for part in (b"aaaa", b"bbbb")]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    motion.refresh_from_db()
    assert sorted(outcomes) == ["refused", "stored"]
    assert motion.received_bytes == 4
    [part] = MotionPart.objects.filter(motion=motion)
    assert files_of(motion) == [part.key]


def test_an_upload_with_which_nobody_goes_on_expires_and_leaves_no_files(settings: Any) -> None:
    idle, alive = send(announced(10), b"abc"), send(announced(10), b"abc")
    before = timezone.now() - timedelta(hours=settings.MOTION_KEEP_HOURS, minutes=1)
    MotionVideo.objects.filter(pk=idle.pk).update(updated_at=before)
    orphan = storage.store_bytes(storage.UPLOADS, storage.motion_part_key(idle.pk, 3), b"of a lost attempt")
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert motions_expire() == 1
    idle.refresh_from_db()
    alive.refresh_from_db()
    assert (idle.state, alive.state) == (MotionState.ABANDONED, MotionState.RECEIVING)
    assert (files_of(idle), len(files_of(alive))) == ([], 1)
    assert not storage.exists(storage.UPLOADS, orphan)
    assert not idle.parts.exists()
    with pytest.raises(MotionGone):
        send(idle, b"def")


def test_erasing_wipes_the_clip_and_may_be_done_twice() -> None:
    motion = accepted_motion()
    with TestCase.captureOnCommitCallbacks(execute=True):
        motion_erase(motion=motion, by=superuser())
        motion_erase(motion=motion, by=superuser())
    motion.refresh_from_db()
    assert motion.erased_at is not None
    assert (motion.key, files_of(motion)) == ("", [])
    assert AuditEntry.objects.filter(action="templates.motion.erased").count() == 1


def test_while_the_storage_fails_the_key_stays_and_wiping_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    motion = accepted_motion()

    def broken(*_given: Any) -> None:
        raise storage.StorageUnavailable

    with monkeypatch.context() as failing:
        failing.setattr(storage, "erase", broken)
        with TestCase.captureOnCommitCallbacks(execute=True):
            motion_erase(motion=motion, by=superuser())
    assert motions.motions_unwiped() == [motion.pk]
    motion_wipe(motion_id=motion.pk)
    assert (motions.motions_unwiped(), files_of(motion)) == ([], [])


def test_only_those_who_edit_templates_may_erase() -> None:
    with pytest.raises(PermissionRefused):
        motion_erase(motion=announced(5, template=TemplateFactory()), by=UserFactory())
