"""Writes the OpenAPI snapshot, or checks that it is current."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tongyi_portal.api import schema


class Command(BaseCommand):
    help = "Write docs/api/openapi.yaml. --check: only say whether it is current."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        document = schema.document()
        if options["check"]:
            if not schema.SNAPSHOT.exists() or schema.SNAPSHOT.read_text() != document:
                raise CommandError("docs/api/openapi.yaml is not current; run manage.py api_schema.")
            return
        schema.SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
        schema.SNAPSHOT.write_text(document)
        self.stdout.write(f"Wrote {schema.SNAPSHOT}.")
