"""The cursor paginator used by all lists."""

from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView


class NewestFirst(CursorPagination):
    """Newest rows first; stable while rows are added. `?page_size=` up to 100.

    Cursors are signed for rows of one model in one order: the place they name reaches the database as it was
    read from a row, and one that anybody made up, or took from another list, is 404.
    """

    ordering: Any = ("-created_at", "-id")
    invalid_cursor_message = _("There is no such page.")  # type: ignore[assignment]  # lazy, as in REST framework
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        self._model = queryset.model._meta.label_lower
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place that the request names. Raises NotFound for what `encode_cursor` did not write."""
        written = request.query_params.get(self.cursor_query_param)
        if written is None:
            return None
        try:
            offset, is_reverse, position = signing.loads(written, salt=self._salt)
        except signing.BadSignature as error:
            raise NotFound(self.invalid_cursor_message) from error
        return Cursor(offset=offset, reverse=is_reverse, position=position)

    def encode_cursor(self, cursor: Cursor) -> str:
        """The address of the page at this place."""
        place = [cursor.offset, cursor.reverse, cursor.position]
        written = signing.dumps(place, salt=self._salt)
        return str(replace_query_param(str(self.base_url), self.cursor_query_param, written))

    @property
    def _salt(self) -> str:
        return ":".join(["cursor", self._model, *self.ordering])
