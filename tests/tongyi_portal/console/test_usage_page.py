"""The page "Usage": every section, one bar, the live strip, notes; few queries over small tables."""

import csv
import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.reports.usage_base import DATA, DEMO, ONLY_DEMO, WITHOUT_DEMO
from tests.factories.accounts import client_of, user_with
from tests.factories.generation import JobFactory
from tests.factories.templates import live_template
from tests.factories.usage_history import dances_make, events_sum_up
from tongyi_portal.common import roles
from tongyi_portal.common.reports import all_reports
from tongyi_portal.console.usage_page import BAR, SECTIONS
from tongyi_portal.usage.models import Annotation, UsageEvent, UsageKind, WorkerBeat

pytestmark = pytest.mark.django_db
PAGE = "/console/usage/"


@pytest.fixture
def reader() -> Any:
    return user_with(roles.ANALYST, is_staff=True)


def signed_in(user: Any, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def template() -> Any:
    return live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")


@pytest.fixture
def history(template: Any) -> None:
    dances_make(days=16, per_day=60, templates=[template.pk, uuid.UUID(int=5)])
    events_sum_up()


def test_the_page_has_every_section_with_picture_table_and_links(reader: Any, history: None) -> None:
    page = signed_in(reader).get(PAGE, {"preset": "7", "compare": "weekdays"})
    body = page.content.decode()
    assert page.status_code == 200
    for section in page.context["sections"]:
        assert f'id="{section["id"]}"' in body
        assert f"/console/reports/{section['report'].key}/csv/" in body
        if section["rows"]:
            assert f'aria-labelledby="{section["id"]}-title"' in body
            assert section["columns"]
    assert len(page.context["sections"]) == len(SECTIONS)
    assert "Asia/Shanghai, data to" in body
    assert "Compared with" in body


def test_an_empty_portal_has_an_empty_page(reader: Any) -> None:
    page = signed_in(reader).get(PAGE)
    assert page.status_code == 200
    assert "There is nothing to count in this period." in page.content.decode()


def test_a_section_that_a_filter_does_not_reach_says_so(reader: Any, history: None) -> None:
    page = signed_in(reader).get(PAGE, {"template": "kemusan"})
    sections = {one["id"]: one for one in page.context["sections"]}
    assert sections["usage_volume"]["left_out"] == []
    (left_out,) = sections["usage_times-hour"]["left_out"]
    assert (left_out["name"], str(left_out["why"])) == (
        "template",
        "All videos stand in one queue, whatever their template.",
    )
    body = page.content.decode()
    assert "Not narrowed by template, these numbers are of all." in body
    assert "whatever is chosen below (template)" in body
    assert "whatever is chosen below" not in signed_in(reader).get(PAGE).content.decode()


@pytest.mark.parametrize("key", sorted({section.key for section in SECTIONS}))
def test_each_section_obeys_each_filter_of_the_bar_or_says_why_not(key: str) -> None:
    report = next(one for one in all_reports() if one.key == key)
    obeyed = {one.key for one in report.filters}
    why = getattr(report, "not_narrowed", {})
    assert all((one.key in obeyed) != bool(str(why.get(one.key, ""))) for one in BAR)
    assert DATA.key in obeyed


def test_demo_data_is_left_out_or_shown_alone_on_page_file_and_api(reader: Any, template: Any) -> None:
    dances_make(days=3, per_day=20, templates=[template.pk])
    dances_make(days=3, per_day=50, templates=[template.pk], is_demo=True, seed=2)
    events_sum_up()
    api = client_of(user_with(roles.ANALYST, roles.APP, is_staff=True))
    client, totals, marks = signed_in(reader), {}, {}
    for chosen in ("with", "without", "only"):
        page = client.get(PAGE, {"demo": chosen})
        told = api.get("/api/v1/reports/usage_volume", {"demo": chosen}).json()
        file = client.get("/console/reports/usage_volume/csv/", {"demo": chosen})
        lines = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
        totals[chosen] = told["totals"]["cells"]["submitted"]
        assert page.context["sections"][0]["totals"][1].text == str(totals[chosen])
        assert sum(int(line[lines[0].index("submitted")]) for line in lines[1:]) == totals[chosen]
        marks[chosen] = (page.context["demo"], told["is_demo"], "demo data" in lines[0])
    assert totals["with"] == totals["without"] + totals["only"]
    assert totals["only"] > totals["without"] > 0
    assert marks == {
        "with": (DEMO, True, True),
        "without": (WITHOUT_DEMO, False, False),
        "only": (ONLY_DEMO, True, True),
    }


def test_a_filter_that_is_not_offered_is_told(reader: Any) -> None:
    page = signed_in(reader).get(PAGE, {"engine": "steam"})
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()


@pytest.mark.parametrize("filters", ["grain=x", "limit=0", "basis=x", "event=x", "by=x", "step=x"])
def test_a_section_filter_that_is_not_offered_is_told(reader: Any, filters: str) -> None:
    key, value = filters.split("=")
    page = signed_in(reader).get(PAGE, {key: value})
    assert page.status_code == 400
    assert "A filter of the report has a value that is not offered." in page.content.decode()
    assert len(page.context["sections"]) == len(SECTIONS)


def test_demo_data_is_announced(reader: Any, template: Any) -> None:
    dances_make(days=3, per_day=30, templates=[template.pk], is_demo=True)
    events_sum_up()
    assert "nobody danced it" in signed_in(reader).get(PAGE).content.decode()
    page = signed_in(reader).get(PAGE, {"preset": "custom", "since": "2026-01-01", "until": "2026-01-02"})
    assert "nobody danced it" not in page.content.decode()


def test_the_page_asks_a_fixed_number_of_times_and_no_raw_event_but_of_the_last_hour(
    reader: Any, template: Any
) -> None:
    client, counts = signed_in(reader), []
    for days in (5, 16):
        dances_make(days=days, per_day=30, templates=[template.pk], seed=days)
        events_sum_up()
        client.get(PAGE)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(PAGE, {"preset": "30", "compare": "weekdays"})
        counts.append(len(queries))
        raw = [one["sql"] for one in queries if "usage_usageevent" in one["sql"]]
        assert len(raw) == 1
    assert counts[0] == counts[1]
    assert counts[1] <= 75


def test_whoever_may_not_see_usage_is_sent_away() -> None:
    outsider = signed_in(user_with(roles.CURATOR, is_staff=True))
    assert outsider.get(PAGE).status_code == 403
    assert outsider.get(f"{PAGE}live/").status_code == 403
    assert "/console/usage/" not in outsider.get("/console/").content.decode()


def test_the_live_strip_tells_queue_waits_and_workers(reader: Any) -> None:
    now = timezone.now()
    JobFactory(queued_at=now - timedelta(seconds=90))
    for number in range(1, 21):
        UsageEvent.objects.create(
            kind=UsageKind.STARTED, at=now - timedelta(minutes=number), wait_ms=number * 1000
        )
    UsageEvent.objects.create(kind=UsageKind.STARTED, at=now - timedelta(hours=2), wait_ms=900_000)
    WorkerBeat.objects.create(name="a", queue="gpu", seen_at=now, busy_since=now)
    WorkerBeat.objects.create(name="b", queue="gpu", seen_at=now)
    WorkerBeat.objects.create(name="c", queue="gpu", seen_at=now - timedelta(hours=1))
    figures = {one.title: one for one in signed_in(reader).get(f"{PAGE}live/").context["live_figures"]}
    assert figures["Queued"].value == "1"
    assert figures["Queued"].note.startswith("oldest waits 1 min 3")
    assert figures["Wait, median"].value == "10.5 s"
    assert figures["Wait, 95 of 100"].value == "19.1 s"
    assert figures["Workers busy"].value == "1 of 2"


def test_a_note_is_written_shown_and_deleted(reader: Any, history: None) -> None:
    client = signed_in(reader)
    at = timezone.localtime() - timedelta(days=2)
    form = {
        "at": f"{at:%Y-%m-%dT%H:%M}",
        "kind": "campaign",
        "text": "A star danced it.",
        "query": "preset=7",
    }
    answer = client.post(f"{PAGE}notes/", form)
    assert answer["Location"] == "/console/usage/?preset=7#notes"
    page = client.get(PAGE, {"preset": "7"})
    volume = page.context["sections"][0]
    assert any("A star danced it." in mark.title for mark in volume["marks"])
    assert page.content.decode().count("A star danced it.") >= 3  # picture, list below it, list of notes
    note = Annotation.objects.get()
    assert note.by == get_user_model().objects.get(pk=reader.pk)
    client.post(f"{PAGE}notes/{note.pk}/delete/")
    assert "A star danced it." not in client.get(PAGE).content.decode()


def test_a_note_without_a_time_or_a_text_is_refused(reader: Any) -> None:
    page = signed_in(reader).post(f"{PAGE}notes/", {"at": "", "kind": "note", "text": "x"}, follow=True)
    assert "A note needs a time, a kind and a text." in page.content.decode()
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-02-30T00:00", "Enter a valid date/time."),
        ("2026-12-01T25:00", "Enter a valid date/time."),
        ("0001-01-01T00:00", "Give a moment between the years 1900 and 9000."),
        ("1899-12-31T00:00", "Give a moment between the years 1900 and 9000."),
        ("9999-12-31T00:00", "Give a moment between the years 1900 and 9000."),
    ],
)
def test_a_note_at_a_time_that_is_none_is_refused(reader: Any, at: str, told: str) -> None:
    form = {"at": at, "kind": "note", "text": "x"}
    page = signed_in(reader).post(f"{PAGE}notes/", form, follow=True)
    assert page.status_code == 200
    assert told in page.content.decode()
    assert not Annotation.objects.exists()


def test_launches_stand_among_what_happened_without_a_row_of_their_own(reader: Any, template: Any) -> None:
    body = signed_in(reader, "zh-hans").get(PAGE).content.decode()
    assert "科目三" in body
    assert not Annotation.objects.exists()
