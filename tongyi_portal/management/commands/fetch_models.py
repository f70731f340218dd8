"""Fetches the model files of the manifest, or only checks them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongyi_portal.vision.model_files import ModelFetchFailed, ModelFiles


class Command(BaseCommand):
    """`manage.py fetch_models`: instant when every file is there and has the right SHA-256."""

    help = "Fetch the model files and verify them against their SHA-256."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Only verify; exit 1 when something is wrong."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        models = ModelFiles(settings.MODELS_ROOT)
        if not options["check"]:
            try:
                models.fetch(self.stdout.write)
            except ModelFetchFailed as error:
                raise CommandError(str(error)) from error
        problems = {entry.key: models.problem(entry) for entry in models.manifest}
        for entry in models.manifest:
            problem = problems[entry.key]
            state = self.style.SUCCESS("ok") if problem is None else self.style.ERROR(problem)
            self.stdout.write(
                f"{entry.key}: {entry.size / 1e6:.1f} MB, {entry.source}, {entry.licence}: {state}"
            )
        wrong = sum(problem is not None for problem in problems.values())
        if wrong:
            raise CommandError(f"{wrong} of {len(problems)} model files are missing or damaged.")
