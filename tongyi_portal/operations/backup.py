"""backup_make, backup_restore: the database and the files of a portal in one folder, and back from it.

Files are copied after the database, so that every row of the copy has its file; what is erased in between
lacks its file, as it should. With a bucket the files stay there: the store's own copies keep them.
"""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from moderation.services.audit import audit_verify
from tongyi_portal.common.storage import file_sha256
from tongyi_portal.settings import env

MANIFEST, DATABASE, FILES = "backup.json", "database", "storage"


class BackupRefused(Exception):
    """Nothing was changed; the message says why."""


def backup_make(folder: Path) -> dict[str, Any]:
    """Write a backup into a new or empty folder; returns its manifest. Raises BackupRefused."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    report = audit_verify()
    if report.faults:
        raise BackupRefused("The audit chain does not hold: run `python manage.py audit_verify` first.")
    _dump(folder / DATABASE)
    copied = 0 if settings.S3_BUCKET else _copy_files(settings.STORAGE_ROOT, folder / FILES)
    manifest = {
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "database": connection.vendor,
        "database_sha256": file_sha256(folder / DATABASE),
        "files": copied,
        "bucket": settings.S3_BUCKET,
        "audit_end": report.end,
        "migrations": sorted(".".join(name) for name in MigrationLoader(connection).applied_migrations),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
    return manifest


def backup_restore(folder: Path) -> dict[str, Any]:
    """Bring a backup back into an empty database and an empty storage folder, and verify the evidence.

    Returns the manifest. Raises BackupRefused, and CommandError when the evidence does not hold.
    """
    manifest = _read_manifest(folder)
    _require_empty_portal()
    connection.close()
    if connection.vendor == "sqlite":
        _restore_sqlite(folder / DATABASE)
    else:
        _run_postgres(
            "pg_restore", folder / DATABASE, "--single-transaction", "--no-owner", "--no-privileges"
        )
    if not manifest["bucket"]:
        _copy_files(folder / FILES, settings.STORAGE_ROOT)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("audit_verify", files=True, kept=[manifest["audit_end"]], verbosity=0)
    return manifest


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as fault:
        raise BackupRefused(f"{folder} holds no finished backup: {fault}") from fault
    if manifest["database"] != connection.vendor:
        raise BackupRefused(f"The backup is of {manifest['database']}, DATABASE_URL of {connection.vendor}.")
    if manifest["bucket"] != settings.S3_BUCKET:
        raise BackupRefused(
            f"The backup's files lie in the bucket {manifest['bucket']!r}: set S3_BUCKET to it."
        )
    if file_sha256(folder / DATABASE) != manifest["database_sha256"]:
        raise BackupRefused("The database of the backup is damaged: its SHA-256 is another.")
    known = {".".join(name) for name in MigrationLoader(None).disk_migrations or ()}
    if unknown := sorted(set(manifest["migrations"]) - known):
        raise BackupRefused(f"The backup is of newer code; this one does not know {', '.join(unknown)}.")
    return manifest


def _require_empty_portal() -> None:
    if connection.introspection.table_names():
        raise BackupRefused("The database is not empty. Name an empty one in DATABASE_URL.")
    place = settings.STORAGE_ROOT
    if not settings.S3_BUCKET and place.exists() and any(place.iterdir()):
        raise BackupRefused(f"{place} is not empty. Move it away, or set VAR_DIR to another folder.")


def _dump(target: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(target) as copy:
            connection.connection.backup(copy)
        copy.close()
        target.chmod(0o600)
    else:
        _run_postgres("pg_dump", target, "--format=custom")


def _restore_sqlite(source: Path) -> None:
    name = Path(str(connection.settings_dict["NAME"]))
    name.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(source) as backup, sqlite3.connect(name) as live:
        backup.backup(live)
    backup.close()
    live.close()
    name.chmod(0o600)


def _run_postgres(program: str, file: Path, *options: str) -> None:
    """Run pg_dump to, or pg_restore from, a file. Raises BackupRefused with what the program said."""
    arguments, added = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, list(options))
    if program == "pg_dump":
        arguments += ["--file", str(file)]
    else:
        arguments[-1:] = ["--dbname", arguments[-1], str(file)]
    try:
        subprocess.run(  # noqa: S603
            [program, *arguments[1:]],
            env=env.for_child(added or {}),
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as fault:
        raise BackupRefused(f"{program} is not installed: install PostgreSQL's client programs.") from fault
    except subprocess.CalledProcessError as fault:
        raise BackupRefused(f"{program} failed: {fault.stderr.strip()}") from fault


def _copy_files(source: Path, target: Path) -> int:
    """Copy a folder of files; one that is erased meanwhile is left out. Returns how many were copied."""
    copied = 0
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(path, copy)
                copied += 1
            except FileNotFoundError:
                copy.unlink(missing_ok=True)
    return copied
