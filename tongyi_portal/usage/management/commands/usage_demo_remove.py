"""manage.py usage_demo_remove: takes made-up history out of the usage tables."""

from typing import Any

from django.core.management.base import BaseCommand

from tongyi_portal.usage.services.demo_removal import usage_demo_remove


class Command(BaseCommand):
    """Prints how many rows left each table."""

    help = "Remove all usage rows that are marked as demo data; what really happened stays."

    def handle(self, *args: Any, **options: Any) -> None:
        for table, count in usage_demo_remove().items():
            self.stdout.write(f"{table}: {count}")
