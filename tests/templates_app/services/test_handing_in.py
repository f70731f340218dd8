"""A version is handed in: it is being checked until a task has judged it, whatever happens to the task."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.errors import ReviewWithdrawn
from moderation.models import AuditEntry, Decision, ReviewItem
from moderation.models.scan import Finding
from moderation.services import scanning
from moderation.services.reviews import review_claim, review_resolve
from templates_app.characters.standard import standard_characters
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.services import handing_in
from templates_app.services.handing_in import (
    CHECK_TASK,
    version_check,
    version_submit,
    version_withdraw,
    versions_unchecked,
)
from templates_app.services.publishing import VersionNotCleared, VersionNotInReview, version_publish
from templates_app.services.templates import template_update
from templates_app.services.versions import PreviewsFixed, version_attach_preview
from templates_app.states import VersionState
from templates_app.subjects import TemplateVersionSubject
from templates_app.tasks.light import check_cut_off_versions, check_version
from tests.factories.accounts import user_with
from tests.factories.pictures import moving_webp
from tests.factories.scanners import BLOCKED, COLOUR_AND_WORDS, DOUBTFUL, PASSED
from tests.factories.templates import plain_clip, ready_version, superuser
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.common.registry import LazyRegistry

pytestmark = pytest.mark.django_db
STANDARD = standard_characters("full")[0]


class Killed(BaseException):
    """The worker ends in the middle of its task."""


class BrokenScanner:
    """A scanner that cannot do its work."""

    key, version, accepts = "colour", "1", frozenset({"image", "video_frame"})

    def load(self) -> None:
        raise RuntimeError("no model")

    def scan(self, _item: Any) -> list[Any]:
        raise RuntimeError("no model")


@pytest.fixture(autouse=True)
def colour_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)


def handed_in(colour: tuple[int, int, int] = PASSED) -> TemplateVersion:
    return version_submit(version=ready_version(loop=plain_clip(colour)), by=superuser())


def replace_loop(version: TemplateVersion, colour: tuple[int, int, int]) -> None:
    version_attach_preview(
        version=version,
        kind=PreviewKind.LOOP,
        character=STANDARD,
        data=plain_clip(colour),
        mime="video/mp4",
        width=64,
        height=96,
        by=superuser(),
    )


def during_the_scan(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do it once, after the pictures of the next check were looked at."""
    scans, done = handing_in._scans, []

    def scan_then_act(*args: Any) -> Any:
        yield from scans(*args)
        if not done:
            done.append(True)
            act()

    monkeypatch.setattr(handing_in, "_scans", scan_then_act)


def test_handing_in_only_wakes_the_worker_up(django_capture_on_commit_callbacks: Any) -> None:
    version = ready_version(loop=plain_clip(PASSED))
    with django_capture_on_commit_callbacks() as callbacks:
        version = version_submit(version=version, by=superuser())
    assert (version.state, version.cleared_at, len(callbacks)) == (VersionState.CHECKING, None, 1)
    callbacks[0]()
    version.refresh_from_db()
    assert (version.state, version.cleared_at is not None) == (VersionState.IN_REVIEW, True)


def test_a_version_is_not_handed_in_twice() -> None:
    version = handed_in()
    with pytest.raises(TransitionRefused):
        version_submit(version=TemplateVersion.objects.get(pk=version.pk), by=superuser())
    assert AuditEntry.objects.filter(action="templates.version.submitted").count() == 1


def test_what_is_being_checked_is_neither_published_nor_decided_on_nor_changed() -> None:
    version = handed_in()
    for attempt, fault in (
        (lambda: version_publish(version=version, by=superuser()), TransitionRefused),
        (
            lambda: TemplateVersionSubject().on_decision(version.pk, approved=True, reason_codes=[]),
            VersionNotInReview,
        ),
        (lambda: replace_loop(version, PASSED), PreviewsFixed),
    ):
        with pytest.raises(fault):
            attempt()


@pytest.mark.parametrize(
    ("colour", "state"), [(PASSED, VersionState.IN_REVIEW), (BLOCKED, VersionState.REJECTED)]
)
def test_checking_twice_judges_once(colour: tuple[int, int, int], state: VersionState) -> None:
    version = handed_in(colour)
    for _ in range(2):
        check_version(str(version.pk))
    version.refresh_from_db()
    assert version.state == state
    actions = ["templates.version.cleared", "templates.version.refused"]
    assert AuditEntry.objects.filter(action__in=actions, subject_id=str(version.pk)).count() == 1


