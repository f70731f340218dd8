"""One step on many rows: each by itself, each told."""

from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from templates_app.models import TemplateVersion
from templates_app.services.bulk import BULK_LIMIT, BulkTooLarge, counts_of, rows_act_on
from templates_app.services.bulk_steps import versions_act_on
from templates_app.services.publishing import version_publish
from templates_app.states import VersionState
from tests.factories.templates import cleared_version, live_template, superuser, version_of

pytestmark = pytest.mark.django_db


def test_two_hundred_versions_are_published_each_by_itself() -> None:
    last = cleared_version()
    good = [cleared_version() for _ in range(BULK_LIMIT - 2)]
    bad = version_of()
    by = superuser()
    rows = [*good[:100], bad, last, *good[100:]]
    outcomes = rows_act_on(rows, lambda version: version_publish(version=version, by=by))
    assert [outcome.row for outcome in outcomes] == rows
    assert counts_of(outcomes) == (BULK_LIMIT - 1, 1)
    assert (outcomes[100].code, outcomes[100].is_done) == ("state_conflict", False)
    assert outcomes[100].message
    assert TemplateVersion.objects.filter(state=VersionState.PUBLISHED).count() == BULK_LIMIT - 1


def test_publishing_many_brings_no_retired_version_back() -> None:
    live = live_template().live_version
    assert live is not None
    retired = cleared_version(live.template)
    now = timezone.now()
    TemplateVersion.objects.filter(pk=retired.pk).update(state=VersionState.RETIRED, published_at=now)
    new, by = cleared_version(), superuser()
    outcomes = versions_act_on(action="publish", ids=[retired.pk, new.pk], by=by)
    assert [outcome.code for outcome in outcomes] == ["state_conflict", ""]
    live.refresh_from_db()
    retired.refresh_from_db()
    assert (live.state, retired.state) == (VersionState.PUBLISHED, VersionState.RETIRED)


def test_more_than_the_limit_is_refused_as_a_whole() -> None:
    version = cleared_version()
    with pytest.raises(BulkTooLarge) as refusal:
        rows_act_on([version] * (BULK_LIMIT + 1), lambda one: version_publish(version=one, by=superuser()))
    assert refusal.value.details == {"limit": BULK_LIMIT, "got": BULK_LIMIT + 1}
    version.refresh_from_db()
    assert version.state == VersionState.IN_REVIEW


def test_a_row_that_the_database_was_too_busy_for_is_tried_once_more() -> None:
    version, calls = cleared_version(), list[int]()

    def deadlock_once(row: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("deadlock detected")
        version_publish(version=row, by=superuser())

    [outcome] = rows_act_on([version], deadlock_once)
    assert (outcome.is_done, version.state) == (True, VersionState.PUBLISHED)

    def deadlock(_row: Any) -> None:
        raise OperationalError("deadlock detected")

    assert [outcome.code for outcome in rows_act_on([version], deadlock)] == ["busy"]
