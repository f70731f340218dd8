"""Versions: numbers, immutability, review, publishing, rolling back, taking down."""

from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from moderation.errors import OwnContentRefused, ReviewWithdrawn
from moderation.models import AuditEntry, Decision, ReviewItem
from moderation.services import scanning
from moderation.services.audit import audit_verify
from moderation.services.decisions import decision_override
from moderation.services.reviews import review_claim, review_claim_next, review_resolve
from moderation.taxonomy import Verdict
from templates_app.characters.standard import standard_characters
from templates_app.curation_selectors import live_since, version_history, versions_waiting_for
from templates_app.models import PreviewKind, RightsRecord, TemplateVersion, VersionFrozen
from templates_app.selectors import templates_live
from templates_app.services.drafting import version_join
from templates_app.services.editing import version_edit, version_from
from templates_app.services.gates import (
    PreviewMissing,
    RightsIncomplete,
    RightsNotInForce,
    VersionNeedsSecondPerson,
    previews_missing,
)
from templates_app.services.handing_in import version_check, version_submit, version_withdraw
from templates_app.services.preparing import version_choose_cover
from templates_app.services.publishing import (
    VersionNotCleared,
    VersionNotInReview,
    content_digest,
    template_retire,
    version_publish,
    version_retire,
)
from templates_app.services.rights import rights_update
from templates_app.services.scheduling import version_schedule
from templates_app.services.versions import (
    PoseFileInvalid,
    PreviewsFixed,
    version_attach_preview,
    version_create,
    version_poses,
)
from templates_app.states import VersionState
from templates_app.subjects import TemplateVersionSubject
from tests.factories.accounts import UserFactory, user_with
from tests.factories.scanners import BLOCKED, COLOUR_AND_WORDS, DOUBTFUL, PASSED
from tests.factories.templates import (
    HANDMADE_RIGHTS,
    TemplateFactory,
    attach_previews,
    cleared_version,
    give_rights,
    live_template,
    plain_clip,
    plain_jpeg,
    ready_version,
    superuser,
    tiny_poses,
    version_of,
)
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused
from tongyi_portal.common.registry import LazyRegistry

pytestmark = pytest.mark.django_db
STANDARD = standard_characters("full")[0]


@pytest.fixture(autouse=True)
def colour_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)


def submitted(colour: tuple[int, int, int] = PASSED) -> TemplateVersion:
    return handed_in(ready_version(loop=plain_clip(colour)))


def handed_in(version: TemplateVersion, by: User | None = None) -> TemplateVersion:
    """Handed in, and checked as the worker does it."""
    return version_check(version=version_submit(version=version, by=by or superuser()))


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


def decide(version: TemplateVersion, approved: bool) -> TemplateVersion:
    TemplateVersionSubject().on_decision(version.pk, approved=approved, reason_codes=["other"])
    version.refresh_from_db()
    return version


def test_versions_are_numbered_and_know_their_movement() -> None:
    template = TemplateFactory()
    first, second = version_of(template, bpm=126.0), version_of(template, poses=tiny_poses(frames=24))
    assert [first.number, second.number] == [1, 2]
    assert (second.frame_count, second.people_count, second.duration_seconds) == (24, 1, 2.0)
    assert (first.state, first.bpm, first.is_loop) == (VersionState.READY, 126.0, True)
    assert version_poses(second).points.shape == (24, 1, 33, 3)


def test_the_same_movement_is_stored_once() -> None:
    assert version_of().pose_key == version_of().pose_key


def test_a_pose_file_that_was_changed_is_noticed() -> None:
    version = version_of(poses=tiny_poses(frames=17))  # a file that no other test reads
    storage.erase(storage.UPLOADS, version.pose_key)
    storage.store_bytes(storage.UPLOADS, version.pose_key, b"something else")
    with pytest.raises(PoseFileInvalid):
        version_poses(version)


def test_nobody_publishes_what_cannot_be_seen() -> None:
    with pytest.raises(PreviewMissing) as refusal:
        version_submit(version=version_of(), by=superuser())
    assert refusal.value.details["missing"] == ["cover", "skeleton", "thumb", "loop"]


def test_a_version_whose_previews_pass_can_be_published() -> None:
    version = submitted()
    assert (version.state, version.cleared_at is not None) == (VersionState.IN_REVIEW, True)
    version = version_publish(version=version, by=superuser())
    assert version.state == VersionState.PUBLISHED
    assert templates_live(UserFactory()).get() == version.template


