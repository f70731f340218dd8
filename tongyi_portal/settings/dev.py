"""Developer and demo overrides: debug pages on demand, a secret of this checkout, plain static files."""

import secrets

from tongyi_portal.settings import env
from tongyi_portal.settings.base import *  # noqa: F403
from tongyi_portal.settings.base import STORAGES, VAR_DIR

DEBUG = env.flag("DEBUG", False)


def _secret_of_this_checkout() -> str:
    """A random secret, made once and kept beside the data."""
    file = VAR_DIR / "secret_key"
    if not file.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        file.write_text(secrets.token_urlsafe(50))
        file.chmod(0o600)
    return file.read_text()


SECRET_KEY = env.text("SECRET_KEY") or _secret_of_this_checkout()
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
