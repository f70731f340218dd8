"""StrictSerializer, QuerySerializer, MomentField: input shapes that refuse what they do not know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from tongyi_portal.common.moments import validate_moment

_NUMBER = (int, float)
# What JSON has for a field, by the first kind that fits; REST framework would take "5" for 5 and 1 for true.
_JSON_TYPES: tuple[tuple[tuple[type, ...], tuple[type, ...], Any], ...] = (
    ((serializers.BooleanField,), (bool,), _("Give true or false.")),
    ((serializers.IntegerField,), (int,), _("Give a whole number.")),
    ((serializers.FloatField, serializers.DecimalField), _NUMBER, _("Give a number.")),
    (
        (
            serializers.CharField,
            serializers.UUIDField,
            serializers.DateTimeField,
            serializers.DateField,
            serializers.TimeField,
        ),
        (str,),
        _("Give a text in quotes."),
    ),
)
_ONE_OF = _("Give one of the listed values, as it is written there.")


class StrictSerializer(serializers.Serializer[Any]):
    """An input shape: a field that it does not declare is an error of that field, code `unknown_field`.

    A JSON value of another type than the field's is one, too, code `wrong_type`. Forms have only texts, and
    so have addresses, see QuerySerializer.
    """

    is_typed: ClassVar[bool] = True

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            faults: dict[str, Any] = {
                name: [ErrorDetail(str(_("There is no such field.")), "unknown_field")]
                for name in sorted(str(name) for name in data if name not in self.fields)
            }
            if self.is_typed and not isinstance(data, QueryDict):
                faults |= self._wrong_types(data)
            if faults:
                raise serializers.ValidationError(faults)
        return super().to_internal_value(data)

    def _wrong_types(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        found = {
            name: _wrong_type(field, data[name])
            for name, field in self.fields.items()
            if not field.read_only and name in data
        }
        return {name: fault for name, fault in found.items() if fault}


class QuerySerializer(StrictSerializer):
    """The parameters of an address, all of them texts."""

    is_typed = False


def _wrong_type(field: Any, value: Any) -> list[Any] | dict[str, Any] | None:
    """The fault of a value, or of each of a list's; None where the field itself says what is wrong."""
    if value is None:
        return None
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        found = {str(place): _wrong_type(field.child, one) for place, one in enumerate(value)}
        return {place: fault for place, fault in found.items() if fault} or None
    if isinstance(field, serializers.ChoiceField) and not isinstance(value, list | dict):
        is_right = _json_type(value) in {_json_type(choice) for choice in field.choices}
        return None if is_right else [ErrorDetail(str(_ONE_OF), "wrong_type")]
    for fields, types, message in _JSON_TYPES:
        if isinstance(field, fields):
            is_right = isinstance(value, types) and not (isinstance(value, bool) and bool not in types)
            return None if is_right else [ErrorDetail(str(message), "wrong_type")]
    return None


def _json_type(value: Any) -> type | None:
    return next((one for one in (bool, int, float, str) if isinstance(value, one)), None)


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601 that somebody sends; one at the edge of the calendar is a fault of the field."""

    def enforce_timezone(self, value: datetime) -> datetime:
        validate_moment(value)  # before it is moved, which would fail
        return super().enforce_timezone(value)
