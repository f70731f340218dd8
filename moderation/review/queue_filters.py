"""The filters of the queue page: read from its address, applied to the waiting items."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import ReviewItem
from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice
from moderation.models.review import ReviewPurpose
from moderation.queue_selectors import SOON
from moderation.services.routing import LANGUAGES

DUE_CHOICES = [
    ("soon", _("within two days, and overdue")),
    ("overdue", _("overdue")),
    ("today", _("until tonight")),
    ("all", _("any time")),
]
LANGUAGE_CHOICES = [("zh", _("Chinese")), ("en", _("English"))]
# A second review must not be known for one, so it counts as ordinary here.
PURPOSE_CHOICES = [
    (str(purpose), purpose.label)
    for purpose in ReviewPurpose
    if purpose not in (ReviewPurpose.SECOND, ReviewPurpose.GOLD)
]
_PLAIN = ("category", "severity", "surface", "language")


@dataclass(frozen=True)
class QueueFilters:
    """Empty means any. due: a key of DUE_CHOICES."""

    queue: str = ""
    category: str = ""
    severity: str = ""
    surface: str = ""
    language: str = ""
    purpose: str = ""
    due: str = "soon"

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> "QueueFilters":
        """Values that do not exist count as none."""
        known = {
            "category": set(CategoryChoice.values),
            "severity": {str(value) for value in SeverityChoice.values},
            "surface": set(SurfaceChoice.values),
            "language": set(LANGUAGES),
            "purpose": {key for key, _label in PURPOSE_CHOICES},
            "due": {key for key, _label in DUE_CHOICES},
        }
        given = {name: str(query.get(name, "")) for name in known}
        chosen = {name: value for name, value in given.items() if value in known[name]}
        return cls(queue=str(query.get("queue", "")), **chosen)

    def apply(self, items: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
        for name in _PLAIN:
            if value := getattr(self, name):
                items = items.filter(**{name: value})
        if self.queue:
            items = items.filter(queue__slug=self.queue)
        if self.purpose == ReviewPurpose.ORDINARY:
            items = items.filter(purpose__in=[ReviewPurpose.ORDINARY, ReviewPurpose.SECOND])
        elif self.purpose:
            items = items.filter(purpose=self.purpose)
        return items.filter(self._due_filter(timezone.now()))

    def _due_filter(self, moment: datetime) -> Q:
        tonight = timezone.localtime(moment).replace(hour=23, minute=59, second=59, microsecond=999999)
        until = {"overdue": moment, "today": tonight, "soon": moment + SOON}
        return Q(due_at__lt=until[self.due]) if self.due in until else Q()

    def address(self, **changes: Any) -> str:
        """The query string of these filters with some of them changed."""
        other = replace(self, **changes)
        values = {field.name: getattr(other, field.name) for field in fields(other)}
        if values["due"] == "soon":
            del values["due"]
        return "?" + urlencode({name: value for name, value in values.items() if value})

    @property
    def is_narrowed(self) -> bool:
        return replace(self, queue="") != QueueFilters()