def test_a_doubtful_preview_waits_for_a_person() -> None:
    version = submitted(DOUBTFUL)
    assert (version.state, version.cleared_at) == (VersionState.IN_REVIEW, None)
    with pytest.raises(VersionNotCleared):
        version_publish(version=version, by=superuser())
    assert decide(version, approved=True).cleared_at is not None
    assert version_publish(version=version, by=superuser()).state == VersionState.PUBLISHED


def test_a_blocked_preview_rejects_the_version() -> None:
    version = submitted(BLOCKED)
    assert (version.state, version.reason_codes) == (VersionState.REJECTED, ["sexual_explicit"])


@pytest.mark.parametrize(
    ("words", "state", "reasons"),
    [
        ({"name_en": "Online casino"}, VersionState.REJECTED, ["regulated_goods"]),
        ({"description_zh": "堵博网占"}, VersionState.IN_REVIEW, ["regulated_goods"]),
        ({"description_zh": "一支欢快的舞"}, VersionState.IN_REVIEW, []),
    ],
)
def test_the_words_of_a_template_are_judged_with_its_previews(
    words: dict[str, str], state: VersionState, reasons: list[str]
) -> None:
    version = ready_version(TemplateFactory(**words), loop=plain_clip(PASSED))
    version = handed_in(version)
    assert (version.state, version.reason_codes) == (state, reasons)
    assert (version.cleared_at is not None) is not bool(reasons)
    shown = TemplateVersionSubject().preview(version.pk)
    assert shown is not None
    assert set(words.values()) <= set(shown.text.splitlines())
    with TemplateVersionSubject().content(version.pk) as content:
        assert content is not None
        assert content.parts[-1].text == shown.text


def test_a_refused_live_version_leaves_the_library_at_once() -> None:
    version = live_template().live_version
    assert version is not None
    assert decide(version, approved=False).state == VersionState.REJECTED
    assert not templates_live(UserFactory()).exists()
    assert decide(version, approved=True).state == VersionState.IN_REVIEW
    assert version_publish(version=version, by=superuser()).state == VersionState.PUBLISHED


def test_a_version_can_be_taken_back_from_review() -> None:
    version = version_withdraw(version=submitted(), by=superuser())
    assert (version.state, version.cleared_at) == (VersionState.READY, None)


def test_a_version_that_was_taken_back_waits_for_nobody() -> None:
    version = submitted(DOUBTFUL)
    item = ReviewItem.objects.get(subject_id=version.pk)
    moderator = user_with(roles.MODERATOR)
    review_claim(item, moderator)
    version_withdraw(version=version, by=superuser())
    for approve in (True, False):
        with pytest.raises(ReviewWithdrawn):
            review_resolve(item, moderator, approve, "" if approve else "other", "")
        with pytest.raises(VersionNotInReview):
            decide(version, approved=approve)
    version.refresh_from_db()
    assert (version.state, version.cleared_at) == (VersionState.READY, None)


def test_a_rejected_version_is_not_handed_in_again() -> None:
    version = decide(submitted(DOUBTFUL), approved=False)
    with pytest.raises(TransitionRefused):
        version_submit(version=version, by=superuser())
    assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.REJECTED


def test_one_blocked_preview_rejects_the_version_although_another_was_only_doubtful() -> None:
    version = ready_version(loop=plain_clip(BLOCKED))
    cover = cv2.imencode(".jpg", np.full((96, 64, 3), DOUBTFUL[::-1], np.uint8))[1].tobytes()
    version_attach_preview(
        version=version,
        kind=PreviewKind.COVER,
        character=STANDARD,
        data=cover,
        mime="image/jpeg",
        width=64,
        height=96,
        by=superuser(),
    )
    version = handed_in(version)
    assert version.state == VersionState.REJECTED
    assert review_claim_next(user_with(roles.MODERATOR)) is None
    assert decide(version, approved=True).state == VersionState.REJECTED  # nobody overrode the block
    blocks = Decision.objects.filter(subject_id=version.pk, verdict=Verdict.BLOCK)
    assert len(blocks) == 4  # three loops, and the skeleton clip, which is the same file in this test
    for block in blocks:
        version.refresh_from_db()
        assert version.state == VersionState.REJECTED
        senior = user_with(roles.SENIOR_MODERATOR)
        decision_override(decision=block, by=senior, approve=True, reason_code="", note="")
    version.refresh_from_db()
    assert (version.state, version.cleared_at is not None) == (VersionState.IN_REVIEW, True)


