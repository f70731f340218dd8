"""percentiles_by: percentiles of groups, computed by PostgreSQL or here, with the same numbers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connections
from django.db.models import Aggregate, FloatField, QuerySet
from django.db.models.functions import Extract

from moderation.statistics import percentile

Grouped = dict[Any, dict[str, float | None]]


class Percentile(Aggregate):
    """Between neighbours by their distance, as in moderation.statistics; PostgreSQL only."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, part: float) -> None:
        super().__init__(expression, part=repr(float(part)))


def percentiles_by(
    rows: QuerySet[Any], group: str, values: Mapping[str, Any], parts: Sequence[float]
) -> Grouped:
    """For each value of the field `group`: key "<name>_p<percent>" for each of `values` and `parts`.

    values: expressions; seconds as a number, or a difference of moments.
    """
    keys = {(name, part): f"{name}_p{round(part * 100)}" for name in values for part in parts}
    if connections[rows.db].vendor == "postgresql":
        columns = {key: Percentile(_seconds(values[name]), part) for (name, part), key in keys.items()}
        return {row[group]: row for row in rows.order_by().values(group).annotate(**columns)}
    seen: dict[Any, dict[str, list[float]]] = {}
    named = {f"_{name}": expression for name, expression in values.items()}
    for key, *found in rows.order_by().annotate(**named).values_list(group, *named):
        own = seen.setdefault(key, {name: [] for name in values})
        for name, value in zip(values, found, strict=True):
            if value is not None:
                own[name].append(value.total_seconds() if isinstance(value, timedelta) else value)
    for own in seen.values():
        for one in own.values():
            one.sort()
    return {
        group_key: {key: percentile(own[name], part) for (name, part), key in keys.items()}
        for group_key, own in seen.items()
    }


def _seconds(expression: Any) -> Any:
    """Intervals as seconds; PostgreSQL sorts numbers faster, and they come back as floats."""
    return Extract(expression, "epoch") if hasattr(expression, "connector") else expression
