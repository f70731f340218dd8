"""What /metrics says, as numbers."""

from typing import Any

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families


def scraped() -> dict[tuple[Any, ...], float]:
    """{(name, (label, value), ...): number}; METRICS_ALLOWED_NETWORKS must let this machine read."""
    response = Client().get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def gained(before: dict[tuple[Any, ...], float], name: str, **labels: str) -> float:
    """By how much a counter grew since `before`."""
    key = (name, *sorted(labels.items()))
    return scraped().get(key, 0.0) - before.get(key, 0.0)
