"""StrictSerializer and MomentField: input shapes that refuse what they do not know, or cannot be stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tongyi_portal.common.moments import validate_moment


class StrictSerializer(serializers.Serializer[Any]):
    """An input shape: a field that it does not declare is an error of that field, code `unknown_field`."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                raise serializers.ValidationError(
                    {name: [_("There is no such field.")] for name in unknown}, code="unknown_field"
                )
        return super().to_internal_value(data)


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601 that somebody sends; one at the edge of the calendar is a fault of the field."""

    def enforce_timezone(self, value: datetime) -> datetime:
        validate_moment(value)  # before it is moved, which would fail
        return super().enforce_timezone(value)
