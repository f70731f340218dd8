"""Times how long a moderator waits for the next item when 100,000 items are queued, on PostgreSQL;
with --scans, how long the simulation of a policy over so many stored scans takes instead.

Makes a database of its own on the server of BENCH_DATABASE_URL (postgres://postgres@127.0.0.1/postgres),
fills it with items in six queues, lets moderators claim one after the other, and drops it. The last line is
JSON: `next_item_ms_at_100k` (median of review_claim_next, with reading the moderator's account and rights),
`next_item_ms_p95`, what else the desk reads, and its whole requests: `desk_answer_ms` answers one item and
claims the next, `desk_ahead_ms` loads one ahead, `queue_page_ms` is the page of the queue. `load` is the
machine's load per core while measuring: above 1 the figures are those of a busy machine.

    python benchmarks/moderation_queue.py
    python benchmarks/moderation_queue.py --items 10000 --explain
    python benchmarks/moderation_queue.py --scans 100000
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1/postgres")
BATCH = 5000
QUEUES = 6
MOST_SCANS = 500_000
FINDINGS = 3  # of each scan; real ones of pictures have two to six


def next_item_ms_at_100k() -> float:
    """The median in milliseconds, measured by this script in a process of its own."""
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True, cwd=ROOT)
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return float(figures["next_item_ms_at_100k"])


def main() -> None:
    options = _options()
    name = f"bench_queue_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            _set_up(name)
            figures = _simulation(options.scans) if options.scans else _measure(options)
        finally:
            with suppress(ImportError):
                from django.db import connections

                connections.close_all()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument(
        "--scans", type=_scan_count, default=0, help=f"simulate over so many scans, at most {MOST_SCANS}"
    )
    parser.add_argument("--explain", action="store_true", help="print the plan of a lane's head")
    return parser.parse_args()


def _scan_count(text: str) -> int:
    count = int(text)
    if not 0 < count <= MOST_SCANS:
        raise argparse.ArgumentTypeError(f"1 to {MOST_SCANS}, got {count}")
    return count


def _set_up(name: str) -> None:
    os.environ["DATABASE_URL"] = SERVER.rsplit("/", 1)[0] + f"/{name}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongyi_portal.settings.test"
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.DATABASES["default"]["TEST"] = {}
    call_command("migrate", verbosity=0)


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection

    from moderation.queue_selectors import backlog_counts, review_heads_for
    from moderation.services.reviews import review_answer, review_claim_next
    from tongyi_portal.accounts.models import User

    def claim(pk: uuid.UUID) -> Any:
        return review_claim_next(User.objects.get(pk=pk))

    people = _people()
    started = time.perf_counter()
    _fill(options.items, people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"filled in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    claims: list[float] = []
    answers: list[float] = []
    for number in range(options.claims):
        item, milliseconds = _timed(partial(claim, people[number % len(people)].pk))
        claims.append(milliseconds)
        _answered, milliseconds = _timed(partial(review_answer, item, item.claimed_by, True, "", ""))
        answers.append(milliseconds)
    peeks = [_timed(lambda: review_heads_for(people[0], count=3))[1] for _ in range(20)]
    counts = [_timed(backlog_counts)[1] for _ in range(5)]
    desk = _desk_times(people[1])
    if options.explain:
        _explain(people[0])
    claims.sort()
    return {
        "items": options.items,
        "next_item_ms_at_100k": round(statistics.median(claims), 2),
        "next_item_ms_p95": round(claims[int(len(claims) * 0.95)], 2),
        "answer_ms": round(statistics.median(answers), 2),
        "look_ahead_ms": round(statistics.median(peeks), 2),
        "backlog_counts_ms": round(statistics.median(counts), 2),
        **desk,
        "load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
    }


def _desk_times(user: Any) -> dict[str, float]:
    """Medians of whole requests of the desk, without the network; the counts are as old as they may be."""
    import logging

    from django.conf import settings
    from django.test import Client

    logging.disable(logging.INFO)
    settings.QUEUE_COUNTS_SECONDS, settings.ALLOWED_HOSTS = 5, ["testserver"]
    client, base = Client(headers={"Accept": "application/json"}), "/console/moderation/reviewitem/desk/"
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def post(path: str, **given: Any) -> tuple[Any, float]:
        return _timed(lambda: client.post(f"{base}{path}/", given).json())

    item = post("next")[0]["next"]["id"]
    aheads, answers = [], []
    for _ in range(30):
        ahead, milliseconds = post("peek", has=[item])
        aheads.append(milliseconds)
        told, milliseconds = post(f"{item}/approve", next=ahead["id"])
        answers.append(milliseconds)
        item = told["next"]["id"]
    pages = [_timed(lambda: client.get(base))[1] for _ in range(10)]
    measured = {"desk_answer_ms": answers, "desk_ahead_ms": aheads, "queue_page_ms": pages}
    return {name: round(statistics.median(times), 2) for name, times in measured.items()}


def _people() -> list[Any]:
    """Five moderators, one of them senior; the last one works only on the least urgent queue."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from moderation.models import ReviewQueue
    from tongyi_portal.common import roles

    people = []
    for number in range(5):
        user = get_user_model().objects.create_user(username=f"moderator-{number}", is_staff=True)
        role = roles.SENIOR_MODERATOR if number == 0 else roles.MODERATOR
        user.groups.add(Group.objects.get(name=role))
        people.append(user)
    for number in range(1, QUEUES):
        ReviewQueue.objects.create(slug=f"queue-{number}", name=f"Queue {number}", position=number)
    ReviewQueue.objects.get(slug=f"queue-{QUEUES - 1}").members.add(people[-1])
    return people


