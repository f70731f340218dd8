"""A backup brings back rows, files and an audit chain that still holds, on SQLite and on PostgreSQL."""

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.slow
SERVER = "postgres://postgres@127.0.0.1"
FILL = """
import django
django.setup()
from moderation.services.audit import audit_append
from uuid import uuid4
from tests.factories.generation import UploadFactory
upload = UploadFactory(data=b"a picture", owner__username=str(uuid4()))
for number in range(5):
    audit_append(action="test.backup.noted", subject=upload, data={"number": number})
"""
READ = """
import json
import django
django.setup()
from generation.models import Upload
from moderation.models import AuditEntry
from tongyi_portal.common import storage
uploads = {str(one.pk): storage.read_bytes(storage.UPLOADS, one.key).decode() for one in Upload.objects.all()}
print(json.dumps({"uploads": uploads, "entries": AuditEntry.objects.count()}))
"""


class Portal:
    """A portal with a folder and a database of its own, reached by its commands."""

    def __init__(self, root: Path, folder: Path, database: str) -> None:
        self.root = root
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.dev",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database,
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def said(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases: one to save, one to restore into."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'one.sqlite3'}", f"sqlite:///{tmp_path / 'two.sqlite3'}"
        return
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=2).close()
        subprocess.run(["pg_dump", "--version"], check=True, capture_output=True)
    except OSError as fault:
        pytest.skip(f"No PostgreSQL with its client programs here: {fault}")
    names = [f"portal_backup_{uuid.uuid4().hex}" for _ in range(2)]
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        for name in names:
            server.execute(f'CREATE DATABASE "{name}"')
        yield f"{SERVER}/{names[0]}", f"{SERVER}/{names[1]}"
        for name in names:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_what_was_saved_comes_back_whole(
    project_root: Path, tmp_path: Path, databases: tuple[str, str]
) -> None:
    backup = tmp_path / "backup"
    first, second = (
        Portal(project_root, tmp_path / name, url)
        for name, url in zip(("one", "two"), databases, strict=True)
    )
    first.said("manage.py", "migrate", "--verbosity", "0")
    first.said("-c", FILL)
    before = first.said("-c", READ)
    first.said("manage.py", "backup", "make", str(backup))
    manifest = json.loads((backup / "backup.json").read_text())
    assert manifest["files"] == 1
    assert (backup / "database").stat().st_mode & 0o077 == 0
    assert first.run("manage.py", "backup", "make", str(backup)).returncode == 1

    # Into what is in use nothing is restored; a damaged copy is found before anything is written.
    assert "not empty" in first.run("manage.py", "backup", "restore", str(backup)).stderr
    whole = (backup / "database").read_bytes()
    (backup / "database").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "damaged" in second.run("manage.py", "backup", "restore", str(backup)).stderr
    (backup / "database").write_bytes(whole)

    told = second.said("manage.py", "backup", "restore", str(backup))
    assert manifest["audit_end"] in told
    assert second.said("-c", READ) == before
    assert json.loads(before)["entries"] >= 5
    assert "all intact" in second.said("manage.py", "audit_verify", "--kept", manifest["audit_end"])
    second.said("-c", FILL)  # and the portal goes on from there
