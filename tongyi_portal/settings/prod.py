"""Production hardening only; refuses unsafe defaults."""

from django.core.exceptions import ImproperlyConfigured

from tongyi_portal.settings import env
from tongyi_portal.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.required("SECRET_KEY")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    raise ImproperlyConfigured("SECRET_KEY must be a random text of 50 characters or more.")
ALLOWED_HOSTS = [name.strip() for name in env.required("ALLOWED_HOSTS").split(",") if name.strip()]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; '*' accepts forged Host headers.")
PUBLIC_BASE_URL = env.required("PUBLIC_BASE_URL")
if not PUBLIC_BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("PUBLIC_BASE_URL must begin with https://.")
STUDIO_GUESTS = env.flag("STUDIO_GUESTS", False)
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY", False) else None
SECURE_HSTS_SECONDS = env.whole("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
