"""What holds for every registered report: who may read it, equal numbers everywhere, both languages."""

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from tests.factories.accounts import client_of, user_with
from tests.factories.templates import live_template
from tests.factories.usage_history import dances_make, events_sum_up
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.report_tables import csv_cells, csv_header, json_value
from tongyi_portal.common.report_texts import cell_text
from tongyi_portal.common.reports import Report, all_reports, asked_of, report_run
from tongyi_portal.console.report_views import ROWS_SHOWN
from tongyi_portal.demo.moderation_history import moderation_history_make

pytestmark = pytest.mark.django_db
REPORTS = {report.key: report for report in all_reports()}
LANGUAGES = ("en", "zh-hans")


def choices_of(report: Report) -> Iterator[dict[str, str]]:
    """Each filter's values, one filter at a time; the filters' own defaults first."""
    yield {}
    for one in report.filters:
        for value, _name in one.offered():
            yield {one.key: value}
    if report.has_period:
        yield {"preset": "today", "compare": "previous"}
        yield {"preset": "7", "compare": "weekdays"}
        yield {"preset": "custom", "since": "2026-01-05", "until": "2026-02-01"}


@pytest.fixture
def history() -> None:
    moderation_history_make(days=2, per_day=40, seed=5, say=str, with_audit=False, audit_share=0.3)
    template = live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    dances_make(days=9, per_day=40, templates=[template.pk, uuid.UUID(int=5)], seed=5)
    events_sum_up()


@pytest.fixture
def senior() -> User:
    return user_with(roles.SENIOR_MODERATOR, roles.ANALYST, roles.APP, is_staff=True)


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def csv_rows(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


NUMBERS = {"count", "number", "ratio", "percent", "seconds", "hours"}


def numbers_of_api(answer: Any) -> list[list[Any]]:
    """The cells with numbers, row by row."""
    keys = [column["key"] for column in answer["columns"] if column["kind"] in NUMBERS]
    return [[row["cells"].get(key) for key in keys] for row in answer["rows"]]


def numbers_of_csv(file: list[list[str]], answer: Any) -> list[list[Any]]:
    """The same cells of the file, found by their place; columns of the period before are passed over."""
    lead = len(file[0]) - sum(1 + (f"{c}, before" in file[0]) for c in csv_titles(answer))
    places, place = [], lead
    for column, title in zip(answer["columns"], csv_titles(answer), strict=True):
        if column["kind"] in NUMBERS:
            places.append(place)
        place += 1 + (f"{title}, before" in file[0])
    return [[float(row[at]) if row[at] else None for at in places] for row in file[1:]]


def csv_titles(answer: Any) -> list[str]:
    return [f"{c['title']} ({c['unit']})" if c["unit"] else c["title"] for c in answer["columns"]]


def numbers_of_page(page: Any) -> list[list[Any]]:
    """The raw numbers behind the cells that the page shows, as the API rounds them."""
    result = page.context["result"]
    kinds = [column for column in result.columns if column.kind.value in NUMBERS]
    for shown, row in zip(page.context["rows"], result.rows, strict=False):
        texts = [cell.text for cell in shown["cells"]]
        assert texts == [
            cell_text(column, row.cells[column.key]) if column.key in row.cells else ""
            for column in page.context["columns"]
        ]
    rows = result.rows[:ROWS_SHOWN]
    return [[json_value(column, row.cells.get(column.key)) for column in kinds] for row in rows]


def test_there_are_reports() -> None:
    assert {"scanner_precision", "rule_precision", "term_precision", "decision_times", "backlog"} <= set(
        REPORTS
    )
    assert {"reviewer_work", "agreement", "appeals"} <= set(REPORTS)
    assert {"usage_volume", "usage_templates", "usage_funnel", "usage_capacity"} <= set(REPORTS)


@pytest.mark.parametrize("key", REPORTS)
def test_a_report_says_what_it_is(key: str) -> None:
    report = REPORTS[key]
    keys = [column.key for column in report.columns]
    assert len(keys) == len(set(keys))
    assert set(report.identity) <= set(keys)
    assert report.permissions
    assert report.scope
    for column in report.columns:
        assert {column.low, column.high} - {""} <= set(keys)
    for language in LANGUAGES:
        with override(language):
            assert str(report.description).endswith(("。", "."))


@pytest.mark.parametrize("key", REPORTS)
def test_an_empty_database_gives_an_empty_report(key: str, senior: User) -> None:
    client = signed_in(senior)
    for given in choices_of(REPORTS[key]):
        response = client.get(f"/console/reports/{key}/", given)
        assert response.status_code == 200, given
        file = client.get(f"/console/reports/{key}/csv/", given)
        assert len(csv_rows(file)) >= 1


@pytest.mark.parametrize("key", REPORTS)
def test_only_those_who_may_can_read_a_report(key: str, history: None) -> None:
    outsider = user_with(roles.CURATOR, roles.APP, is_staff=True)
    assert signed_in(outsider).get(f"/console/reports/{key}/").status_code == 403
    assert signed_in(outsider).get(f"/console/reports/{key}/csv/").status_code == 403
    response = client_of(outsider).get(f"/api/v1/reports/{key}")
    assert (response.status_code, response.json()["code"]) == (403, "permission_refused")
    assert client_of(outsider).get("/api/v1/reports").json() == []


@pytest.mark.parametrize("key", REPORTS)
def test_page_csv_and_api_have_the_same_rows(
    key: str, history: None, senior: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, client, api = REPORTS[key], signed_in(senior), client_of(senior)
    moment = timezone.now()  # held still: otherwise a slot may begin between one request and the next
    monkeypatch.setattr(timezone, "now", lambda: moment)
    for given in choices_of(report):
        page = client.get(f"/console/reports/{key}/", given)
        file = csv_rows(client.get(f"/console/reports/{key}/csv/", given))
        answer = api.get(f"/api/v1/reports/{key}", given).json()
        over_api = csv_rows(api.get(f"/api/v1/reports/{key}", {**given, "format": "csv"}))
        assert page.status_code == 200, given
        assert len(file) - 1 == len(answer["rows"]), given
        assert len(page.context["rows"]) == min(len(file) - 1, ROWS_SHOWN), given
        assert [row for row in over_api if report.has_period] == [row for row in file if report.has_period]
        shown = [row["cells"][0].text for row in page.context["rows"]]
        first = answer["columns"][0]["key"]
        assert shown == [str(row["cells"][first]) for row in answer["rows"][:ROWS_SHOWN]]
        assert all(len(row) == len(file[0]) for row in file)
        assert numbers_of_page(page) == numbers_of_api(answer)[:ROWS_SHOWN], given
        assert numbers_of_csv(file, answer) == numbers_of_api(answer), given


@pytest.mark.parametrize("key", REPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_reads_well_in_both_languages(key: str, language: str, history: None, senior: User) -> None:
    report = REPORTS[key]
    body = signed_in(senior, language).get(f"/console/reports/{key}/").content.decode()
    with override(language):
        assert str(report.title) in body
        assert str(report.columns[-1].title) or body
        result = report_run(report, asked_of(report, {}))
        header = csv_header(result)
    assert "Asia/Shanghai" in body
    assert "Asia/Shanghai" in header[0]
    is_chinese = language == "zh-hans"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in "".join(header)) == is_chinese


@pytest.mark.parametrize("key", REPORTS)
def test_numbers_hold_still_while_the_period_is_over(key: str, history: None) -> None:
    report = REPORTS[key]
    now = timezone.now()
    first, second = (report_run(report, asked_of(report, {}, now)) for _ in range(2))
    assert [csv_cells(first, row) for row in first.rows] == [csv_cells(second, row) for row in second.rows]


@pytest.mark.parametrize("key", REPORTS)
def test_a_report_asks_the_database_a_fixed_number_of_times(
    key: str, history: None, django_assert_max_num_queries: Any
) -> None:
    report = REPORTS[key]
    for given in choices_of(report):
        with django_assert_max_num_queries(24):
            report_run(report, asked_of(report, given))
    assert report.key == key


def test_the_work_of_reviewers_is_for_seniors_only(history: None) -> None:
    for role in (roles.MODERATOR, roles.ANALYST):
        client = signed_in(user_with(role, is_staff=True))
        assert client.get("/console/reports/reviewer_work/").status_code == 403
        assert "reviewer_work" not in client.get("/console/reports/").content.decode()
        assert client.get("/console/reports/backlog/").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"preset": "forever"},
        {"preset": "custom"},
        {"preset": "custom", "since": "2026-02-30", "until": "2026-03-01"},
        {"preset": "custom", "since": "2026-03-02", "until": "2026-03-01"},
        {"preset": "custom", "since": "1999-01-01", "until": "2026-03-01"},
        {"compare": "everything"},
        {"by": "colour"},
    ],
)
def test_a_question_that_cannot_be_read_is_told(given: dict[str, str], senior: User) -> None:
    page = signed_in(senior).get("/console/reports/agreement/", given)
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert signed_in(senior).get("/console/reports/agreement/csv/", given).status_code == 400
    answer = client_of(senior).get("/api/v1/reports/agreement", given)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_report_query")


