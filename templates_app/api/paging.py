"""Pages of the catalogue: a cursor that names a place in the order, so that any depth costs the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from templates_app.name_index import Hit
from tongyi_portal.common.pagination import NewestFirst

SALT = "catalogue"


@dataclass(frozen=True)
class Place:
    """A row's values of the fields of the order. is_before: the page ends just before it."""

    values: tuple[Any, ...]
    is_before: bool = False


class PlacePagination(NewestFirst):
    """Pages in the order that the view's `order_of(request)` names: fields, "-" first for descending.

    `head_of(request)` may name a shorter way to the first rows of that order: their keys and slugs in it.

    REST framework's own cursor compares the first field alone and counts rows of the same value, up to a
    thousand; here whole places are compared, so rows that come or go between two pages shift nothing.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.order: Sequence[str] = view.order_of(request)
        self.url = request.build_absolute_uri()
        self.size = self._size(request)
        place = self._place(request)
        rows = self._front(queryset, view.head_of(request), place) or self._found(queryset, place)
        has_more, page = len(rows) > self.size, rows[: self.size]
        if place is not None and place.is_before:
            page.reverse()
        self.shown = page
        self.has_next = has_more if place is None or not place.is_before else bool(page)
        self.has_previous = bool(page) and (
            has_more if place is not None and place.is_before else bool(place)
        )
        return page

    def get_next_link(self) -> str | None:
        return self._link(Place(self._values(self.shown[-1]))) if self.has_next else None

    def get_previous_link(self) -> str | None:
        if not self.has_previous:
            return None
        return self._link(Place(self._values(self.shown[0]), is_before=True))

    def _front(self, queryset: QuerySet[Any], head: Sequence[Hit], place: Place | None) -> list[Any] | None:
        """The rows of the page and one more, where those of `head` suffice for it."""
        if place is not None:
            if place.is_before:
                return None
            head = head[_behind(head, place.values[-1]) :]
        wanted = self.size + 1
        keys = [hit.key for hit in head[: 2 * wanted]]  # some may be no rows of the queryset
        if len(keys) < wanted:
            return None
        rows = list(queryset.filter(pk__in=keys).order_by(*self.order)[:wanted])
        return rows if len(rows) == wanted else None

    def _found(self, queryset: QuerySet[Any], place: Place | None) -> list[Any]:
        """The rows of the page and one more. The keys first: sorting thousands need not carry all columns."""
        keys = list(self._rows(queryset, place).values_list("pk", flat=True)[: self.size + 1])
        whole = {row.pk: row for row in queryset.filter(pk__in=keys)}
        return [whole[key] for key in keys if key in whole]  # one may have left in between

    def _rows(self, queryset: QuerySet[Any], place: Place | None) -> QuerySet[Any]:
        if place is None:
            return queryset.order_by(*self.order)
        fields = [(field.removeprefix("-"), field.startswith("-") != place.is_before) for field in self.order]
        beyond, same = Q(), Q()
        for (name, is_descending), value in zip(fields, place.values, strict=True):
            beyond |= same & Q(**{f"{name}__{'lt' if is_descending else 'gt'}": value})
            same &= Q(**{name: value})
        name, is_descending = fields[0]
        edge = Q(**{f"{name}__{'lte' if is_descending else 'gte'}": place.values[0]})  # an index can seek it
        order = [f"-{name}" if is_descending else name for name, is_descending in fields]
        return queryset.filter(edge, beyond).order_by(*order)

    def _size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param or "")
        if asked is None:
            return int(self.page_size or 0)
        if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= self.max_page_size:
            message = _("Give a whole number from 1 to {limit}.").format(limit=self.max_page_size)
            raise ValidationError({"page_size": [message]})
        return int(asked)

    def _values(self, row: Any) -> tuple[Any, ...]:
        values = []
        for field in self.order:
            value = row
            for name in field.removeprefix("-").split("__"):
                value = getattr(value, name)
            values.append(value)
        return tuple(values)

    def _link(self, place: Place) -> str:
        values = [
            {"t": value.isoformat()} if isinstance(value, datetime) else value for value in place.values
        ]
        cursor = signing.dumps([list(self.order), place.is_before, values], salt=SALT)
        return replace_query_param(remove_query_param(self.url, "cursor"), "cursor", cursor)

    def _place(self, request: Request) -> Place | None:
        """Raises NotFound for a cursor that is not one of ours, or not of this order."""
        cursor = request.query_params.get("cursor")
        if cursor is None:
            return None
        try:
            order, is_before, values = signing.loads(cursor, salt=SALT)
        except signing.BadSignature as error:
            raise NotFound(self.invalid_cursor_message) from error
        if order != list(self.order):
            raise NotFound(self.invalid_cursor_message)
        read = (datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value for value in values)
        return Place(tuple(read), is_before)


def _behind(head: Sequence[Hit], slug: str) -> int:
    """How many come up to the one with that slug; all of them when it is not there."""
    return next((place for place, hit in enumerate(head, start=1) if hit.slug == slug), len(head))
