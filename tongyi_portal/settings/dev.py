"""Developer and demo overrides: debug pages, a secret of this checkout, plain static files."""

import secrets

from tongyi_portal.settings import env
from tongyi_portal.settings.base import *  # noqa: F403
from tongyi_portal.settings.base import STORAGES, VAR_DIR

DEBUG = env.flag("DEBUG", True)
_SECRET_FILE = VAR_DIR / "secret_key"
if not SECRET_KEY:  # noqa: F405
    if not _SECRET_FILE.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        _SECRET_FILE.write_text(secrets.token_urlsafe(50))
        _SECRET_FILE.chmod(0o600)
    SECRET_KEY = _SECRET_FILE.read_text()
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
