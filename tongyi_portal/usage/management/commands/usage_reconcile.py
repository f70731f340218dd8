"""manage.py usage_reconcile: compares sums with events, and events with the tables they come from."""

from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tongyi_portal.usage.services.reconciling import usage_reconcile
from tongyi_portal.usage.services.rollups import usage_roll_up
from tongyi_portal.usage.slots import day_end, day_start


class Command(BaseCommand):
    """Exit status 1 and one line for each difference, unless all of them were repaired."""

    help = (
        "Compare the sums of usage with its events, and the events with jobs, uploads, decisions and appeals."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_day, metavar="DAY", help="First day; a week ago by default.")
        parser.add_argument("--until", type=_day, metavar="DAY", help="Last day; today by default.")
        parser.add_argument(
            "--repair", action="store_true", help="Write what is missing, and what differs anew."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when something differs and was not repaired, and for days that are none."""
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        first = options["since"] or today - timedelta(days=7)
        last = options["until"] or today
        if first > last or first > today:
            raise CommandError(f"There is nothing to compare from {first} to {last}; today is {today}.")
        found = usage_reconcile(since=day_start(first), until=day_end(last), is_repairing=options["repair"])
        if options["repair"]:
            usage_roll_up()
        for one in found:
            self.stderr.write(str(one))
        left = [one for one in found if not one.repaired]
        if left:
            raise CommandError(f"Usage does not add up: {len(left)} differences.")
        self.stdout.write(f"Usage adds up from {first} to {last}; {len(found)} differences repaired.")


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError as error:
        raise ArgumentTypeError(f"A day looks like 2026-03-01, got {text!r}.") from error
