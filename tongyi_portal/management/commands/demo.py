"""Show the whole product: start it, make a dance video as an app would, and keep serving."""

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from templates_app.choreography import CHOREOGRAPHIES
from tongyi_portal.demo import accounts, library
from tongyi_portal.demo.accounts import DemoLogin
from tongyi_portal.demo.app import DemoApp, DemoFailed, Json
from tongyi_portal.demo.filling import Part, all_parts, fill, first_parts
from tongyi_portal.demo.portal import Portal, free_port
from tongyi_portal.vision.model_files import ModelFetchFailed, ModelFiles

FIRST_PORT = 8000
MANAGE = Path(settings.BASE_DIR) / "manage.py"
VAR = Path(settings.VAR_DIR)


class Command(BaseCommand):
    help = "Start the portal, make one dance video through its REST API, and keep serving until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Stop everything after the video.")
        parser.add_argument("--photo", type=Path, help="Your own photo; default: a drawn sample person.")
        parser.add_argument(
            "--template",
            default="kemusan",
            choices=list(CHOREOGRAPHIES),
            metavar="SLUG",
            help=f"One of {', '.join(CHOREOGRAPHIES)} (default: kemusan).",
        )
        parser.add_argument("--seconds", type=int, default=10, help="Length of the video, 2 to 30.")
        parser.add_argument("--port", type=int, help=f"Default: the first free one from {FIRST_PORT} on.")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.console = Console(highlight=False, soft_wrap=True)
        if options["photo"] is not None and not options["photo"].is_file():
            raise CommandError(f"There is no file {options['photo']}.")
        try:
            with self._step("Preparing"):
                ModelFiles(settings.MODELS_ROOT).fetch(self.console.print)
                call_command("migrate", verbosity=0, interactive=False)
            port = options["port"] or free_port(FIRST_PORT)
            with Portal(manage=MANAGE, port=port, log=VAR / "logs" / "serve.log") as portal:
                self._show(portal, options)
        except KeyboardInterrupt:
            self.console.print("Stopped.")
        except (DemoFailed, ModelFetchFailed) as error:
            raise CommandError(str(error)) from error

    def _show(self, portal: Portal, options: dict[str, Any]) -> None:
        with self._step("Starting the portal"):
            logins = accounts.demo_people_ensure(folder=VAR)
            token = accounts.demo_token_ensure(folder=VAR)
            library.demo_rules_ensure()
            connection.close()
            portal.wait_until("/healthz")
        self.console.print(f"[bold]Studio   {portal.url}/[/]")
        lacks = library.demo_library_lacks()
        self._fill(first_parts(lacks, sample=library.SAMPLE, dance=options["template"]))
        path = self._play(portal, token, options)
        self.console.print(f"[bold]Video    {path}[/]")
        if options["once"]:
            return
        self._tell(portal, logins)
        self._fill(all_parts(library.demo_library_lacks()))
        self.console.print("Serving until Ctrl-C.")
        while True:
            portal.require_running()
            time.sleep(1)

    def _fill(self, parts: list[Part]) -> None:
        connection.close()
        with self._step("Filling the library") as say:
            fill(parts, manage=MANAGE, log=VAR / "logs" / "seed.log", say=say)

    def _play(self, portal: Portal, token: str, options: dict[str, Any]) -> Path:
        """What an app does, through the REST API alone."""
        with DemoApp(portal.url, token) as app, self._bar() as see:
            portal.wait_until("/readyz")
            upload = app.upload(options["photo"] or library.sample_photo())
            app.check(upload["id"])
            job = app.submit(upload["id"], options["template"], options["seconds"])
            job = app.wait(job, see, for_people=not options["once"])
            return app.download(job, VAR / "demo")

    def _tell(self, portal: Portal, logins: list[DemoLogin]) -> None:
        self.console.print(f"Console  {portal.url}/console/")
        self.console.print(f"API      {portal.url}/api/docs")
        width = max(len(login.username) for login in logins)
        for login in logins:
            self.console.print(f"         {login.username:<{width}}  {login.password}  ({login.role})")

    @contextmanager
    def _step(self, title: str) -> Iterator[Any]:
        """A line that lives while something is being done; without a terminal each step is printed once."""
        if not self.console.is_terminal:
            yield lambda line: self.console.print(f"{title}: {line}")
            return
        with self.console.status(f"{title} …") as status:
            yield lambda line: status.update(f"{title} … {line}")

    @contextmanager
    def _bar(self) -> Iterator[Any]:
        """A progress bar with queue position and estimate; without a terminal a line for each new stage."""
        if not self.console.is_terminal:
            seen: set[str] = set()

            def tell(job: Json) -> None:
                if job["stage"] not in seen:
                    seen.add(job["stage"])
                    self.console.print(f"{job['progress']:>4.0%}  {_in_words(job)}")

            yield tell
            return
        columns = (TextColumn("{task.description:<42}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            task = progress.add_task("Uploading", total=1.0)
            yield lambda job: progress.update(task, completed=job["progress"], description=_in_words(job))


def _in_words(job: Json) -> str:
    """Where a job stands, for people: its place in the queue or its stage, and how long it may still take."""
    words = (
        f"In the queue, position {job['position']}" if job["position"] else str(job["stage"] or job["state"])
    )
    words = "A moderator has to decide in the console" if job["state"] in {"held", "in_review"} else words
    words = "Done" if job["state"] == "succeeded" else words
    if job["eta"]:
        words += f", {job['eta']['low_seconds']:.0f} to {job['eta']['high_seconds']:.0f} s left"
    return words[:1].upper() + words[1:]
