"""Settings that start but are not safe, or that do not fit one another."""

import stat
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from django.conf import settings
from django.core.checks import Warning as CheckWarning
from django.core.checks import run_checks
from django.db import connection
from django.utils.translation import gettext as _

from tongyi_portal.operations.doctor.finding import Finding, error, fine, warning

_ANYBODY = {ip_network("0.0.0.0/0"), ip_network("::/0")}


def safety_findings() -> Iterator[Finding]:
    """Every complaint; one note that there is none."""
    complaints = [*_exposure(), *_files(), *_times(), *_scale()]
    yield from complaints or [fine("settings.sound", _("The settings are safe and fit one another."))]


def _is_production() -> bool:
    return str(settings.SETTINGS_MODULE).endswith(".prod")


def _exposure() -> Iterator[Finding]:
    if not _is_production():
        yield warning(
            "settings.development",
            _("The settings are those for development (%(module)s).") % {"module": settings.SETTINGS_MODULE},
            _("Where others reach the portal, set DJANGO_SETTINGS_MODULE=tongyi_portal.settings.prod."),
        )
    if settings.DEBUG:
        yield error(
            "settings.debug",
            _("Debug pages are on: they show settings and source code to whoever causes a fault."),
            _("Set DEBUG=0."),
        )
    if _is_production():
        for found in run_checks(include_deployment_checks=True):
            if found.level >= CheckWarning("").level:
                yield warning(f"settings.{found.id}", str(found.msg), str(found.hint or ""))
        if not settings.DATA_KEY_SECRETS:
            yield warning(
                "settings.data_key",
                _("SECRET_KEY also encrypts what people wrote."),
                _("Set DATA_KEY_SECRET, so that each can be changed alone; keep it apart from backups."),
            )
        if settings.OUTBOUND_ALLOW_HTTP:
            yield warning(
                "settings.outbound_http",
                _("Webhooks may go out over plain HTTP, where everybody on the way can read them."),
                _("Set OUTBOUND_ALLOW_HTTP=0."),
            )
    if any(ip_network(text, strict=False) in _ANYBODY for text in settings.METRICS_ALLOWED_NETWORKS):
        yield error(
            "settings.metrics_open",
            _("Everybody may read the metrics: METRICS_ALLOWED_NETWORKS covers all addresses."),
            _("Name the network of your Prometheus alone, or set METRICS_TOKEN."),
        )


def _files() -> Iterator[Finding]:
    """Files that other system users of this machine could read."""
    database = settings.DATABASES["default"]
    places = [Path(settings.VAR_DIR) / "secret_key"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        places.append(Path(str(database["NAME"])))
    for place in places:
        if place.is_file() and place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield warning(
                "settings.readable_file",
                _("Other users of this machine may read %(file)s.") % {"file": place},
                f"chmod 600 {place}",
            )


def _times() -> Iterator[Finding]:
    """Times of which one must be longer than another, or work is started twice or never given up."""
    pairs = (
        (
            "JOB_LEASE_SECONDS",
            settings.JOB_LEASE_SECONDS,
            "JOB_HEARTBEAT_SECONDS",
            2 * settings.JOB_HEARTBEAT_SECONDS,
        ),
        (
            "TASK_TIME_LIMIT_SECONDS",
            settings.CELERY_TASK_TIME_LIMIT,
            "TASK_SOFT_TIME_LIMIT_SECONDS",
            settings.CELERY_TASK_SOFT_TIME_LIMIT + 1,
        ),
        (
            "JOB_HARD_TIME_LIMIT_SECONDS",
            settings.JOB_HARD_TIME_LIMIT_SECONDS,
            "JOB_SOFT_TIME_LIMIT_SECONDS",
            settings.JOB_SOFT_TIME_LIMIT_SECONDS + 1,
        ),
        (
            "TASK_SOFT_TIME_LIMIT_SECONDS",
            settings.CELERY_TASK_SOFT_TIME_LIMIT,
            "JOB_SOFT_TIME_LIMIT_SECONDS",
            settings.JOB_SOFT_TIME_LIMIT_SECONDS + 1,
        ),
    )
    for longer, value, shorter, at_least in pairs:
        if value < at_least:
            yield error(
                "settings.times",
                _("%(longer)s is too short beside %(shorter)s.") % {"longer": longer, "shorter": shorter},
                _("Make it %(seconds)d or more.") % {"seconds": at_least},
            )
    visibility = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout")
    if visibility is not None and visibility < 2 * settings.CELERY_TASK_TIME_LIMIT:
        yield error(
            "settings.visibility",
            _("Redis would give a task that still runs to a second worker after %(seconds)d seconds.")
            % {"seconds": visibility},
            _("Make TASK_TIME_LIMIT_SECONDS %(seconds)d or less.") % {"seconds": visibility // 2},
        )


def _scale() -> Iterator[Finding]:
    """Parts for several machines beside parts for one."""
    has_server = not settings.CELERY_BROKER_URL.startswith("filesystem")
    if has_server and connection.vendor == "sqlite":
        yield warning(
            "settings.sqlite_shared",
            _("The broker is made for several machines, and SQLite for one."),
            _("Where workers run on other machines, set DATABASE_URL to a PostgreSQL server."),
        )
    if has_server and not settings.CACHE_URL:
        yield warning(
            "settings.no_shared_cache",
            _("Each web process counts rates for itself: CACHE_URL is not set."),
            _("Set CACHE_URL to a Redis server."),
        )
    if connection.vendor == "postgresql" and not has_server:
        yield warning(
            "settings.broker_of_one",
            _("The built-in broker reaches this machine's workers alone."),
            _("Where workers run on other machines, set BROKER_URL to Redis or RabbitMQ."),
        )
