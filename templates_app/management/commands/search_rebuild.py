"""Works out anew what every template is found by, for rows that were written past the services."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from templates_app.models import DanceTemplate
from templates_app.services.search_texts import search_texts_refresh


class Command(BaseCommand):
    help = "Works out anew the words that templates are found by, and says how many were out of date."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            count = search_texts_refresh(DanceTemplate.objects.all())
        self.stdout.write(f"{count} of {DanceTemplate.objects.count()} templates were out of date.")
