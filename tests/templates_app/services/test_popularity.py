"""Which templates are popular and which are on the rise."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generation.models import Job
from generation.selectors import video_counts
from generation.states import JobState
from generation.tasks.light import refresh_popularity
from templates_app.models import DanceTemplate
from templates_app.services.popularity import VideoCounts, popularity_store
from templates_app.services.revision import catalogue_revision
from tests.factories.accounts import UserFactory, app_client
from tests.factories.templates import live_template

pytestmark = pytest.mark.django_db


def videos(template: DanceTemplate, count: int, days_ago: float, **fields: Any) -> None:
    """Finished videos of its live version, written in bulk."""
    owner, now = UserFactory(), timezone.now()
    made = {"kind": "dance_video", "state": JobState.SUCCEEDED, "queued_at": now, **fields}
    Job.objects.bulk_create(
        Job(
            owner=owner,
            seed=1,
            template_version=template.live_version,
            finished_at=now - timedelta(days=days_ago),
            **made,
        )
        for _ in range(count)
    )


def order(sort: str) -> list[str]:
    client, _user = app_client()
    return [one["slug"] for one in client.get(f"/api/v1/templates?sort={sort}").json()["results"]]


def test_kemusan_leads_because_most_videos_are_made_with_it() -> None:
    live_template(slug="a-unused")
    wave, kemusan = live_template(slug="wave"), live_template(slug="kemusan")
    videos(wave, 5, days_ago=1)
    videos(kemusan, 9, days_ago=1)
    refresh_popularity()
    assert order("popular") == ["kemusan", "wave", "a-unused"]
    kemusan.refresh_from_db()
    assert kemusan.popularity == 9


def test_searches_rank_by_the_same_counts() -> None:
    live_template(slug="wave-a")
    wave_b = live_template(slug="wave-b")
    videos(wave_b, 2, days_ago=1)
    refresh_popularity()
    client, _user = app_client()
    found = client.get("/api/v1/templates?search=wave&page_size=1").json()["results"]
    assert [one["slug"] for one in found] == ["wave-b"]


def test_only_finished_dance_videos_of_four_weeks_count() -> None:
    template = live_template()
    videos(template, 2, days_ago=27)
    videos(template, 3, days_ago=29)
    videos(template, 4, days_ago=1, state=JobState.FAILED)
    videos(template, 5, days_ago=1, kind="template_preview")
    assert video_counts() == {template.pk: VideoCounts(four_weeks=2)}


def test_weeks_are_told_apart() -> None:
    template = live_template()
    for count, days_ago in ((1, 6.9), (2, 7.1), (4, 13.9), (8, 14.1)):
        videos(template, count, days_ago)
    assert video_counts() == {template.pk: VideoCounts(four_weeks=15, this_week=1, last_week=6)}


@pytest.mark.parametrize(
    ("rising", "other"),
    [
        ((1000, 1500), (1, 3)),
        ((1000, 1500), (0, 5)),
        ((100, 300), (1000, 1500)),
        ((0, 40), (1000, 1500)),
        ((0, 0), (1000, 900)),
        ((5, 6), (6, 5)),
    ],
)
def test_a_rise_counts_for_more_the_more_videos_speak_for_it(
    rising: tuple[int, int], other: tuple[int, int]
) -> None:
    trends = [VideoCounts(last_week=before, this_week=now).trend for before, now in (rising, other)]
    assert trends[0] > trends[1]


def test_the_trend_is_shown_as_an_order() -> None:
    small, large, falling = (live_template(slug=slug) for slug in ("small", "large", "falling"))
    counts = {
        small.pk: VideoCounts(four_weeks=4, last_week=1, this_week=3),
        large.pk: VideoCounts(four_weeks=2500, last_week=1000, this_week=1500),
        falling.pk: VideoCounts(four_weeks=3000, last_week=2000, this_week=1000),
    }
    popularity_store(counts=counts)
    assert (order("trending"), order("popular")) == (
        ["large", "small", "falling"],
        ["falling", "large", "small"],
    )


def test_a_template_that_nobody_uses_any_more_is_forgotten() -> None:
    template = live_template()
    popularity_store(counts={template.pk: VideoCounts(four_weeks=5, this_week=5)})
    popularity_store(counts={})
    template.refresh_from_db()
    assert (template.popularity, template.trend) == (0, 1.0)


def test_the_revision_grows_only_when_one_overtakes_another(django_capture_on_commit_callbacks: Any) -> None:
    first, second = live_template(slug="a"), live_template(slug="b")
    revisions = []
    for of_first, of_second in ((5, 3), (6, 3), (6, 4), (6, 9)):
        counts = {first.pk: VideoCounts(of_first), second.pk: VideoCounts(of_second)}
        with django_capture_on_commit_callbacks(execute=True):
            popularity_store(counts=counts)
        revisions.append(catalogue_revision())
    assert revisions == [0, 0, 0, 1]


def test_many_templates_take_no_more_queries_than_few(django_assert_max_num_queries: Any) -> None:
    template = live_template()
    DanceTemplate.objects.bulk_create(
        DanceTemplate(slug=f"x{number}", name_zh="x", name_en="x", category=template.category)
        for number in range(300)
    )
    counts = {pk: VideoCounts(7, 3, 1) for pk in DanceTemplate.objects.values_list("pk", flat=True)}
    videos(template, 2, days_ago=1)
    with django_assert_max_num_queries(7):
        assert len(video_counts()) == 1
        assert popularity_store(counts=counts) == 301
