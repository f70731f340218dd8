"""Fill a database with what the demo needs: logins, an app's token, a policy, sample people, dances."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tongyi_portal.accounts.models import User
from tongyi_portal.demo import accounts, library


class Command(BaseCommand):
    help = "Fill the database for the demo. Safe to run again: only what is missing is done."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.VAR_DIR)
        logins = accounts.demo_people_ensure(folder=folder)
        accounts.demo_token_ensure(folder=folder)
        library.demo_rules_ensure()
        library.demo_samples_ensure(say=self.stdout.write)
        curator = User.objects.get(username=accounts.ADMIN)
        dances = library.demo_library_ensure(by=curator, say=self.stdout.write)
        self.stdout.write(
            f"{len(dances)} dances, {len(logins)} logins ({folder / accounts.LOGINS_FILE}), "
            f"one API token ({folder / accounts.TOKEN_FILE})."
        )
