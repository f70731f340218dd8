"""keep_files_private: what the portal's processes write is for their own system user's eyes."""

import os
from pathlib import Path

from django.conf import settings


def keep_files_private() -> None:
    """New files of this process and its children get no rights for others; a database file loses them.

    SQLite gives the files beside the database the same rights.
    """
    os.umask(0o077)
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3" and Path(database["NAME"]).is_file():
        Path(database["NAME"]).chmod(0o600)
