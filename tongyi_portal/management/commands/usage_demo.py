"""Make up weeks of usage, marked as demo data; usage_demo_remove takes it out again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongyi_portal.demo.usage_history import demo_usage_make
from tongyi_portal.usage.services.demo_history import DemoHistoryPresent


class Command(BaseCommand):
    help = "Make up days of usage up to now, marked as demo data. usage_demo_remove takes it out again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--events", type=int, default=200_000, help="About so many in all.")
        parser.add_argument("--seed", type=int, default=1, help="Another number, another history.")
        parser.add_argument(
            "--templates", type=int, default=0, help="Default: all of the library, at least 12."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["days"], options["events"]) < 1 or options["templates"] < 0:
            raise CommandError("Days and events must be 1 or more.")
        say = self.stdout.write if options["verbosity"] > 1 else lambda _line: None
        try:
            count = demo_usage_make(
                days=options["days"],
                events=options["events"],
                seed=options["seed"],
                templates=options["templates"],
                say=say,
            )
        except DemoHistoryPresent as error:
            raise CommandError("There is made-up usage already. Run usage_demo_remove first.") from error
        self.stdout.write(self.style.SUCCESS(f"{count} events"))
