"""popularity_store: which templates are popular and which are on the rise, from counts of finished videos."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.db import transaction

from templates_app.models import DanceTemplate, SearchEntry
from templates_app.name_index import ORDER as SEARCH_ORDER
from templates_app.selectors import ORDERS
from templates_app.services.revision import catalogue_changed

PRIOR_VIDEOS = 20
RANKED = (ORDERS["popular"], ORDERS["trending"], SEARCH_ORDER)
BATCH = 500


@dataclass(frozen=True)
class VideoCounts:
    """Videos made with a template: in the last 28 days, in the last 7, and in the 7 before those."""

    four_weeks: int = 0
    this_week: int = 0
    last_week: int = 0

    @property
    def trend(self) -> float:
        """This week over the last one, both as if PRIOR_VIDEOS more had been made in each.

        So few videos say little: 1 -> 3 gives 1.10, 1000 -> 1500 gives 1.49, 0 -> 40 gives 3.0. Without any
        it is 1, as where nothing changes.
        """
        return round((self.this_week + PRIOR_VIDEOS) / (self.last_week + PRIOR_VIDEOS), 6)


@transaction.atomic
def popularity_store(*, counts: Mapping[uuid.UUID, VideoCounts]) -> int:
    """Take over the counts, none for a template that is not named; returns how many templates differ now.

    Reads all once and writes only what differs, in batches. Pages of the catalogue count as changed only when
    one template overtook another.
    """
    templates = list(
        DanceTemplate.objects.only("slug", "position", "popularity", "trend", "live_version").order_by("pk")
    )
    before = _orders(templates)
    changed = []
    for template in templates:
        videos = counts.get(template.pk, VideoCounts())
        if (template.popularity, template.trend) != (videos.four_weeks, videos.trend):
            template.popularity, template.trend = videos.four_weeks, videos.trend
            changed.append(template)
    DanceTemplate.objects.bulk_update(changed, ["popularity", "trend"], batch_size=BATCH)
    _entries_follow(changed)
    if _orders(templates) != before:
        catalogue_changed()
    return len(changed)


def _entries_follow(templates: list[DanceTemplate]) -> None:
    """Searches rank by the same counts."""
    entries = [SearchEntry(pk=template.pk, popularity=template.popularity) for template in templates]
    SearchEntry.objects.bulk_update(entries, ["popularity"], batch_size=BATCH)


def _orders(templates: list[DanceTemplate]) -> list[list[str]]:
    """Slugs of what is live in each order that hangs on the counts."""
    live = [template for template in templates if template.live_version_id is not None]
    ordered = []
    for order in RANKED:
        rows = sorted(live, key=lambda template: template.slug)
        for field in reversed(order[:-1]):
            rows.sort(key=attrgetter(field.removeprefix("-")), reverse=field.startswith("-"))
        ordered.append([template.slug for template in rows])
    return ordered
