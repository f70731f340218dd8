"""Filters of lists: a parameter of the address that a list does not know is a fault, not silence."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from tongyi_portal.common.moments import validate_moment

PAGING = frozenset({"cursor", "page_size"})


def refuse_unknown_parameters(request: Request, known: frozenset[str]) -> None:
    """Raises ValidationError that points at each parameter of the address that is not in `known`."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise ValidationError(
            {name: [_("There is no such parameter.")] for name in unknown}, code="unknown_parameter"
        )


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Refuses parameters that neither the view's filters name nor its `own_parameters`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filters = self.get_filterset_class(view, queryset)
        known = frozenset(filters.base_filters) if filters is not None else frozenset()
        refuse_unknown_parameters(request, known | PAGING | getattr(view, "own_parameters", frozenset()))
        narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return narrowed


class _MomentParameter(IsoDateTimeField):  # type: ignore[misc]
    default_validators = [validate_moment]


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    """A moment in ISO 8601; one at the edge of the calendar is a fault of the parameter."""

    field_class = _MomentParameter
