"""Trying covers out: who sees which, what is counted, and what comes of it."""

import uuid
from typing import Any

import pytest
from django.core.cache import cache

from generation.services.jobs import job_submit
from moderation.models import AuditEntry
from templates_app.models import CoverTest, CoverVariant, CoverView, Preview, TemplateVersion
from templates_app.services.covers import (
    CoverNotFitting,
    CoverTestNotPossible,
    CoverTestOver,
    VariantsInvalid,
    cover_picked,
    cover_test_end,
    cover_test_results,
    cover_test_start,
    cover_view_record,
    variant_for,
    viewer_of,
)
from templates_app.services.gates import VersionNeedsSecondPerson
from templates_app.states import VersionState
from tests.factories.accounts import app_client, user_with
from tests.factories.generation import UploadFactory
from tests.factories.templates import live_template, superuser, version_of
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def cover(version: TemplateVersion, character: str, kind: str = "cover") -> Preview:
    made: Preview = Preview.objects.create(
        version=version,
        kind=kind,
        character=character,
        key=f"previews/{uuid.uuid4()}",
        mime="image/jpeg",
        width=64,
        height=96,
        byte_size=1,
        sha256="0" * 64,
    )
    return made


@pytest.fixture
def version() -> TemplateVersion:
    cache.clear()
    live = live_template(slug="kemusan").live_version
    assert live is not None
    for character in ("one", "two"):
        cover(live, character)
    return live


def covers_of(version: TemplateVersion) -> list[Preview]:
    return list(version.previews.filter(kind="cover").order_by("character"))


def start(version: TemplateVersion, weights: tuple[int, ...] = (1, 1)) -> CoverTest:
    variants = list(zip(covers_of(version), weights, strict=True))
    return cover_test_start(version=version, variants=variants, by=superuser())


class TestWhoSeesWhich:
    def test_each_cover_gets_its_share_by_weight(self, version: TemplateVersion) -> None:
        test = start(version, (3, 1))
        variants = list(test.variants.order_by("pk"))
        seen = [variant_for(variants, viewer_of(test.pk, uuid.UUID(int=number))) for number in range(4000)]
        assert 0.72 < seen.count(variants[0]) / 4000 < 0.78

    def test_an_account_sees_the_same_cover_everywhere_and_always(self, version: TemplateVersion) -> None:
        start(version)
        client, _user = app_client()
        listed = {client.get("/api/v1/templates").json()["results"][0]["cover"]["id"] for _ in range(3)}
        detail = client.get("/api/v1/templates/kemusan").json()["cover"]["id"]
        assert listed == {detail}

    def test_among_many_accounts_every_cover_is_seen(self, version: TemplateVersion) -> None:
        start(version)
        shown = {app_client()[0].get("/api/v1/templates/kemusan").json()["cover"]["id"] for _ in range(12)}
        assert shown == {str(one.pk) for one in covers_of(version)}

    def test_two_tests_share_their_viewers_out_anew(self) -> None:
        account = uuid.uuid4()
        assert viewer_of(uuid.uuid4(), account) != viewer_of(uuid.uuid4(), account)

    def test_the_digest_does_not_hold_the_account_and_needs_the_key(self, settings: Any) -> None:
        test_id, account = uuid.uuid4(), uuid.uuid4()
        digest = viewer_of(test_id, account)
        settings.SECRET_KEY = "another"
        assert (account.hex in digest, viewer_of(test_id, account) == digest) == (False, False)


