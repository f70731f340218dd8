"""manage.py statements_export: DSA fields of all restrictions of a stretch of time, as CSV or JSON lines."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from moderation.services.statements import statements_for_export
from moderation.statement_export import EXPORTS


class Command(BaseCommand):
    """Writes to standard output; nothing is marked as sent, since whoever sends it knows what was taken."""

    help = "Write statements of reasons with the attributes of the DSA transparency database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", help="First day, YYYY-MM-DD; default: 30 days ago.")
        parser.add_argument("--until", help="First day not taken any more; default: now.")
        parser.add_argument("--format", choices=sorted(EXPORTS), default="jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for what is no day."""
        now = timezone.now()
        since = self._moment(options["since"]) or now - timedelta(days=30)
        until = self._moment(options["until"]) or now
        for line in EXPORTS[options["format"]].lines(statements_for_export(since, until)):
            self.stdout.write(line, ending="")
        sys.stdout.flush()

    def _moment(self, day: str | None) -> Any:
        if not day:
            return None
        found = parse_date(day)
        if found is None:
            raise CommandError(f"{day!r} is not a day of the form YYYY-MM-DD.")
        return timezone.make_aware(timezone.datetime(found.year, found.month, found.day))  # type: ignore[attr-defined]
