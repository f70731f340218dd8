"""Formats of files: `?format=` names one, the view streams it, and faults are JSON."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

Renderer = TypeVar("Renderer", bound=BaseRenderer)


class _FileRenderer(BaseRenderer):
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Only faults come here."""
        renderer_context["response"]["Content-Type"] = JSONRenderer.media_type
        return JSONRenderer().render(data, "application/json", renderer_context)


class CsvRenderer(_FileRenderer):
    media_type = "text/csv"
    format = "csv"


class JsonLinesRenderer(_FileRenderer):
    media_type = "application/x-ndjson"
    format = "jsonl"


class FormatNegotiation(DefaultContentNegotiation):
    """A format that the view does not have is a fault of the parameter, not a missing page."""

    def filter_renderers(self, renderers: Iterable[Renderer], format: str) -> list[Renderer]:  # noqa: A002
        found = [one for one in renderers if one.format == format]
        if not found:
            raise ValidationError({"format": [_("There is no such format.")]})
        return found