@pytest.mark.parametrize("colour", [PASSED, DOUBTFUL, BLOCKED])
def test_previews_that_moderation_has_seen_cannot_be_exchanged(colour: tuple[int, int, int]) -> None:
    version = submitted(colour)
    kept = version.previews.get(kind=PreviewKind.LOOP, character=STANDARD)
    with pytest.raises(PreviewsFixed):
        replace_loop(version, (90, 90, 90))
    assert version.previews.get(kind=PreviewKind.LOOP, character=STANDARD) == kept
    assert storage.keys_below(storage.PREVIEWS, str(version.pk)).count(kept.key) == 1
    assert len(storage.keys_below(storage.PREVIEWS, str(version.pk))) == 6


def test_a_preview_whose_row_is_refused_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    version = version_of()
    store = storage.store_bytes

    def store_while_it_is_handed_in(alias: str, key: str, data: bytes) -> str:
        TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.IN_REVIEW)
        return store(alias, key, data)

    monkeypatch.setattr(storage, "store_bytes", store_while_it_is_handed_in)
    with pytest.raises(PreviewsFixed):
        replace_loop(version, PASSED)
    assert storage.keys_below(storage.PREVIEWS, str(version.pk)) == []
    assert not version.previews.exists()


@pytest.mark.django_db(transaction=True)
def test_files_are_stored_outside_of_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    store, inside = storage.store_bytes, []

    def watched(alias: str, key: str, data: bytes) -> str:
        inside.append(connection.in_atomic_block)
        return store(alias, key, data)

    monkeypatch.setattr(storage, "store_bytes", watched)
    attach_previews(version_of(poses=tiny_poses(frames=31)))
    assert inside
    assert not any(inside)


def test_publishing_retires_the_version_before_it_and_rolling_back_reverses_that() -> None:
    template = live_template()
    first = template.live_version
    assert first is not None
    second = ready_version(template, loop=plain_clip(PASSED))
    version_publish(version=handed_in(second), by=superuser())
    first.refresh_from_db()
    template.refresh_from_db()
    assert (first.state, template.live_version) == (VersionState.RETIRED, second)
    published_at = first.published_at
    version_publish(version=first, by=superuser())
    second.refresh_from_db()
    template.refresh_from_db()
    assert (second.state, template.live_version) == (VersionState.RETIRED, first)
    assert first.published_at == published_at


@pytest.mark.parametrize("who", ["created_by", "submitted_by"])
def test_whoever_made_or_handed_in_a_version_does_not_publish_it(who: str, settings: Any) -> None:
    version = cleared_version()
    TemplateVersion.objects.filter(pk=version.pk).update(**{who: (person := superuser())})
    with pytest.raises(VersionNeedsSecondPerson) as refusal:
        version_publish(version=version, by=person)
    assert refusal.value.code == "version_needs_second_person"
    settings.TEMPLATE_FOUR_EYES = False
    assert version_publish(version=version, by=person).state == VersionState.PUBLISHED


def passed(version: TemplateVersion) -> TemplateVersion:
    """As if its maker had handed it in and moderation had cleared it."""
    fields = {"state": VersionState.IN_REVIEW, "cleared_at": timezone.now()}
    TemplateVersion.objects.filter(pk=version.pk).update(submitted_by=version.created_by, **fields)
    version.refresh_from_db()
    return version


def edited(version: TemplateVersion, by: User) -> TemplateVersion:
    mirrored = {**version.edits, "mirror": True}
    return version_edit(version=version, by=by, revision=version.edits_revision, edits=mirrored)


def draft_of(by: User) -> TemplateVersion:
    draft = version_from(version=live_template().live_version, by=by)
    give_rights(draft)
    return draft


