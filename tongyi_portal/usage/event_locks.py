"""EVENT_LOCKS: the database triggers that make the events append-only.

An event never changes. One may be deleted only when it is demo data, lies before RollupMark.kept_from, or has
an EventCorrection: so whoever removes history must first say so in a row that everybody sees. PostgreSQL
drops whole months, which no trigger sees; `usage_purge` moves kept_from first there as well.
"""

from tongyi_portal.common.row_locks import refused_when
from tongyi_portal.usage.models import EventCorrection, RollupMark, UsageEvent

TABLE = UsageEvent._meta.db_table
_MARK = RollupMark._meta.db_table
_KEPT_FROM = f"(SELECT kept_from FROM {_MARK} WHERE id = 1)"  # noqa: S608  # a table of ours
_CORRECTED = f"EXISTS (SELECT 1 FROM {EventCorrection._meta.db_table} WHERE event = OLD.id)"  # noqa: S608
_REFUSED = {
    "update": "TRUE",
    "delete": f"NOT OLD.is_demo AND NOT COALESCE(OLD.at < {_KEPT_FROM}, FALSE) AND NOT {_CORRECTED}",
}


EVENT_LOCKS = refused_when(
    table=TABLE,
    prefix=f"{TABLE}_no_",
    functions="usage_refuse_event_",
    why=f"{TABLE} is append-only",
    condition=lambda verb, _differs: _REFUSED[verb],
)
