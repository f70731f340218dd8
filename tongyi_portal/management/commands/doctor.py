"""Look at everything that the portal stands on, and tell what is wrong and how to mend it."""

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from tongyi_portal.operations.doctor.examination import examine
from tongyi_portal.operations.doctor.finding import Finding, Level

SEVERITY = list(Level)


class Command(BaseCommand):
    """Exit status 1 when anything is as bad as --fail-level, else 0."""

    help = "Look at everything that the portal stands on, and tell what is wrong and how to mend it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON document instead of lines.")
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="Of the texts; codes stay English.",
        )
        parser.add_argument("--fail-level", choices=["warning", "error"], default="error")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            findings = []
            for finding in examine():
                findings.append(finding)
                if not options["json"]:
                    self._show(finding)
            if options["json"]:
                document = {"findings": [asdict(finding) for finding in findings]}
                self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))
            else:
                counts = {level: sum(one.level == level for one in findings) for level in Level}
                self.stdout.write(
                    _("Errors: %(errors)d. Warnings: %(warnings)d.")
                    % {"errors": counts[Level.ERROR], "warnings": counts[Level.WARNING]}
                )
        limit = SEVERITY.index(Level(options["fail_level"]))
        if any(SEVERITY.index(finding.level) >= limit for finding in findings):
            raise SystemExit(1)

    def _show(self, finding: Finding) -> None:
        style = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.ERROR: self.style.ERROR,
        }[finding.level]
        self.stdout.write(f"{style(f'{finding.level:<7}')} {finding.text}  [{finding.code}]")
        if finding.mend:
            self.stdout.write(f"        → {finding.mend}")
