"""Test overrides: fast hasher, files in memory, tasks run at once, tiny leases."""

import tempfile
from pathlib import Path

from tongyi_portal.settings.base import *  # noqa: F403
from tongyi_portal.settings.base import DATABASES, REST_FRAMEWORK, STORAGES

# A file, not memory: threads of a test and of the live server have connections and locks of their own then.
_FOLDER = tempfile.TemporaryDirectory(prefix="tongyi-portal-test-")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": Path(_FOLDER.name) / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{Path(_FOLDER.name).name.replace('-', '_')}"}  # its own
SECRET_KEY = "test-only"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES |= {name: {"BACKEND": "django.core.files.storage.InMemoryStorage"} for name in STORAGES}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = Path(_FOLDER.name)
METRICS_DIR = Path(_FOLDER.name) / "metrics"
WHITENOISE_USE_FINDERS = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
CONSENT_REQUIRED = "never"
JOB_RETRY_PAUSE_SECONDS = 0
MIN_FREE_DISK_MB = 0
LANGUAGE_CODE = "en"
QUEUE_COUNTS_SECONDS = 0
EVIDENCE_DELETES_REFUSED = False  # SQLite has no TRUNCATE
# Samples are drawn in tests that ask for them; elsewhere they would come by chance.
MODERATION_START = {"second_review_percent": 0, "gold_percent": 0, "audit_percent": 0}
