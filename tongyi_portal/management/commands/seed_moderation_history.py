"""Make up days of moderation, so that reports, simulations and the desk have something to show."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongyi_portal.accounts.models import User
from tongyi_portal.demo.moderation_history import PREFIX, moderation_history_hide, moderation_history_make


class Command(BaseCommand):
    help = (
        "Make up days of moderation. Its accounts are named history-...; evidence is never deleted, so use a "
        "database that you can throw away. Only with DEBUG."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--per-day", type=int, default=200)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--hide",
            action="store_true",
            help="Erase the pictures again, empty the queue of it, close its accounts; evidence stays.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Made-up history is only for databases of the demo: set DEBUG=1.")
        if options["hide"]:
            self.stdout.write(self.style.SUCCESS(f"{moderation_history_hide()} pictures erased"))
            return
        if User.objects.filter(username__startswith=PREFIX).exists():
            raise CommandError("This database has a made-up history already.")
        count = moderation_history_make(
            days=options["days"],
            per_day=options["per_day"],
            seed=options["seed"],
            say=self.stdout.write,
            with_pictures=True,
        )
        self.stdout.write(self.style.SUCCESS(f"{count} contents"))
