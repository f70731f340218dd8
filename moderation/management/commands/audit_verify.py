"""manage.py audit_verify: finds any changed, missing or added row of the audit chain and of the evidence."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from moderation.evidence_locks import locks_missing
from moderation.services.audit import audit_verify
from moderation.services.decisions import decisions_verify
from moderation.services.evidence import evidence_verify


class Command(BaseCommand):
    """Exit status 1 and one line for each fault when the evidence does not hold."""

    help = "Check the audit chain, the decisions and the database triggers that protect them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when anything is wrong."""
        report = audit_verify()
        faults = [*report.faults, *decisions_verify(), *evidence_verify()]
        faults += [f"The database trigger {name} is missing." for name in locks_missing(connection)]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The evidence does not hold: {len(faults)} faults.")
        self.stdout.write(f"{report.entry_count} audit entries, all intact.")
