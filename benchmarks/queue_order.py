"""Times how long a worker takes to find and claim its next job while 10,000 wait, and a web process to learn
the position of every one of them, on SQLite and on PostgreSQL.

Makes a database of its own for each: a file, and one on the server of BENCH_DATABASE_URL
(postgres://postgres@127.0.0.1/postgres), and removes it. The last line is JSON: `claim_ms_sqlite`,
`claim_ms_postgresql` (median of job_claim_next), `positions_ms_...` (the whole order, as wait_board reads
it), of that `read_ms_...` (the one query), and `load`, the machine's load per core while measuring: above 1
the figures are those of a busy machine.

    python benchmarks/queue_order.py
    python benchmarks/queue_order.py --jobs 1000 --explain
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1/postgres")
APPS, PERSONS = 20, 3000
BATCH = 2000


def main() -> None:
    options = _options()
    if options.database:
        print(json.dumps(_measure(options)))
        return
    figures: dict[str, Any] = {"jobs": options.jobs}
    with tempfile.TemporaryDirectory() as folder:
        figures |= _in_a_process(options, "sqlite", f"sqlite:///{folder}/queue.sqlite3")
    name = f"bench_order_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            figures |= _in_a_process(options, "postgresql", SERVER.rsplit("/", 1)[0] + f"/{name}")
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    figures["load"] = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--claims", type=int, default=30)
    parser.add_argument("--explain", action="store_true", help="print the plan of the query")
    parser.add_argument("--database", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_a_process(options: argparse.Namespace, name: str, url: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--jobs", str(options.jobs), "--claims", str(options.claims)]
    command += ["--database", url, *(["--explain"] if options.explain else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    print(done.stderr, end="", file=sys.stderr)
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return {f"{key}_{name}": value for key, value in figures.items()}


def _measure(options: argparse.Namespace) -> dict[str, float]:
    os.environ["DATABASE_URL"] = options.database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongyi_portal.settings.test"
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    settings.DATABASES["default"]["TEST"] = {}
    call_command("migrate", verbosity=0)
    from generation.models import Job
    from generation.queue_line import queue_line
    from generation.services.claims import job_claim_next
    from generation.worker_offer import WorkerOffer

    _fill(options.jobs)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    if options.explain:
        fields = ("id", "owner_id", "token_id", "kind", "engine_key", "work_units", "tier", "queued_at")
        rows = Job.objects.filter(state="queued").order_by().values_list(*fields, "not_before")
        print(rows.explain(), file=sys.stderr)
    offer = WorkerOffer(memory_mb=64_000, gpu_memory_mb=0, has_weights=lambda _key: True)
    figures = _medians("read", queue_line, 10)
    figures |= _medians("positions", lambda: queue_line().order(), 10)
    figures |= _medians("claim", lambda: job_claim_next(offer=offer, loaded=("animation",)), options.claims)
    left = Job.objects.filter(state="queued").count()
    assert left == options.jobs - options.claims, left
    connection.close()
    return figures


def _medians(name: str, act: Callable[[], object], times: int) -> dict[str, float]:
    taken, computed = [], []
    for _ in range(times):
        started, clock = time.perf_counter(), time.process_time()
        act()
        taken.append(1000 * (time.perf_counter() - started))
        computed.append(1000 * (time.process_time() - clock))
    return {
        f"{name}_ms": round(statistics.median(taken), 1),
        f"{name}_cpu_ms": round(statistics.median(computed), 1),
    }


def _fill(count: int) -> None:
    """Half of the jobs from apps, half from persons of the studio; one in five is batch; some work is going
    on.
    """
    from django.utils import timezone

    from generation.models import Job, JobTier
    from generation.services.leases import job_claim
    from tongyi_portal.accounts.models import ApiToken, User

    chance, now = random.Random(7), timezone.now()
    apps = User.objects.bulk_create(User(username=f"app-{n}") for n in range(APPS))
    persons = User.objects.bulk_create(User(username=f"person-{n}") for n in range(PERSONS))
    tokens = ApiToken.objects.bulk_create(ApiToken(owner=app, name="t", digest=app.pk.hex) for app in apps)
    rows = []
    for number in range(count + 50):
        token = chance.choice(tokens) if number % 2 else None
        rows.append(
            Job(
                owner=token.owner if token else chance.choice(persons),
                token=token,
                kind="dance_video",
                params={"duration_seconds": 10, "size": "576x1024", "fps": 30, "template": "kemusan"},
                seed=number,
                engine_key="animation",
                work_units=chance.choice([5.0, 10.0, 15.0, 30.0]),
                tier=JobTier.BATCH if number % 5 == 0 else JobTier.INTERACTIVE,
                queued_at=now - timedelta(seconds=chance.uniform(0, 1200)),
            )
        )
    Job.objects.bulk_create(rows, batch_size=BATCH)
    for row in rows[:50]:
        job_claim(job_id=row.pk)


if __name__ == "__main__":
    main()
