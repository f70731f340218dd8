"""Times the usage analytics on ten million events on PostgreSQL and on one million on SQLite.

Each database is made for it, filled with the made-up history of usage_demo, summed up, and dropped: one on
the server of BENCH_DATABASE_URL (postgres://postgres@127.0.0.1/postgres), and a file. Every report of the
usage family is run as the page, CSV and API run it, each over 7, 30 and 90 days with the period before, and
the usage page is asked for whole. Times are medians. The last line is JSON:

    slowest_query_ms      the slowest statement of all reports and of the page; `slowest_query` says whose
    page_ms               the whole usage page as a request, over the 7 days that it opens with
                          (`page_processor_ms`: the portal's own part of it)
    rollup_hour_ms        the busiest hour there is, closed and summed anew (`rollup_day_ms`: its whole day)
    insert_ratio          usage_record, person's hash and all, over a bare INSERT of the same row

with those of SQLite under `sqlite`. `load` is the machine's load per core: above 1 the figures are those of a
busy machine. --family moderation. times other reports; a small run takes seconds.

    python benchmarks/analytics.py
    python benchmarks/analytics.py --only postgresql --events 200000 --repeats 3
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1/postgres")
EVENTS = {"postgresql": 10_000_000, "sqlite": 1_000_000}
PAGE = "/console/usage/"
PRESETS = ("7", "30", "90")
FAMILY = "generation.reports"
WANTED = ("slowest_query_ms", "page_ms", "rollup_hour_ms", "insert_ratio")


def main() -> None:
    options = _options()
    if options.on:
        print(json.dumps(_measured(options)))
        return
    vendors = [options.only] if options.only else list(EVENTS)
    found = {vendor: _in_own_process(vendor, sys.argv[1:]) for vendor in vendors}
    first = found[vendors[0]]
    more = {vendor: {name: found[vendor][name] for name in WANTED} for vendor in vendors[1:]}
    print(json.dumps({**first, **more}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=list(EVENTS))
    parser.add_argument("--events", type=int, default=0, help=f"default: {EVENTS}")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--templates", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--inserts", type=int, default=10_000)
    parser.add_argument("--family", default=FAMILY, help="modules of the reports to time")
    parser.add_argument("--page", default=PAGE)
    parser.add_argument("--on", choices=list(EVENTS), help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_own_process(vendor: str, given: list[str]) -> dict[str, Any]:
    """Django knows one database in its life, so each has a process; its own words pass through."""
    with _database(vendor) as url:
        done = subprocess.run(
            [sys.executable, __file__, *given, "--on", vendor],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url},
        )
    print(done.stdout, end="")
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


@contextmanager
def _database(vendor: str) -> Iterator[str]:
    if vendor == "sqlite":
        with tempfile.TemporaryDirectory(prefix="bench-analytics-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"
        return
    name = f"bench_analytics_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield SERVER.rsplit("/", 1)[0] + f"/{name}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    _set_up()
    events = options.events or EVENTS[options.on]
    started = time.perf_counter()
    count = _fill(events, options)
    filled = time.perf_counter() - started
    statements = _Statements()
    reports = _time_reports(options, statements)
    page = _time_page(options, statements)
    slowest, whose = statements.slowest()
    return {
        "database": options.on,
        "events": count,
        "filled_seconds": round(filled, 1),
        "reports": len(reports),
        "slowest_report_ms": max(reports.values(), default=None),
        "slowest_query_ms": slowest,
        "slowest_query": whose,
        **page,
        **_time_rollup(options.repeats),
        **_time_inserts(options.inserts),
        "load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
    }


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongyi_portal.settings.test"
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.DATABASES["default"]["TEST"] = {}
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)


def _fill(events: int, options: argparse.Namespace) -> int:
    from django.db import connection
    from django.utils import timezone

    from templates_app.models import Category, DanceTemplate
    from tongyi_portal.usage.history import HistoryPlan
    from tongyi_portal.usage.services.demo_history import usage_demo_write

    category = Category.objects.first() or Category.objects.create(
        slug="bench", name_zh="跳舞", name_en="Dance"
    )
    templates = [
        DanceTemplate(
            slug=f"bench-{number}", name_zh=f"舞{number}", name_en=f"Dance {number}", category=category
        )
        for number in range(options.templates)
    ]
    DanceTemplate.objects.bulk_create(templates)
    now = timezone.localtime(timezone=timezone.get_default_timezone())
    plan = HistoryPlan(now, options.days, events, options.templates, seed=1)
    count = usage_demo_write(
        plan=plan, template_ids=[one.pk for one in templates], say=lambda line: print(line, file=sys.stderr)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return count


class _Statements:
    """Medians of single statements, each told by who ran it and the how many-th it was."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, int], list[float]] = {}
        self.texts: dict[tuple[str, int], str] = {}

    @contextmanager
    def of(self, who: str) -> Iterator[None]:
        from django.db import connection

        number = 0

        def timed(execute: Callable[..., Any], text: str, *rest: Any) -> Any:
            nonlocal number
            started = time.perf_counter()
            try:
                return execute(text, *rest)
            finally:
                key, number = (who, number), number + 1
                self.times.setdefault(key, []).append((time.perf_counter() - started) * 1000)
                self.texts[key] = text

        with connection.execute_wrapper(timed):
            yield

    def count(self, who: str) -> int:
        return sum(one == who for one, _number in self.times)

    def slowest(self) -> tuple[float | None, str]:
        if not self.times:
            return None, ""
        key = max(self.times, key=lambda one: statistics.median(self.times[one]))
        who, number = key
        text = " ".join(self.texts[key].split())
        return round(statistics.median(self.times[key]), 2), f"{who}, statement {number + 1}: {text[:300]}"