class TestFourEyes:
    @pytest.fixture
    def second(self) -> User:
        return superuser()

    def assert_another_must(self, version: TemplateVersion, second: User) -> None:
        """Neither publishes nor schedules it, nor brings it back; a third person does."""
        tomorrow = timezone.now() + timedelta(days=1)
        assert version not in versions_waiting_for(second)
        with pytest.raises(VersionNeedsSecondPerson):
            version_publish(version=version, by=second)
        with pytest.raises(VersionNeedsSecondPerson):
            version_schedule(version=version, by=second, publish_at=tomorrow)
        third = superuser()
        assert version in versions_waiting_for(third)
        version_retire(version=version_publish(version=version, by=third), by=third)
        with pytest.raises(VersionNeedsSecondPerson):
            version_publish(version=version, by=second)
        assert version_publish(version=version, by=third).state == VersionState.PUBLISHED

    def test_whoever_edited_another_ones_draft_does_not_publish_it(self, second: User) -> None:
        draft = edited(draft_of(superuser()), second)
        draft = edited(draft, draft.created_by)  # what the maker does after that hides nothing
        self.assert_another_must(passed(draft), second)

    def test_whoever_chose_its_cover_before_that_does_not_publish_it(self, second: User) -> None:
        version = ready_version(still=plain_jpeg())
        cover = version.previews.get(kind=PreviewKind.COVER)
        version_choose_cover(version=version, preview_id=cover.pk, by=second)
        self.assert_another_must(passed(version), second)

    def test_a_copy_does_not_forget_who_made_what_was_never_published(self, second: User) -> None:
        draft = version_from(version=edited(draft_of(superuser()), second), by=superuser())
        give_rights(draft)
        self.assert_another_must(passed(draft), second)
        whole = version_from(
            version=version_create(template=draft.template, poses=tiny_poses(), by=second), by=superuser()
        )
        give_rights(whole)
        self.assert_another_must(passed(whole), second)

    def test_a_join_does_not_forget_them_either(self, second: User) -> None:
        first = version_create(template=TemplateFactory(), poses=tiny_poses(), by=second)
        with_another = {"template": first.template, "first": first, "second": version_of(first.template)}
        joined = version_join(**with_another, blend_seconds=0.3, by=superuser())
        give_rights(joined)
        self.assert_another_must(passed(joined), second)

    def test_a_copy_of_a_published_version_is_its_copiers_alone(self, second: User) -> None:
        source = live_template().live_version
        TemplateVersion.objects.filter(pk=source.pk).update(created_by=second)
        draft = version_from(version=source, by=superuser())
        give_rights(draft)
        assert version_publish(version=passed(draft), by=second).state == VersionState.PUBLISHED

    def test_whoever_changed_a_version_does_not_decide_on_it_in_moderation(self) -> None:
        version = submitted(DOUBTFUL)
        item = ReviewItem.objects.get(subject_id=version.pk)
        moderator = user_with(roles.MODERATOR)
        version.contributors.add(moderator)
        review_claim(item, moderator)
        with pytest.raises(OwnContentRefused):
            review_resolve(item, moderator, True, "", "")


def test_whoever_handed_a_version_in_does_not_decide_on_it() -> None:
    version = submitted(DOUBTFUL)
    item = ReviewItem.objects.get(subject_id=version.pk)
    moderator = user_with(roles.MODERATOR)
    TemplateVersion.objects.filter(pk=version.pk).update(submitted_by=moderator)
    review_claim(item, moderator)
    with pytest.raises(OwnContentRefused):
        review_resolve(item, moderator, True, "", "")
    version.refresh_from_db()
    assert version.cleared_at is None


@pytest.mark.parametrize("lacking", [{"source_owner": ""}, {"is_confirmed": False}])
def test_a_version_without_complete_rights_is_not_handed_in_or_published(
    lacking: dict[str, Any],
) -> None:
    version = ready_version(loop=plain_clip(PASSED), rights=False)
    give_rights(version, **lacking)
    with pytest.raises(RightsIncomplete) as refusal:
        version_submit(version=version, by=superuser())
    assert refusal.value.details["missing"] == list(lacking)
    assert len(refusal.value.details["labels"]) == 1
    cleared = cleared_version()
    RightsRecord.objects.filter(version=cleared).update(**lacking)
    with pytest.raises(RightsIncomplete):
        version_publish(version=cleared, by=superuser())


def test_rights_must_cover_the_country_of_the_site(settings: Any) -> None:
    version = cleared_version()
    RightsRecord.objects.filter(version=version).update(territory=["JP"])
    settings.SITE_TERRITORY = "CN"
    with pytest.raises(RightsNotInForce) as refusal:
        version_publish(version=version, by=superuser())
    assert refusal.value.details["territory"] == "CN"
    settings.SITE_TERRITORY = "JP"
    assert version_publish(version=version, by=superuser()).state == VersionState.PUBLISHED


