"""examine(): everything that the doctor looks at, in the order in which one would mend it."""

from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from tongyi_portal.operations.doctor import database, safety, surroundings, work
from tongyi_portal.operations.doctor.finding import Finding, Level, error

Examiner = Callable[[], Finding | Iterable[Finding]]
ALONE: tuple[Examiner, ...] = (
    safety.safety_findings,
    surroundings.broker_finding,
    surroundings.storage_finding,
    surroundings.model_findings,
    surroundings.disk_findings,
    surroundings.library_findings,
)
IN_DATABASE: tuple[Examiner, ...] = (
    work.worker_findings,
    work.clock_finding,
    work.job_findings,
    work.duty_findings,
)


def examine() -> Iterator[Finding]:
    """Every finding; what looks into the database is left out while it does not answer or lacks tables."""
    is_up = database.database_is_up()
    yield is_up
    schema = list(_asked(database.database_findings)) if is_up.level == Level.OK else []
    yield from schema
    for examiner in ALONE:
        yield from _asked(examiner)
    if is_up.level == Level.OK and "database.not_migrated" not in {finding.code for finding in schema}:
        for examiner in IN_DATABASE:
            yield from _asked(examiner)


def _asked(examiner: Examiner) -> Iterator[Finding]:
    """A doctor that stumbles over one thing still looks at the others."""
    try:
        found = examiner()
        yield from [found] if isinstance(found, Finding) else list(found)
    except Exception as fault:  # noqa: BLE001  # told, whatever it is
        yield error(
            "doctor.failed",
            _("%(name)s could not be found out: %(fault)s")
            % {"name": examiner.__name__, "fault": f"{type(fault).__name__}: {fault}"},
            _("Mend what stands above first; if it stays, report it with this text."),
        )
