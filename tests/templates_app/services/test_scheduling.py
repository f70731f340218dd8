"""Going live and retiring by the clock: late, twice, and with what the version stood on gone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.models import AuditEntry
from templates_app.curation_selectors import versions_ending_soon, versions_fallen, versions_waiting_for
from templates_app.models import RightsRecord, TemplateVersion
from templates_app.services import scheduling
from templates_app.services.gates import RightsNotInForce, VersionNeedsSecondPerson
from templates_app.services.publishing import VersionNotCleared, version_publish, version_retire
from templates_app.services.scheduling import (
    ScheduleInvalid,
    version_expiry_set,
    version_schedule,
    version_unschedule,
    versions_advance,
)
from templates_app.states import VersionState
from tests.factories.accounts import UserFactory
from tests.factories.templates import cleared_version, live_template, superuser, version_of
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)


def scheduled(
    *, starts_in: timedelta = SOON, ends_in: timedelta | None = None, **fields: Any
) -> TemplateVersion:
    """A scheduled version whose times may also lie in the past."""
    now = timezone.now()
    version = version_schedule(
        version=cleared_version(**fields), by=superuser(), publish_at=now + SOON, expire_at=now + 2 * SOON
    )
    TemplateVersion.objects.filter(pk=version.pk).update(
        publish_at=now + starts_in, expire_at=now + ends_in if ends_in else None
    )
    version.refresh_from_db()
    return version


def test_a_due_version_goes_live_and_retires_the_one_before_it() -> None:
    template = live_template()
    before = template.live_version
    assert before is not None
    version = scheduled(starts_in=-SOON, template=template)
    assert versions_advance() == 1
    version.refresh_from_db()
    before.refresh_from_db()
    template.refresh_from_db()
    assert (version.state, before.state) == (VersionState.PUBLISHED, VersionState.RETIRED)
    assert (template.live_version, version.publish_at) == (version, None)
    assert AuditEntry.objects.latest("sequence").actor_id is None
    assert versions_advance() == 0  # a second run has nothing to do


def test_a_version_that_is_not_due_waits() -> None:
    version = scheduled()
    assert versions_advance() == 0
    version.refresh_from_db()
    assert version.state == VersionState.SCHEDULED


def test_a_late_worker_keeps_the_end_that_is_still_to_come() -> None:
    version = scheduled(starts_in=-SOON, ends_in=SOON)
    end = version.expire_at
    versions_advance()
    version.refresh_from_db()
    assert (version.state, version.expire_at) == (VersionState.PUBLISHED, end)


def test_a_version_whose_whole_time_was_slept_through_is_told_and_never_shown() -> None:
    version = scheduled(starts_in=-2 * SOON, ends_in=-SOON)
    versions_advance()
    version.refresh_from_db()
    assert (version.state, version.reason_codes) == (VersionState.IN_REVIEW, ["schedule_missed"])
    assert (version.published_at, list(versions_fallen())) == (None, [version])


def test_a_version_whose_rights_fell_goes_back_to_review_with_the_reason() -> None:
    version = scheduled(starts_in=-SOON)
    RightsRecord.objects.filter(version=version).update(source_owner="")
    versions_advance()
    version.refresh_from_db()
    assert (version.state, version.reason_codes) == (VersionState.IN_REVIEW, ["rights_incomplete"])
    assert list(versions_fallen()) == [version]
    RightsRecord.objects.filter(version=version).update(source_owner="Us")
    version_publish(version=version, by=superuser())
    assert not versions_fallen().exists()


def test_one_that_fails_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = scheduled(starts_in=-2 * SOON), scheduled(starts_in=-SOON)
    go_live = scheduling.version_go_live

    def go_live_but_not_first(*, version: TemplateVersion, **rest: Any) -> TemplateVersion:
        if version.pk == first.pk:
            raise TransitionRefused
        return go_live(version=version, **rest)

    monkeypatch.setattr(scheduling, "version_go_live", go_live_but_not_first)
    assert versions_advance() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (VersionState.SCHEDULED, VersionState.PUBLISHED)
    monkeypatch.undo()
    assert versions_advance() == 1  # it comes again


def test_a_live_version_retires_at_its_end() -> None:
    version = live_template().live_version
    assert version is not None
    version_expiry_set(version=version, by=superuser(), expire_at=timezone.now() + SOON)
    assert list(versions_ending_soon()) == [version]
    assert versions_advance() == 0
    TemplateVersion.objects.filter(pk=version.pk).update(expire_at=timezone.now() - SOON)
    assert versions_advance() == 1
    version.refresh_from_db()
    assert version.state == VersionState.RETIRED
    assert AuditEntry.objects.latest("sequence").data == {"reason": "expired"}


def test_whoever_made_a_live_version_may_shorten_its_time_but_not_lengthen_it() -> None:
    version, now = live_template().live_version, timezone.now()
    assert version is not None
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=(maker := superuser()))
    version_expiry_set(version=version, by=maker, expire_at=now + 2 * SOON)
    version_expiry_set(version=version, by=maker, expire_at=now + SOON)
    for later in (now + 2 * SOON, None):
        with pytest.raises(VersionNeedsSecondPerson):
            version_expiry_set(version=version, by=maker, expire_at=later)
    version.refresh_from_db()
    assert version.expire_at == now + SOON
    assert version_expiry_set(version=version, by=superuser(), expire_at=None).expire_at is None


@pytest.mark.parametrize(
    ("clock", "is_over"), [("2026-05-31 15:59:59+00:00", False), ("2026-05-31 16:00:01+00:00", True)]
)
def test_rights_end_at_midnight_of_the_site(
    clock: str, is_over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = live_template().live_version
    assert version is not None
    RightsRecord.objects.filter(version=version).update(is_perpetual=False, valid_until="2026-05-31")
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(clock))
    versions_advance()
    version.refresh_from_db()
    assert (version.state == VersionState.RETIRED) is is_over


def test_only_another_curator_schedules_a_version() -> None:
    version = cleared_version()
    at = timezone.now() + SOON
    assert version.created_by is not None
    with pytest.raises(VersionNeedsSecondPerson):
        version_schedule(version=version, by=version.created_by, publish_at=at)
    with pytest.raises(PermissionRefused):
        version_schedule(version=version, by=UserFactory(), publish_at=at)


def test_times_that_cannot_be_are_refused() -> None:
    version, now = cleared_version(), timezone.now()
    with pytest.raises(ScheduleInvalid) as refusal:
        version_schedule(version=version, by=superuser(), publish_at=now - SOON)
    assert refusal.value.details == {"field": "publish_at"}
    with pytest.raises(ScheduleInvalid) as refusal:
        version_schedule(version=version, by=superuser(), publish_at=now + SOON, expire_at=now + SOON)
    assert refusal.value.details == {"field": "expire_at"}
    live = live_template().live_version
    assert live is not None
    with pytest.raises(ScheduleInvalid):
        version_expiry_set(version=live, by=superuser(), expire_at=now - SOON)
    with pytest.raises(TransitionRefused):
        version_expiry_set(version=version, by=superuser(), expire_at=now + SOON)


def test_a_version_that_may_not_go_live_then_cannot_be_scheduled() -> None:
    version, at = cleared_version(), timezone.now() + timedelta(days=40)
    RightsRecord.objects.filter(version=version).update(
        is_perpetual=False, valid_until=timezone.localdate() + timedelta(days=30)
    )
    with pytest.raises(RightsNotInForce):
        version_schedule(version=version, by=superuser(), publish_at=at)
    with pytest.raises(TransitionRefused):
        version_schedule(version=version_of(), by=superuser(), publish_at=at)
    TemplateVersion.objects.filter(pk=version.pk).update(cleared_at=None)
    with pytest.raises(VersionNotCleared):
        version_schedule(version=version, by=superuser(), publish_at=at)


def test_a_schedule_can_be_moved_and_taken_back() -> None:
    version = scheduled()
    later = timezone.now() + 5 * SOON
    version_schedule(version=version, by=superuser(), publish_at=later)
    assert (version.state, version.publish_at) == (VersionState.SCHEDULED, later)
    version_unschedule(version=version, by=superuser())
    assert (version.state, version.publish_at, version.cleared_at is None) == ("in_review", None, False)
    with pytest.raises(TransitionRefused):
        version_unschedule(version=version, by=superuser())


def test_a_rollback_does_not_take_up_an_end_that_is_over() -> None:
    version = live_template().live_version
    assert version is not None
    TemplateVersion.objects.filter(pk=version.pk).update(expire_at=timezone.now() - SOON)
    versions_advance()
    version_publish(version=version, by=superuser())
    assert versions_advance() == 0
    version_retire(version=version, by=superuser())
    assert version.state == VersionState.RETIRED


def test_a_cleared_version_waits_for_everybody_but_its_makers() -> None:
    version, other, rights_person = cleared_version(), superuser(), superuser()
    RightsRecord.objects.filter(version=version).update(changed_by=rights_person)
    assert list(versions_waiting_for(other)) == [version]
    for maker in (version.created_by, version.submitted_by, rights_person):
        assert maker is not None
        assert not versions_waiting_for(maker).exists()
