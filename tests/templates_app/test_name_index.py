"""names_holding: whose names hold what was asked for, kept until the catalogue changes."""

import time
from typing import Any

import pytest

from templates_app.models import DanceTemplate, SearchEntry
from templates_app.name_index import names_holding
from templates_app.selectors import BEST_MATCH, templates_search
from templates_app.services.popularity import VideoCounts, popularity_store
from templates_app.services.revision import LONGEST_SECONDS, catalogue_revision
from tests.factories.templates import TemplateFactory, live_template

pytestmark = pytest.mark.django_db


def found(asked: str) -> list[str]:
    return [hit.slug for hit in names_holding(asked)]


def dances() -> None:
    for slug, name, popularity in (
        ("inside", "the sea wave", 9),
        ("begins", "wave of hands", 1),
        ("begins-too", "wave on", 5),
        ("whole", "wave", 0),
        ("other", "step", 7),
    ):
        TemplateFactory(slug=slug, name_zh="无", name_en=name, popularity=popularity)


def test_the_whole_name_comes_before_its_beginning_before_the_rest() -> None:
    dances()
    assert found("Wave") == ["whole", "begins-too", "begins", "inside"]


def test_every_word_must_stand_in_the_names() -> None:
    dances()
    assert (found("hands wave"), found("wave step"), found("!"), found("")) == (["begins"], [], [], [])


def test_it_is_the_order_that_the_database_gives() -> None:
    dances()
    for asked in ("wave", "wave o", "the", "sea wave", "无"):
        rows = templates_search(DanceTemplate.objects.all(), asked).order_by(*BEST_MATCH)
        hits, whole = found(asked), [template.slug for template in rows]
        assert hits, asked
        assert hits == whole[: len(hits)], "other words than the names' come behind"


def test_names_are_read_again_only_when_the_catalogue_has_changed(
    django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    dances()
    assert found("step") == ["other"]
    with django_assert_num_queries(1):
        assert found("wave") != []
    with django_capture_on_commit_callbacks(execute=True):
        TemplateFactory(slug="new", name_en="step two")
    assert sorted(found("step")) == ["new", "other"]


def test_an_uncounted_change_is_seen_within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    dances()
    assert found("step") == ["other"]
    SearchEntry.objects.filter(slug="other").update(names="|gone|")
    assert found("step") == ["other"]
    moment = time.time() + LONGEST_SECONDS
    monkeypatch.setattr("templates_app.services.revision.time.time", lambda: moment)
    assert found("step") == []


def test_a_tie_that_turns_two_names_counts_as_a_change(django_capture_on_commit_callbacks: Any) -> None:
    """They keep their places on the shelf, which the position decides, but not in a search."""
    late, early = live_template(slug="z", position=1), live_template(slug="a", position=2)
    before = catalogue_revision()
    for videos in (2, 1):
        counts = {late.pk: VideoCounts(four_weeks=videos), early.pk: VideoCounts(four_weeks=1)}
        with django_capture_on_commit_callbacks(execute=True):
            popularity_store(counts=counts)
    assert [hit.slug for hit in names_holding("dance") if hit.slug in "az"] == ["a", "z"]
    assert catalogue_revision() == before + 2
