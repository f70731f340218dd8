"""Become one of the portal's processes: what a container runs; `serve` runs all of them on one machine."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from tongyi_portal.serving import programs
from tongyi_portal.serving.private_files import keep_files_private
from tongyi_portal.settings import env


class Command(BaseCommand):
    """The process is replaced, so that signals reach the program itself.

    A worker that is asked to end (SIGTERM) goes on for WORKER_DRAIN_SECONDS, and then gives its job back.
    """

    help = "Run one program in the foreground: web, worker or beat."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_subparsers(dest="which", required=True)
        web = which.add_parser("web", help="gunicorn")
        web.add_argument("--host", default="0.0.0.0")  # noqa: S104  # a container's own address
        web.add_argument("--port", type=int, default=8000)
        web.add_argument("--processes", type=int, default=2)
        web.add_argument("--threads", type=int, default=8)
        web.add_argument("--grace-seconds", type=int, default=30, help="For requests, when asked to end.")
        worker = which.add_parser("worker", help="One Celery worker.")
        worker.add_argument(
            "--queue", choices=[queue.name for queue in settings.CELERY_TASK_QUEUES], required=True
        )
        which.add_parser("beat", help="The clock.")

    def handle(self, *args: Any, **options: Any) -> None:
        keep_files_private()
        env.hand_on(
            "REMAP_SIGTERM", "SIGQUIT"
        )  # Celery's SIGTERM would wait for the job, however long it takes
        program = _program(options)
        os.execv(program.command[0], program.command)  # noqa: S606


def _program(options: dict[str, Any]) -> programs.Program:
    if options["which"] == "web":
        names = ("host", "port", "processes", "threads", "grace_seconds")
        return programs.web(**{name: options[name] for name in names})
    if options["which"] == "worker":
        return programs.worker(options["queue"])
    folder = Path(settings.VAR_DIR) / "serve"
    folder.mkdir(parents=True, exist_ok=True)
    return programs.beat(folder=folder)
