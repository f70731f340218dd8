"""Fill a database with what the demo needs: logins, an app's token, sample people, dances."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from templates_app.characters import CHARACTERS
from templates_app.choreography import CHOREOGRAPHIES
from tongyi_portal.accounts.models import User
from tongyi_portal.demo import accounts, library


class Command(BaseCommand):
    help = "Fill the database for the demo. Safe to run again: only what is missing is done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dances", nargs="*", choices=list(CHOREOGRAPHIES), metavar="SLUG", help="Default: all."
        )
        parser.add_argument(
            "--people",
            nargs="*",
            choices=list(CHARACTERS),
            metavar="KEY",
            help="Sample people; default: all.",
        )
        parser.add_argument("--without-accounts", action="store_true", help="Logins and token stand already.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.VAR_DIR)
        if not options["without_accounts"]:
            logins = accounts.demo_people_ensure(folder=folder)
            accounts.demo_token_ensure(folder=folder)
            self.stdout.write(f"{len(logins)} logins in {folder / accounts.LOGINS_FILE}")
            self.stdout.write(f"an API token in {folder / accounts.TOKEN_FILE}")
        library.demo_samples_ensure(say=self.stdout.write, only=options["people"])
        library.demo_library_ensure(
            curator=User.objects.get(username=accounts.CURATOR),
            publisher=User.objects.get(username=accounts.PUBLISHER),
            moderator=User.objects.get(username=accounts.MODERATOR),
            say=self.stdout.write,
            only=options["dances"],
        )
