"""Production hardening only; refuses unsafe defaults."""

from django.core.exceptions import ImproperlyConfigured

from tongyi_portal.settings import env
from tongyi_portal.settings.base import *  # noqa: F403
from tongyi_portal.settings.base import DATA_KEY_SECRETS, SECRET_KEY_FALLBACKS, TRUSTED_PROXIES

DEBUG = False
SECRET_KEY = env.required("SECRET_KEY")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    raise ImproperlyConfigured("SECRET_KEY must be a random text of 50 characters or more.")
for secret in (*DATA_KEY_SECRETS, *SECRET_KEY_FALLBACKS):
    if len(secret) < 32 or len(set(secret)) < 5:
        raise ImproperlyConfigured(
            "Each DATA_KEY_SECRET and SECRET_KEY_FALLBACKS must be a random text of 32 characters or more."
        )
if SECRET_KEY in DATA_KEY_SECRETS:
    raise ImproperlyConfigured("DATA_KEY_SECRET must be another text than SECRET_KEY.")
ALLOWED_HOSTS = [name.strip() for name in env.required("ALLOWED_HOSTS").split(",") if name.strip()]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; '*' accepts forged Host headers.")
STUDIO_GUESTS = env.flag("STUDIO_GUESTS", False)
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
BEHIND_TLS_PROXY = env.flag("BEHIND_TLS_PROXY", False)
if BEHIND_TLS_PROXY and TRUSTED_PROXIES == 0:
    raise ImproperlyConfigured(
        "BEHIND_TLS_PROXY=1 needs TRUSTED_PROXIES=1 or more, or all visitors share the proxy's address."
    )
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
SECURE_HSTS_SECONDS = env.whole("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
