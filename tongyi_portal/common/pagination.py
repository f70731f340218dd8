"""The cursor paginator used by all lists."""

from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Newest rows first; stable while rows are added. `?page_size=` up to 100."""

    ordering = ("-created_at", "-id")
    invalid_cursor_message = _("There is no such page.")  # type: ignore[assignment]  # lazy, as in REST framework
    page_size_query_param = "page_size"
    max_page_size = 100