def test_every_step_is_in_the_audit_chain() -> None:
    maker, publisher = superuser(), superuser()
    version = ready_version(loop=plain_clip(PASSED))
    handed_in(version, maker)
    version_withdraw(version=version, by=maker)
    handed_in(version, maker)
    version_publish(version=version, by=publisher)
    template_retire(template=version.template, by=maker)
    version.refresh_from_db()
    version_publish(version=version, by=publisher)
    steps = [(step.action.rpartition(".")[2], step.by) for step in reversed(version_history(version))]
    assert steps == [
        ("submitted", maker), ("cleared", None), ("withdrawn", maker),
        ("submitted", maker), ("cleared", None),
        ("published", publisher), ("retired", maker), ("published", publisher),
    ]  # fmt: skip
    newest = AuditEntry.objects.latest("sequence")
    digest = content_digest(TemplateVersion.objects.get(pk=version.pk))
    assert newest.data == {"from": "retired", "is_rollback": True, "content_sha256": digest}
    assert live_since([version.pk])[version.pk].by == publisher
    assert audit_verify().is_intact


def test_a_loop_of_fewer_than_three_standard_characters_is_not_enough() -> None:
    version = ready_version(loop=plain_clip(PASSED))
    version.previews.filter(kind=PreviewKind.LOOP).latest("created_at").delete()
    assert previews_missing(version) == ["loop"]


def test_a_draft_cannot_jump_to_published() -> None:
    with pytest.raises(TransitionRefused):
        version_publish(version=version_of(), by=superuser())


def test_retiring_a_template_takes_it_from_the_library_and_is_safe_twice() -> None:
    template = live_template()
    for _ in range(2):
        template = template_retire(template=template, by=superuser())
    assert template.live_version is None
    assert template.versions.get().state == VersionState.RETIRED


class TestPublishedVersionsAreImmutable:
    def published(self) -> TemplateVersion:
        version = live_template().live_version
        assert version is not None
        return version

    def test_saving_other_content_is_refused(self) -> None:
        version = self.published()
        version.bpm = 99.0
        with pytest.raises(VersionFrozen) as refusal:
            version.save()
        assert refusal.value.details == {"fields": ["bpm"]}

    def test_updating_other_content_is_refused(self) -> None:
        self.published()
        with pytest.raises(VersionFrozen):
            TemplateVersion.objects.update(pose_key="elsewhere")

    def test_it_stays_immutable_after_it_was_retired(self) -> None:
        version = self.published()
        template_retire(template=version.template, by=superuser())
        with pytest.raises(VersionFrozen):
            TemplateVersion.objects.filter(pk=version.pk).update(frame_count=1)

    def test_saving_it_unchanged_is_allowed(self) -> None:
        version = self.published()
        version.save()
        assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.PUBLISHED

    def test_its_previews_cannot_be_replaced(self) -> None:
        with pytest.raises(VersionFrozen):
            attach_previews(self.published())

    def test_a_version_before_publication_may_change(self) -> None:
        version = version_of()
        version.bpm = 99.0
        version.save()
        assert TemplateVersion.objects.get(pk=version.pk).bpm == 99.0


def test_a_new_preview_replaces_the_one_of_its_kind_and_character() -> None:
    version = version_of()
    attach_previews(version)
    first = version.previews.get(kind=PreviewKind.COVER)
    attach_previews(version)
    assert version.previews.count() == 6
    assert version.previews.get(kind=PreviewKind.COVER).pk != first.pk


@pytest.mark.parametrize("role", [roles.MODERATOR, roles.ANALYST, roles.APP])
def test_only_curators_touch_the_library(role: str) -> None:
    stranger, version = user_with(role), version_of()
    preview = {"version": version, "kind": PreviewKind.COVER, "mime": "image/jpeg", "width": 1, "height": 1}
    for attempt in (
        lambda: version_create(template=version.template, poses=tiny_poses(), by=stranger),
        lambda: version_attach_preview(**preview, data=b"", by=stranger),
        lambda: version_submit(version=version, by=stranger),
        lambda: version_withdraw(version=version, by=stranger),
        lambda: version_publish(version=version, by=stranger),
        lambda: template_retire(template=version.template, by=stranger),
    ):
        with pytest.raises(PermissionRefused):
            attempt()


def test_a_curator_may_do_all_of_it() -> None:
    curator = user_with(roles.CURATOR)
    version = version_create(template=TemplateFactory(), poses=tiny_poses(), by=curator)
    attach_previews(version, loop=plain_clip(PASSED))
    rights_update(version=version, by=curator, changes=HANDMADE_RIGHTS)
    version_publish(version=handed_in(version, curator), by=user_with(roles.CURATOR))
    assert template_retire(template=version.template, by=curator).live_version is None
