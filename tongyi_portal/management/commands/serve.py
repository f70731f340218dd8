"""Start the portal: web server, workers and scheduler as one supervised group, until Ctrl-C."""

import errno
import ipaddress
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tongyi_portal.serving import programs
from tongyi_portal.serving.group import GroupAlreadyRuns, ProcessGroup
from tongyi_portal.serving.log_lines import readable
from tongyi_portal.serving.private_files import keep_files_private

_LOOK_SECONDS = 0.2


class Command(BaseCommand):
    help = "Start web server, workers and scheduler as one group; Ctrl-C stops them all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host", default="127.0.0.1", help="Address to listen on (default: this machine only)."
        )
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--without-web", action="store_true", help="Workers and scheduler only.")
        parser.add_argument(
            "--web-processes", type=int, default=0, help="Default: 1, or 2 with a shared cache."
        )
        parser.add_argument("--web-threads", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        keep_files_private()
        if not options["without_web"]:
            _require_safe_to_show(options["host"])
            _require_free_port(options["host"], options["port"])
            _collect_static_files()
        _require_migrated()
        group = self._group(options)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: stop.set())
        self._start(group)
        names = ", ".join(program.name for program in group.programs)
        self.stdout.write(f"Started {names}; log files are in {group.logs}.")
        if not options["without_web"]:
            self.stdout.write(
                f"Serving on http://{options['host']}:{options['port']}/; Ctrl-C stops everything."
            )
        while not stop.is_set() and group.is_running():
            self._show(group)
            stop.wait(_LOOK_SECONDS)
        self._finish(group, asked=stop.is_set())

    def _group(self, options: dict[str, Any]) -> ProcessGroup:
        folder = Path(settings.VAR_DIR) / "serve"
        wanted = [
            programs.worker("gpu"),
            programs.worker("light"),
            programs.worker("outbound"),
            programs.beat(folder=folder),
        ]
        if not options["without_web"]:
            processes = options["web_processes"] or (2 if settings.CACHE_URL else 1)
            wanted.insert(
                0,
                programs.web(
                    host=options["host"],
                    port=options["port"],
                    processes=processes,
                    threads=options["web_threads"],
                ),
            )
        logs = Path(settings.VAR_DIR) / "logs"
        return ProcessGroup(folder=folder, logs=logs, counts=settings.METRICS_DIR, programs=wanted)

    def _start(self, group: ProcessGroup) -> None:
        """Start the group; one that is just ending gets a few seconds to let go of the folder."""
        patience_ends = time.monotonic() + 8
        while True:
            try:
                return group.start()
            except GroupAlreadyRuns as error:
                if time.monotonic() > patience_ends:
                    raise CommandError(f"{error} Stop it first, or set VAR_DIR to another folder.") from error
                time.sleep(0.5)

    def _show(self, group: ProcessGroup) -> None:
        width = max(len(program.name) for program in group.programs)
        for name, line in group.new_lines():
            for part in readable(line).splitlines():
                self.stdout.write(f"{name:<{width}} | {part}")
        self.stdout.flush()

    def _finish(self, group: ProcessGroup, *, asked: bool) -> None:
        if asked:
            self.stdout.write("Stopping.")
        in_time = group.stop()
        self._show(group)
        if not asked:
            raise CommandError(f"The supervisor ended by itself; see {group.logs / 'supervisor.log'}.")
        self.stdout.write("Stopped." if in_time else "Stopped; some processes had to be killed.")


def _require_safe_to_show(host: str) -> None:
    """Raise CommandError where debug pages, which show settings and source, could be reached from outside."""
    try:
        is_loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if settings.DEBUG and not is_loopback:
        raise CommandError(
            f"Debug pages would be open to whoever reaches {host}. Set "
            "DJANGO_SETTINGS_MODULE=tongyi_portal.settings.prod, or DEBUG=0 in a network that you trust; "
            "or serve this machine alone: --host 127.0.0.1"
        )


def _require_free_port(host: str, port: int) -> None:
    """Raise CommandError unless a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is taken by another program. Choose a free one: serve --port {port + 1}"
                ) from error
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


def _collect_static_files() -> None:
    """Fill STATIC_ROOT where static files are served from there; elsewhere the apps' own are served."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    if not getattr(settings, "WHITENOISE_USE_FINDERS", False):
        call_command("collectstatic", interactive=False, verbosity=0)


def _require_migrated() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if waiting:
        raise CommandError(
            f"{len(waiting)} migrations are not applied. Run `python manage.py migrate` first."
        )
