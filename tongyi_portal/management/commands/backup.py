"""Copy database and files into a folder, or bring them back from it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongyi_portal.operations.backup import BackupRefused, backup_make, backup_restore
from tongyi_portal.serving.private_files import keep_files_private


class Command(BaseCommand):
    """`backup make FOLDER` may run while the portal serves; `backup restore FOLDER` wants an empty one."""

    help = "Copy database and files into a folder, or bring them back and verify the evidence."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["make", "restore"])
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        keep_files_private()
        act = backup_make if options["what"] == "make" else backup_restore
        try:
            manifest = act(options["folder"])
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        done = "Made" if options["what"] == "make" else "Restored"
        self.stdout.write(
            f"{done}: {manifest['database']}, {manifest['files']} files, of {manifest['made_at']}."
        )
        self.stdout.write(f"The audit chain ends at {manifest['audit_end']}")
