"""Test overrides: fast hasher, files in memory, tasks run at once, tiny leases."""

from tongyi_portal.settings.base import *  # noqa: F403
from tongyi_portal.settings.base import REST_FRAMEWORK, STORAGES

SECRET_KEY = "test-only"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES |= {name: {"BACKEND": "django.core.files.storage.InMemoryStorage"} for name in STORAGES}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
LANGUAGE_CODE = "en"
