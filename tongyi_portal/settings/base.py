"""All Django settings, composed from the files beside this one; every setting exists here."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.translation import gettext_lazy as _

from tongyi_portal.settings import env
from tongyi_portal.settings.celery import *  # noqa: F403
from tongyi_portal.settings.console import UNFOLD as UNFOLD
from tongyi_portal.settings.engines import *  # noqa: F403
from tongyi_portal.settings.library import *  # noqa: F403
from tongyi_portal.settings.limits import *  # noqa: F403
from tongyi_portal.settings.logging import LOGGING as LOGGING
from tongyi_portal.settings.mail import *  # noqa: F403
from tongyi_portal.settings.operations import *  # noqa: F403
from tongyi_portal.settings.outbound import *  # noqa: F403
from tongyi_portal.settings.paths import BASE_DIR as BASE_DIR
from tongyi_portal.settings.paths import VAR_DIR as VAR_DIR
from tongyi_portal.settings.provenance import *  # noqa: F403
from tongyi_portal.settings.rest import *  # noqa: F403
from tongyi_portal.settings.storages import *  # noqa: F403
from tongyi_portal.settings.usage import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")  # earlier ones: still read, no longer written
DATA_KEY_SECRETS = env.names("DATA_KEY_SECRET")  # the first encrypts, all decrypt; none: SECRET_KEY does
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "tongyi_portal",  # before unfold, so that our admin templates win
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "tongyi_portal.console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "tongyi_portal.accounts",  # after auth, whose permissions its roles are made of
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tongyi_portal.webhooks",
    "tongyi_portal.usage",
    "moderation",
    "templates_app",
    "generation",
    "tongyi_portal.api",
    "tongyi_portal.console",
    "tongyi_portal.studio",
    "tongyi_portal.operations",
]
MIDDLEWARE = [
    "tongyi_portal.common.request_id.RequestIdMiddleware",
    "tongyi_portal.operations.middleware.OperationsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tongyi_portal.common.unread_bodies.UnreadBodyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "tongyi_portal.urls"
WSGI_APPLICATION = "tongyi_portal.wsgi.application"
ASGI_APPLICATION = "tongyi_portal.asgi.application"
APPEND_SLASH = False  # a redirect would drop the body of a POST
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "tongyi_portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# SQLite in WAL mode with immediate transactions: two writers wait for one another instead of failing. With
# recursive triggers INSERT OR REPLACE is a deletion to those that refuse one (sqlite.org, "ON CONFLICT").
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=2000;PRAGMA recursive_triggers=ON;"
    ),
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": dict(
        dj_database_url.parse(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"))
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.text("CACHE_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
        if CACHE_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

QUEUE_COUNTS_SECONDS = 5  # how old the numbers of the review queue on every console page may be
EVIDENCE_DELETES_REFUSED = True  # by triggers, also in SQLite; tests empty its tables with DELETE
MODERATION_START: dict[str, int] = {}  # what of ModerationSettings differs in a new installation

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = env.whole("LOGIN_FAILURE_LIMIT", 5, at_least=1)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_TEMPLATE = "console/locked.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "tongyi_portal.api.throttling.client_address"
STUDIO_GUESTS = env.flag("STUDIO_GUESTS", True)
GUEST_KEEP_DAYS = env.whole("GUEST_KEEP_DAYS", 30, at_least=14)  # a session lasts 14 days

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
MODELS_ROOT: Path = env.folder("MODELS_ROOT", VAR_DIR / "models")