def _fill(count: int, people: list[Any]) -> None:
    """Items of all severities, due in the last and next ten days; one in fifty is barred to somebody."""
    from django.utils import timezone

    from moderation.models import ReviewItem, ReviewQueue, ScanRun
    from moderation.services.policies import policy_live

    chance, policy, moment = random.Random(7), policy_live(), timezone.now()
    queues = list(ReviewQueue.objects.values_list("pk", flat=True))
    for _start in range(0, count, BATCH):
        runs = [
            ScanRun(
                subject_type="upload",
                subject_id=uuid.uuid4(),
                surface="photo",
                medium="image",
                content_sha256="0" * 64,
                policy=policy,
                verdict="review",
                reason_codes=["sexual_nudity"],
                milliseconds=50.0,
            )
            for _ in range(min(BATCH, count - _start))
        ]
        ScanRun.objects.bulk_create(runs)
        ReviewItem.objects.bulk_create(
            ReviewItem(
                scan_run=run,
                subject_type=run.subject_type,
                subject_id=run.subject_id,
                surface=run.surface,
                category="sexual_nudity",
                severity=chance.choice((0, 2, 2, 4, 4, 4, 6)),
                reason_codes=run.reason_codes,
                queue_id=chance.choice(queues),
                for_senior=chance.random() < 0.03,
                not_by=chance.choice(people) if chance.random() < 0.02 else None,
                due_at=moment + timedelta(minutes=chance.randrange(-14400, 14400)),
            )
            for run in runs
        )


def _simulation(count: int) -> dict[str, Any]:
    """A draft like the default policy with one milder rule, replayed over `count` scans."""
    from django.utils import timezone

    from moderation.models import PolicySimulation
    from moderation.services import simulations
    from moderation.services.policies import policy_draft_from, policy_live, policy_rules_replace, rule_rows
    from moderation.services.simulations import simulation_request, simulation_run
    from tongyi_portal.accounts.models import User

    started = time.perf_counter()
    _fill_scans(count)
    print(f"filled in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    boss = User.objects.create_superuser("boss", password="bench")
    draft = policy_draft_from(source=policy_live(), title="bench", by=boss)
    rows = rule_rows(draft)
    for row in rows:
        if row["category"] == "sexual_nudity" and row["verdict"] == "review":
            row["min_confidence"] = 60
    policy_rules_replace(policy=draft, rules=rows, by=boss)
    since = timezone.now() - timedelta(days=365)
    before = _peak_mib()
    with patch.object(simulations, "enqueue"):  # no worker takes it; it runs below, where it is timed
        simulation = simulation_request(policy=draft, since=since, by=boss)
    processor = time.process_time()
    _none, milliseconds = _timed(lambda: simulation_run(simulation_id=simulation.pk, seconds=3600))
    done = PolicySimulation.objects.get(pk=simulation.pk)
    return {
        "scans": done.examined,
        "state": str(done.state),
        "changes": done.changes.count(),
        "simulation_seconds": round(milliseconds / 1000, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
        "scans_per_second": round(done.examined / milliseconds * 1000),
        "memory_grew_mib": round(_peak_mib() - before, 1),
        "load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
    }


def _fill_scans(count: int) -> None:
    from moderation.models import Finding, ScanRun
    from moderation.policy.evaluate import evaluate
    from moderation.scanners import base
    from moderation.services.policies import policy_load
    from moderation.taxonomy import Category, Severity, Surface

    chance, (policy, rules) = random.Random(7), policy_load()
    kinds = [("sexual_nudity", 4), ("sexual_suggestive", 0), ("sexual_explicit", 6), ("gore", 2)]
    for start in range(0, count, BATCH):
        runs = [
            ScanRun(
                subject_type="upload",
                subject_id=uuid.uuid4(),
                surface=chance.choice(("photo", "garment", "output")),
                job_kind="dance_video",
                medium="image",
                content_sha256="0" * 64,
                policy=policy,
                milliseconds=50.0,
            )
            for _ in range(min(BATCH, count - start))
        ]
        findings = []
        for run in runs:
            own = []
            for _number in range(FINDINGS):
                category, severity = chance.choices(kinds, (3, 12, 1, 1))[0]
                own.append(
                    Finding(
                        scan_run=run,
                        scanner="nsfw_detector",
                        scanner_version="bench",
                        category=category,
                        severity=severity,
                        confidence=round(chance.uniform(1, 99), 1),
                        label="bench",
                        milliseconds=20.0,
                    )
                )
            found = [
                base.Finding(Category(one.category), Severity(one.severity), one.confidence, one.label)
                for one in own
            ]
            run.verdict = evaluate(found, rules.rules, Surface(run.surface), run.job_kind).verdict
            findings += own
        ScanRun.objects.bulk_create(runs)
        Finding.objects.bulk_create(findings, batch_size=BATCH)


def _peak_mib() -> float:
    """The most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _explain(user: Any) -> None:
    from moderation.models import ReviewQueue
    from moderation.queue_selectors import review_lane_of

    queue_id = ReviewQueue.objects.values_list("pk", flat=True)[0]
    print(review_lane_of(user, queue_id=queue_id, for_senior=False)[:1].explain(analyze=True))


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = act()
    return result, (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