def test_a_check_that_was_killed_is_taken_up_again(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    version = handed_in()
    with monkeypatch.context() as patch:

        def die() -> None:
            raise Killed

        during_the_scan(patch, die)
        with pytest.raises(Killed):
            check_version(str(version.pk))
    version.refresh_from_db()
    assert (version.state, versions_unchecked()) == (VersionState.CHECKING, [])
    TemplateVersion.objects.update(updated_at=timezone.now() - timedelta(minutes=6))
    with django_capture_on_commit_callbacks(execute=True):
        check_cut_off_versions()
    version.refresh_from_db()
    assert (version.state, version.cleared_at is not None) == (VersionState.IN_REVIEW, True)


def test_a_check_shows_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    version = handed_in()
    TemplateVersion.objects.update(updated_at=timezone.now() - timedelta(minutes=6))
    waiting: list[Any] = []
    during_the_scan(monkeypatch, lambda: waiting.append(versions_unchecked()))
    assert versions_unchecked() == [version.pk]
    version_check(version=version)
    assert waiting == [[]]


def test_a_scanner_that_fails_leaves_the_version_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    table: LazyRegistry[Any] = LazyRegistry({"colour": f"{__name__}:BrokenScanner"})
    monkeypatch.setattr(scanning, "SCANNERS", table)
    version = version_check(version=handed_in())
    assert (version.state, version.cleared_at) == (VersionState.IN_REVIEW, None)
    assert ReviewItem.objects.filter(subject_id=version.pk, state="open").exists()
    with pytest.raises(VersionNotCleared):
        version_publish(version=version, by=superuser())


def test_a_forbidden_frame_in_the_midst_of_the_small_moving_picture_is_found() -> None:
    frames = [PASSED, (111, 120, 115)] * 12
    frames[5] = BLOCKED
    moving = moving_webp(frames)
    version = version_submit(version=ready_version(loop=plain_clip(PASSED), moving=moving), by=superuser())
    version = version_check(version=version)
    assert (version.state, version.reason_codes) == (VersionState.REJECTED, ["sexual_explicit"])
    (finding,) = Finding.objects.filter(scan_run__subject_id=version.pk, category="sexual_explicit")
    assert finding.seconds == 0.625


def test_a_moving_picture_without_a_fault_is_cleared() -> None:
    moving = moving_webp([PASSED, (111, 120, 115)] * 12)
    version = version_submit(version=ready_version(loop=plain_clip(PASSED), moving=moving), by=superuser())
    assert version_check(version=version).cleared_at is not None
    with TemplateVersionSubject().content(version.pk) as content:
        assert content is not None
        assert [part.medium for part in content.parts] == ["video"] * 5 + ["image", "text"]


def test_a_preview_that_is_gone_sends_the_version_back() -> None:
    version = handed_in(DOUBTFUL)
    storage.erase(storage.PREVIEWS, version.previews.get(kind=PreviewKind.THUMB).key)
    version = version_check(version=version)
    assert (version.state, version.reason_codes) == (VersionState.READY, ["previews_unreadable"])
    assert not ReviewItem.objects.filter(subject_id=version.pk, state="open").exists()
    newest = AuditEntry.objects.latest("sequence")
    assert (newest.action, newest.subject_id) == ("templates.version.returned", str(version.pk))


@pytest.mark.parametrize("colour", [PASSED, DOUBTFUL, BLOCKED])
def test_one_that_is_taken_back_during_its_check_waits_for_nobody(
    colour: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = handed_in(colour)
    during_the_scan(monkeypatch, lambda: version_withdraw(version=version, by=superuser()))
    version = version_check(version=version)
    assert (version.state, version.cleared_at, version.reason_codes) == (VersionState.READY, None, [])
    assert not ReviewItem.objects.filter(subject_id=version.pk, state="open").exists()


def test_words_that_change_during_the_check_are_checked_as_well(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    version = handed_in()
    during_the_scan(
        monkeypatch,
        lambda: template_update(template=version.template, by=superuser(), name_en="Online casino"),
    )
    with django_capture_on_commit_callbacks(execute=True):
        version_check(version=version)
    version.refresh_from_db()
    assert (version.state, version.reason_codes) == (VersionState.REJECTED, ["regulated_goods"])


def test_a_decision_on_the_old_previews_does_not_clear_the_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    version = version_check(version=handed_in(DOUBTFUL))
    item = ReviewItem.objects.get(subject_id=version.pk)
    moderator = user_with(roles.MODERATOR)
    review_claim(item, moderator)
    version_withdraw(version=version, by=superuser())
    replace_loop(version, (210, 200, 10))

    def decide() -> None:
        with pytest.raises(ReviewWithdrawn):
            review_resolve(item, moderator, True, "", "")

    version_submit(version=version, by=superuser())
    with monkeypatch.context() as patch:
        scans = handing_in._scans

        def decide_then_scan(*args: Any) -> Any:
            decide()
            yield from scans(*args)

        patch.setattr(handing_in, "_scans", decide_then_scan)
        version = version_check(version=version)
    assert (version.state, version.cleared_at) == (VersionState.IN_REVIEW, None)
    assert version.reason_codes == ["sexual_nudity"]
    assert ReviewItem.objects.filter(subject_id=version.pk, state="open").count() == 1
    assert not Decision.objects.filter(subject_id=version.pk, by=moderator).exists()


def test_previews_that_were_exchanged_meanwhile_are_judged_themselves(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    version = handed_in()

    def exchange() -> None:
        version_withdraw(version=version, by=superuser())
        replace_loop(version, BLOCKED)
        version_submit(version=version, by=superuser())

    during_the_scan(monkeypatch, exchange)
    with django_capture_on_commit_callbacks(execute=True):
        version_check(version=version)
    version.refresh_from_db()
    assert (version.state, version.reason_codes) == (VersionState.REJECTED, ["sexual_explicit"])


def test_the_task_has_the_name_that_wakes_it() -> None:
    assert check_version.name == CHECK_TASK