@pytest.mark.parametrize(
    ("key", "given", "name"),
    [
        ("decision_times", {"from": "2026-03-01"}, "from"),
        ("decision_times", {"format": "csv", "sinse": "2026-03-01"}, "sinse"),
        ("backlog", {"preset": "7"}, "preset"),  # it is of this moment
        ("backlog", {"format": "xml"}, "format"),
    ],
)
def test_the_api_refuses_a_parameter_that_a_report_does_not_take(
    key: str, given: dict[str, str], name: str, senior: User
) -> None:
    answer = client_of(senior).get(f"/api/v1/reports/{key}", given)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    (fault,) = answer.json()["details"]["fields"]
    assert fault["pointer"] == f"/{name}"


def test_an_unknown_report_is_not_found(senior: User) -> None:
    assert signed_in(senior).get("/console/reports/nothing/").status_code == 404
    assert client_of(senior).get("/api/v1/reports/nothing").json()["code"] == "report_not_found"


def test_a_token_needs_the_scope_of_the_report(senior: User) -> None:
    response = client_of(senior, ["jobs:read"]).get("/api/v1/reports/backlog")
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
    assert response.json()["details"]["scope"] == "moderation:read"
    assert client_of(senior, ["jobs:read"]).get("/api/v1/reports").json() == []
    listed = client_of(senior, ["moderation:read"]).get("/api/v1/reports").json()
    usage = {key for key, report in REPORTS.items() if report.scope == "usage:read"}
    assert {report["key"] for report in listed} == set(REPORTS) - usage
    over_usage = client_of(senior, ["usage:read"]).get("/api/v1/reports").json()
    assert {report["key"] for report in over_usage} == usage
    assert all(report["filters"] for report in listed if report["key"] in ("agreement", "backlog"))
