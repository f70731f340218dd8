"""Show the whole product: start it, make a dance video as an app would, and keep serving."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.urls import reverse
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.status import Status

from templates_app.choreography import CHOREOGRAPHIES
from tongyi_portal.demo import accounts, library
from tongyi_portal.demo.accounts import DemoLogin
from tongyi_portal.demo.app import WAITS_FOR_A_PERSON, DemoApp, DemoFailed, Json
from tongyi_portal.demo.filling import Filling, all_parts, first_parts
from tongyi_portal.demo.portal import Portal, free_port, require_free
from tongyi_portal.demo.progress import job_in_words, time_left
from tongyi_portal.demo.usage_history import demo_usage_ensure
from tongyi_portal.serving.private_files import keep_files_private
from tongyi_portal.vision.model_files import ModelFetchFailed, ModelFiles

FIRST_PORT = 8000
MANAGE = Path(settings.BASE_DIR) / "manage.py"
VAR = Path(settings.VAR_DIR)
DANCES = ", ".join(CHOREOGRAPHIES)


class Command(BaseCommand):
    help = "Start the portal, make one dance video through its REST API, and keep serving until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Stop everything after the video.")
        parser.add_argument("--photo", type=Path, help="Your own photo; default: a drawn sample person.")
        parser.add_argument("--template", default="kemusan", help=f"One of {DANCES} (default: kemusan).")
        parser.add_argument("--seconds", type=int, default=10, help="Length of the video, 2 to 30.")
        parser.add_argument("--port", type=int, help=f"Default: the first free one from {FIRST_PORT} on.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["photo"] is not None and not options["photo"].is_file():
            raise CommandError(f"There is no file {options['photo']}.")
        if options["template"] not in CHOREOGRAPHIES:
            raise CommandError(f"There is no dance {options['template']!r}. Choose one of {DANCES}.")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        keep_files_private()
        self.console = Console(highlight=False, soft_wrap=True)
        self._status: Status | None = None
        try:
            port = require_free(options["port"]) if options["port"] else free_port(FIRST_PORT)
            with self._step("Preparing"):
                ModelFiles(settings.MODELS_ROOT).fetch(self.console.print)
                call_command("migrate", verbosity=0, interactive=False)
            # A log for each port: a second demo that is refused must not overwrite that of the first.
            with Portal(manage=MANAGE, port=port, log=VAR / "logs" / f"serve-{port}.log") as portal:
                self._show(portal, options)
        except KeyboardInterrupt:
            self.console.print("Stopped.")
        except (DemoFailed, ModelFetchFailed) as error:
            raise CommandError(str(error)) from error

    def _show(self, portal: Portal, options: dict[str, Any]) -> None:
        with self._step("Starting the portal"):
            logins = accounts.demo_people_ensure(folder=VAR)
            token = accounts.demo_token_ensure(folder=VAR)
            connection.close()
            portal.wait_until("/healthz")
        self._tell(portal, logins, once=options["once"])
        lacks = library.demo_library_lacks()
        connection.close()
        with Filling(manage=MANAGE, log=VAR / "logs" / "seed.log", say=self._say) as filling:
            filling.start(first_parts(lacks, sample=library.SAMPLE, dance=options["template"]))
            with self._step("Filling the library"):
                filling.wait()
            path = self._play(portal, token, options, filling)
            self.console.print(f"[bold]Video    {path}[/]")
            if options["once"]:
                return
            self._fill_the_rest(filling)
            with self._step("Filling the library"):
                filling.wait()
        with self._step("Making up usage"):
            demo_usage_ensure()
            connection.close()
        self.console.print("The library is full; the usage pages show made-up weeks until usage_demo_remove.")
        self.console.print("Serving until Ctrl-C.")
        while True:
            portal.require_running()
            time.sleep(1)

    def _tell(self, portal: Portal, logins: list[DemoLogin], *, once: bool) -> None:
        self.console.print(f"[bold]Studio   {portal.url}/[/]")
        self.console.print(f"Console  {portal.url}/console/")
        self.console.print(f"API      {portal.url}/api/docs")
        self.console.print(f"Logins   {VAR / accounts.LOGINS_FILE}")
        width = max(len(login.username) for login in logins)
        for login in logins:
            self.console.print(f"         {login.username:<{width}}  {login.password}  ({login.role})")
        if once:
            self.console.print(
                "They answer until the video is made. Without ONCE=1 the portal keeps serving."
            )

    def _play(self, portal: Portal, token: str, options: dict[str, Any], filling: Filling) -> Path:
        """What an app does, through the REST API alone."""
        try:
            with DemoApp(portal.url, token) as app, self._bar(portal, filling) as see:
                portal.wait_until("/readyz")
                upload = app.upload(options["photo"] or library.sample_photo())
                app.check(upload["id"])
                job = app.submit(upload["id"], options["template"], options["seconds"])
                job = app.wait(job, see, for_people=not options["once"])
                return app.download(job, VAR / "demo")
        except DemoFailed:
            portal.require_running()  # its end says more than an answer that did not come
            raise

    def _fill_the_rest(self, filling: Filling) -> None:
        """Start what is missing, unless that is under way or there is nothing."""
        lacks = library.demo_library_lacks()
        connection.close()
        if filling.is_under_way or not lacks:
            return
        count = sum(len(dances) for dances in lacks.values())
        self.console.print(f"The other dances ({count}) appear in the studio within some minutes.")
        filling.start(all_parts(lacks))

    def _say(self, line: str) -> None:
        if self._status is None:
            self.console.print(f"Filling the library: {line}")
        else:
            self._status.update(f"Filling the library … {line}")

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        """A line that lives while something is being done; nothing without a terminal."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(f"{title} …") as self._status:
            yield
        self._status = None

    @contextmanager
    def _bar(self, portal: Portal, filling: Filling) -> Iterator[Callable[[Json], None]]:
        """Shows each answer: a progress bar, and in a log a line for each new state or stage.

        A job that waits for a moderator is told with the address of the queue, and the library is filled
        meanwhile: before that, the first video needs the cores.
        """
        told = ""

        def tell(job: Json) -> None:
            nonlocal told
            words = job_in_words(job)
            if words == told:
                return
            told = words
            if not self.console.is_terminal:
                self.console.print(f"{job['progress']:>4.0%}  {words}{time_left(job)}")
            if job["state"] in WAITS_FOR_A_PERSON:
                queue = reverse("admin:moderation_reviewitem_changelist")
                self.console.print(f"[bold]Review   {portal.url}{queue}[/]  (log in as {accounts.MODERATOR})")
                self._fill_the_rest(filling)

        if not self.console.is_terminal:
            yield tell
            return
        columns = (TextColumn("{task.description:<42}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            task = progress.add_task("Uploading", total=1.0)

            def draw(job: Json) -> None:
                tell(job)
                words = job_in_words(job) + time_left(job)
                progress.update(task, completed=job["progress"], description=words)

            yield draw
