"""Writes the page of problems, or checks that it is current."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tongyi_portal.api import problems


class Command(BaseCommand):
    help = "Write docs/api/problems.md. --check: only say whether it is current."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        document = problems.page()
        if options["check"]:
            if not problems.SNAPSHOT.exists() or problems.SNAPSHOT.read_text() != document:
                raise CommandError("docs/api/problems.md is not current; run manage.py api_problems.")
            return
        problems.SNAPSHOT.write_text(document)
        self.stdout.write(f"Wrote {problems.SNAPSHOT}.")
