"""usage_purge: events leave by whole months, once nobody needs them one by one; their sums stay."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tongyi_portal.usage.models import LoadSample, UsageEvent
from tongyi_portal.usage.services.partitions import month_of, partitions_drop
from tongyi_portal.usage.services.rollups import mark_locked

DELETED_AT_ONCE = 20_000
_TABLE = UsageEvent._meta.db_table
_DELETE = (
    f"DELETE FROM {_TABLE} WHERE at < %s AND id IN "  # noqa: S608  # names of our columns
    f"(SELECT id FROM {_TABLE} WHERE at < %s LIMIT {DELETED_AT_ONCE})"
)


def usage_purge(*, now: datetime | None = None) -> datetime:
    """Remove the events of months (UTC) that ended USAGE_RETENTION_DAYS ago; from when on are events kept?

    Never an event that is not in the sums yet. The mark moves first and is committed: from then on no sum of
    those months is written any more, and the database lets their events go. Safe to run twice.
    """
    now = now or timezone.now()
    before = _kept_from(now)
    partitions_drop(before=before)
    moment = connection.ops.adapt_datetimefield_value(before)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_DELETE, [moment, moment])
            if cursor.rowcount < DELETED_AT_ONCE:
                break
    LoadSample.objects.filter(at__lt=before).delete()
    return before


@transaction.atomic
def _kept_from(now: datetime) -> datetime:
    mark = mark_locked()
    wanted = month_of(min(now - timedelta(days=settings.USAGE_RETENTION_DAYS), mark.until))
    if wanted > mark.kept_from:
        mark.kept_from = wanted
        mark.save(update_fields=["kept_from"])
    return mark.kept_from
