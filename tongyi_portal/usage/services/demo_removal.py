"""usage_demo_remove: made-up history leaves every table of usage at once."""

from django.apps import apps
from django.db import connection, transaction

from tongyi_portal.usage.services.rollups import mark_locked


@transaction.atomic
def usage_demo_remove() -> dict[str, int]:
    """Remove all rows that are marked as demo data; how many of each table. What really happened stays."""
    mark_locked()  # no roll-up sums events that are just being removed
    removed = {}
    with connection.cursor() as cursor:
        for table in demo_tables():
            cursor.execute(f"DELETE FROM {table} WHERE is_demo")  # noqa: S608  # a table of ours
            removed[table] = cursor.rowcount
    return removed


def demo_tables() -> list[str]:
    """The tables of usage that may hold demo data, events first."""
    models = apps.get_app_config("usage").get_models()
    tables = [
        model._meta.db_table
        for model in models
        if any(field.name == "is_demo" for field in model._meta.concrete_fields)
    ]
    return sorted(tables, key=lambda table: (table != "usage_usageevent", table))
