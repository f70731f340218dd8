"""The database: reachable, migrated, in the right mode, its triggers in place, its clock ours."""

from collections.abc import Generator, Iterator
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from tongyi_portal.common.row_locks import every_lock_missing
from tongyi_portal.operations.doctor.finding import Finding, error, fine, warning
from tongyi_portal.operations.readiness import database_reach

SKEW_SECONDS = 5.0


def database_is_up() -> Finding:
    """Whether it answers at all; without it most of the rest cannot be known."""
    try:
        database_reach()
    except DatabaseError as fault:
        return error(
            "database.unreachable",
            _("The database does not answer: %(fault)s") % {"fault": str(fault).strip()},
            _("Start it, or correct DATABASE_URL. SQLite also needs a folder that this user may write to."),
        )
    return fine("database.reachable", _("The database answers (%(vendor)s).") % {"vendor": connection.vendor})


def database_findings() -> Iterator[Finding]:
    """Call it with a database that answers."""
    waits = yield from _migrations()
    if connection.vendor == "sqlite":
        yield _journal()
    if connection.vendor == "postgresql":
        yield _clock()
    if not waits and (missing := every_lock_missing(connection)):
        yield error(
            "database.triggers_missing",
            _("Triggers that keep evidence from being changed are missing: %(names)s")
            % {"names": ", ".join(missing)},
            _("Run `python manage.py migrate`: it puts them back. Then run `python manage.py audit_verify`."),
        )


def _migrations() -> Generator[Finding, None, bool]:
    """Returns whether any waits to be applied."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    if waiting:
        yield error(
            "database.not_migrated",
            _("Migrations that are not applied: %(count)d.") % {"count": len(waiting)},
            _("Run `python manage.py migrate` before the new code serves anybody."),
        )
    if unknown:
        yield warning(
            "database.newer_than_code",
            _("The database has migrations that this code does not know: %(names)s")
            % {"names": ", ".join(sorted(".".join(one) for one in unknown))},
            _("Deploy the newer code again, unless you are rolling back within one release."),
        )
    if not waiting and not unknown:
        yield fine("database.migrated", _("All migrations are applied."))
    return bool(waiting)


def _journal() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0]).lower()
    if mode == "wal":
        return fine("database.journal", _("SQLite writes ahead (WAL)."))
    return error(
        "database.journal",
        _("SQLite does not write ahead: its journal mode is %(mode)s.") % {"mode": mode},
        _("Put the database on a local disk: file systems of a network cannot do it. Or use PostgreSQL."),
    )


def _clock() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    skew = abs((timezone.now() - theirs).total_seconds())
    if skew <= SKEW_SECONDS:
        return fine("clock.database", _("This machine's clock and the database's agree."))
    return error(
        "clock.database",
        _("This machine's clock is %(seconds)d seconds away from the database's.") % {"seconds": skew},
        _("Let a time service (chrony, systemd-timesyncd) set both: leases of jobs depend on it."),
    )
