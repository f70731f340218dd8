"""manage.py audit_verify: finds any changed, missing or added row of the audit chain and of the evidence."""

import re
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from moderation.services.audit import audit_verify
from moderation.services.decisions import decisions_verify
from moderation.services.evidence import evidence_verify
from moderation.services.kept_frames import frame_files_verify, kept_frames_verify
from moderation.services.list_contents import contents_verify
from moderation.services.policies import policies_verify
from moderation.services.rescan_digests import rescans_verify
from moderation.services.standing_content import items_verify, standing_verify
from tongyi_portal.common.row_locks import every_lock_missing


class Command(BaseCommand):
    """Exit status 1 and one line for each fault when the evidence does not hold."""

    help = "Check the audit chain, the evidence, the policies and the database triggers that protect them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kept",
            nargs="*",
            type=_end,
            default=[],
            metavar="END",
            help="Ends that earlier runs printed, kept elsewhere; the chain must still hold them.",
        )

        parser.add_argument(
            "--files",
            action="store_true",
            help="Also read every kept frame of a video and compare its digest.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when anything is wrong."""
        report = audit_verify(kept=options["kept"])
        faults = [
            *report.faults,
            *decisions_verify(),
            *evidence_verify(),
            *policies_verify(),
            *rescans_verify(),
            *contents_verify(),
            *kept_frames_verify(),
            *items_verify(),
            *standing_verify(),
        ]
        faults += [f"The database trigger {name} is missing." for name in every_lock_missing(connection)]
        faults += frame_files_verify() if options["files"] else []
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The evidence does not hold: {len(faults)} faults.")
        self.stdout.write(f"{report.entry_count} audit entries, all intact. The chain ends at {report.end}")


def _end(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text) is None:
        raise ArgumentTypeError(f"An end looks like 812:0f3a..., got {text!r}.")
    return text