def _time_reports(options: argparse.Namespace, statements: _Statements) -> dict[str, float]:
    """Of each report and period, the median with the period before."""
    from tongyi_portal.common.reports import all_reports, asked_of, report_run

    found: dict[str, float] = {}
    for report in all_reports():
        if not type(report).__module__.startswith(options.family):
            continue
        for preset in PRESETS if report.has_period else PRESETS[:1]:
            who, times = f"{report.key} over {preset} days", []
            asked = asked_of(report, {"preset": preset, "compare": "previous"})
            for number in range(options.repeats + 1):
                with statements.of(who) if number else nullcontext():  # the first run fills caches
                    _result, milliseconds = _timed(partial(report_run, report, asked))
                times.append(milliseconds)
            found[who] = round(statistics.median(times[1:]), 1)
            print(f"{who}: {found[who]} ms", file=sys.stderr)
    return found


def _time_page(options: argparse.Namespace, statements: _Statements) -> dict[str, Any]:
    """The page as an administrator gets it; page_ms is None where there is none."""
    import logging

    from django.test import Client

    from tongyi_portal.accounts.models import User

    logging.disable(logging.INFO)
    client = Client()
    boss = User.objects.create_superuser("bench-boss", password=uuid.uuid4().hex)
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    times, processor = [], time.process_time()
    for number in range(options.repeats + 1):
        with statements.of("the page") if number else nullcontext():
            answer, milliseconds = _timed(lambda: client.get(options.page))
        if answer.status_code != 200:
            print(f"{options.page} answers {answer.status_code}", file=sys.stderr)
            return {"page_ms": None}
        times.append(milliseconds)
    return {
        "page_ms": round(statistics.median(times[1:]), 1),
        "page_processor_ms": round((time.process_time() - processor) * 1000 / len(times), 1),
        "page_statements": statements.count("the page"),
    }


def _time_rollup(repeats: int) -> dict[str, Any]:
    from django.db.models import Sum
    from django.db.models.functions import TruncHour
    from django.utils import timezone

    from tongyi_portal.usage.models import QuarterTotal
    from tongyi_portal.usage.services.sums import day_spans, hour_spans, sums_write

    hours_of = QuarterTotal.objects.annotate(hour=TruncHour("quarter", tzinfo=UTC)).values("hour")
    busiest = hours_of.annotate(events=Sum("count")).order_by("-events").first()
    assert busiest is not None
    hour, zone = busiest["hour"], timezone.get_default_timezone()
    spans = hour_spans(hour, hour + timedelta(hours=1))
    hours = [_timed(lambda: sums_write(spans))[1] for _number in range(repeats + 1)]
    days = [_timed(lambda: sums_write(day_spans(hour.astimezone(zone).date())))[1] for _number in range(3)]
    return {
        "rollup_hour_ms": round(statistics.median(hours[1:]), 2),
        "rollup_hour_events": busiest["events"],
        "rollup_day_ms": round(statistics.median(days), 1),
    }


def _time_inserts(count: int) -> dict[str, float]:
    """One of each in turn, in a transaction that is rolled back; microseconds of an event."""
    from django.db import connection, transaction
    from django.utils import timezone

    from tongyi_portal.usage.models import UsageKind
    from tongyi_portal.usage.services.recording import INSERT, usage_record

    account, template, app = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    facts: dict[str, Any] = {
        "job_kind": "dance_video",
        "engine": "animation",
        "app_id": app,
        "template_id": template,
        "subject_kind": "photo",
    }
    with transaction.atomic():
        usage_record(kind=UsageKind.SUBMITTED, account_id=account, **facts)  # makes today's salt
    ids = [app, template] if connection.features.has_native_uuid_field else [app.hex, template.hex]
    moment = connection.ops.adapt_datetimefield_value(timezone.now())
    names = ("dance_video", "animation")
    row = (moment, "submitted", "", "", "", "", *names, *ids, "photo", None, None, 1234567890123456789, False)

    found: dict[str, list[float]] = {"record": [], "bare": []}
    with transaction.atomic(), connection.cursor() as cursor:
        record = partial(usage_record, kind=UsageKind.SUBMITTED, account_id=account, **facts)
        for _number in range(count):
            found["record"].append(_timed(record)[1] * 1000)
            found["bare"].append(_timed(partial(cursor.execute, INSERT, row))[1] * 1000)
        transaction.set_rollback(True)
    record_us, bare_us = (statistics.median(found[name]) for name in ("record", "bare"))
    return {
        "insert_ratio": round(record_us / bare_us, 2),
        "record_us": round(record_us, 1),
        "bare_insert_us": round(bare_us, 1),
    }


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = act()
    return result, (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