class TestCounting:
    def test_a_viewer_is_counted_once_however_often_the_list_is_read(
        self, version: TemplateVersion, django_capture_on_commit_callbacks: Any
    ) -> None:
        test = start(version)
        client, user = app_client()
        for _ in range(3):
            with django_capture_on_commit_callbacks(execute=True):
                client.get("/api/v1/templates")
            cache.clear()  # as in another process
        (view,) = CoverView.objects.all()
        assert (view.viewer, view.picked_at) == (viewer_of(test.pk, user.pk), None)

    def test_the_list_itself_writes_nothing_and_asks_once_more(
        self, version: TemplateVersion, django_assert_num_queries: Any
    ) -> None:
        client, _user = app_client()
        client.get("/api/v1/templates")
        start(version)
        with django_assert_num_queries(7) as asked:
            client.get("/api/v1/templates")
        assert [query["sql"] for query in asked.captured_queries if "INSERT" in query["sql"]] == []

    def test_a_list_is_answered_while_views_cannot_be_counted(
        self,
        version: TemplateVersion,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        start(version)

        def refuse(*_args: Any, **_kwargs: Any) -> None:
            raise OSError("no broker")

        monkeypatch.setattr("templates_app.tasks.light.record_cover_view.apply_async", refuse)
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            assert app_client()[0].get("/api/v1/templates").status_code == 200
        assert (len(callbacks), CoverView.objects.count()) == (1, 0)

    def test_who_makes_a_video_with_it_has_picked_it(
        self, version: TemplateVersion, django_capture_on_commit_callbacks: Any
    ) -> None:
        start(version)
        client, user = app_client()
        with django_capture_on_commit_callbacks(execute=True):
            client.get("/api/v1/templates")
        params = {
            "duration_seconds": 2,
            "size": "432x768",
            "fps": 24,
            "template": "kemusan",
            "with_music": True,
        }
        photo = UploadFactory(owner=user)
        for _ in range(2):
            job_submit(by=user, kind_key="dance_video", params={**params, "photo": photo.pk})
        assert [view.picked_at is not None for view in CoverView.objects.all()] == [True]

    def test_who_was_never_shown_a_cover_did_not_pick_it(self, version: TemplateVersion) -> None:
        start(version)
        cover_picked(version=version, account_id=uuid.uuid4())
        assert CoverView.objects.count() == 0

    def test_without_a_test_a_job_costs_one_query_more(
        self, version: TemplateVersion, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            cover_picked(version=version, account_id=uuid.uuid4())
        cover_picked(version=None, account_id=uuid.uuid4())
        assert CoverView.objects.count() == 0

    def test_after_the_end_nothing_is_counted(self, version: TemplateVersion) -> None:
        test = start(version)
        variant = test.variants.first()
        assert variant is not None
        cover_test_end(test=test, winner=None, by=superuser())
        cover_view_record(variant_id=variant.pk, viewer="x")
        cover_picked(version=version, account_id=uuid.uuid4())
        assert CoverView.objects.count() == 0


class TestEnding:
    def test_the_winner_is_what_everybody_sees_then(
        self, version: TemplateVersion, django_capture_on_commit_callbacks: Any
    ) -> None:
        test = start(version)
        winner = test.variants.order_by("pk")[1]
        client, _user = app_client()
        tag = client.get("/api/v1/templates")["ETag"]
        with django_capture_on_commit_callbacks(execute=True):
            cover_test_end(test=test, winner=winner, by=superuser())
        answer = client.get("/api/v1/templates", headers={"If-None-Match": tag})
        assert answer.json()["results"][0]["cover"]["id"] == str(winner.preview_id)
        other = app_client()[0].get("/api/v1/templates/kemusan").json()
        assert other["cover"]["id"] == str(winner.preview_id)

    def test_without_a_winner_the_cover_from_before_is_back(self, version: TemplateVersion) -> None:
        cover_test_end(test=start(version), winner=None, by=superuser())
        version.refresh_from_db()
        assert version.cover is None

    def test_a_test_ends_once(self, version: TemplateVersion) -> None:
        test = start(version)
        cover_test_end(test=test, winner=None, by=superuser())
        with pytest.raises(CoverTestOver):
            cover_test_end(test=test, winner=None, by=superuser())

    def test_a_variant_of_another_test_cannot_win(self, version: TemplateVersion) -> None:
        first = start(version)
        cover_test_end(test=first, winner=None, by=superuser())
        with pytest.raises(CoverNotFitting):
            cover_test_end(test=start(version), winner=first.variants.first(), by=superuser())

    def test_start_and_end_stand_in_the_audit_chain(self, version: TemplateVersion) -> None:
        test = start(version)
        cover_test_end(test=test, winner=test.variants.order_by("pk")[0], by=superuser())
        told = AuditEntry.objects.filter(subject_id=str(test.pk)).order_by("sequence")
        assert [entry.action for entry in told] == [
            "templates.cover_test.started",
            "templates.cover_test.ended",
        ]
        assert told[1].data["winner"] == str(covers_of(version)[0].pk)


def test_the_results_have_their_intervals(version: TemplateVersion) -> None:
    test = start(version)
    first, second = test.variants.order_by("pk")
    for number in range(40):
        cover_view_record(variant_id=first.pk, viewer=f"a{number}")
    CoverView.objects.filter(viewer__in=[f"a{number}" for number in range(10)]).update(
        picked_at=test.created_at
    )
    one, two = cover_test_results(test)
    assert (one.variant, one.shown, one.picked) == (first, 40, 10)
    assert one.share is not None
    assert (one.share.value, round(one.share.low, 3), round(one.share.high, 3)) == (0.25, 0.142, 0.402)
    assert (two.variant, two.shown, two.share) == (second, 0, None)


class TestRefusals:
    @pytest.mark.parametrize("weights", [(0, 1), (1, 1001), (1, -1)])
    def test_weights_are_from_one_to_a_thousand(
        self, version: TemplateVersion, weights: tuple[int, int]
    ) -> None:
        with pytest.raises(VariantsInvalid):
            start(version, weights)

    def test_one_cover_or_the_same_one_twice_is_no_test(self, version: TemplateVersion) -> None:
        only = covers_of(version)[0]
        for variants in ([(only, 1)], [(only, 1), (only, 1)], []):
            with pytest.raises(VariantsInvalid):
                cover_test_start(version=version, variants=variants, by=superuser())

    def test_only_covers_of_this_version_can_be_tried(self, version: TemplateVersion) -> None:
        own, foreign = covers_of(version)[0], cover(version_of(), "x")
        loop = cover(version, "one", kind="loop")
        for other in (foreign, loop):
            with pytest.raises(CoverNotFitting):
                cover_test_start(version=version, variants=[(own, 1), (other, 1)], by=superuser())

    def test_one_test_at_a_time(self, version: TemplateVersion) -> None:
        start(version)
        with pytest.raises(CoverTestNotPossible):
            start(version)
        assert CoverVariant.objects.count() == 2

    def test_what_is_not_published_is_not_tried(self, version: TemplateVersion) -> None:
        TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.RETIRED)
        with pytest.raises(CoverTestNotPossible):
            start(version)

    @pytest.mark.parametrize("who", ["created_by", "submitted_by"])
    def test_whoever_made_a_version_neither_starts_a_test_nor_names_its_winner(
        self, version: TemplateVersion, who: str, settings: Any
    ) -> None:
        TemplateVersion.objects.filter(pk=version.pk).update(**{who: (maker := superuser())})
        variants = [(one, 1) for one in covers_of(version)]
        with pytest.raises(VersionNeedsSecondPerson):
            cover_test_start(version=version, variants=variants, by=maker)
        test = start(version)
        with pytest.raises(VersionNeedsSecondPerson):
            cover_test_end(test=test, winner=test.variants.first(), by=maker)
        version.refresh_from_db()
        assert version.cover is None
        assert cover_test_end(test=test, winner=None, by=maker).ended_at is not None
        settings.TEMPLATE_FOUR_EYES = False
        assert cover_test_start(version=version, variants=variants, by=maker).ended_at is None

    def test_it_takes_the_right_to_publish(self, version: TemplateVersion) -> None:
        analyst = user_with(roles.ANALYST)
        variants = [(one, 1) for one in covers_of(version)]
        with pytest.raises(PermissionRefused):
            cover_test_start(version=version, variants=variants, by=analyst)
        with pytest.raises(PermissionRefused):
            cover_test_end(test=start(version), winner=None, by=analyst)
