"""Input shapes: what they do not know or expect is pointed at."""

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from tongyi_portal.common.serializers import MomentField, QuerySerializer, StrictSerializer


class InnerSerializer(StrictSerializer):
    seconds = serializers.FloatField()


class ShapeSerializer(StrictSerializer):
    count = serializers.IntegerField(required=False)
    share = serializers.FloatField(required=False)
    is_loop = serializers.BooleanField(required=False)
    name = serializers.CharField(required=False, allow_null=True)
    photo = serializers.UUIDField(required=False)
    moment = MomentField(required=False)
    fps = serializers.ChoiceField(choices=[24, 30], required=False)
    size = serializers.ChoiceField(choices=["small", "large"], required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), required=False)
    inner = InnerSerializer(required=False)
    steps = InnerSerializer(many=True, required=False)


class AddressSerializer(QuerySerializer):
    count = serializers.IntegerField()
    is_loop = serializers.BooleanField()


def details(data: Any) -> Any:
    """The faults of a shape, with their codes."""
    shape = ShapeSerializer(data=data)
    assert not shape.is_valid()
    return serializers.ValidationError(shape.errors).get_full_details()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", "5"),
        ("count", 5.0),
        ("count", True),
        ("share", "0.5"),
        ("share", False),
        ("is_loop", "true"),
        ("is_loop", 1),
        ("name", 5),
        ("name", ["a"]),
        ("name", {"a": 1}),
        ("photo", 7),
        ("moment", 1_700_000_000),
        ("fps", "24"),
        ("fps", True),
        ("size", 1),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any) -> None:
    found = details({name: value})
    assert [fault["code"] for fault in found.pop(name)] == ["wrong_type"]
    assert found == {}


@pytest.mark.parametrize(
    "data",
    [
        {"count": 5, "share": 1, "is_loop": True, "name": "5", "fps": 24, "size": "small"},
        {"share": 0.5, "name": None, "moment": "2026-03-01T12:00:00Z", "ids": []},
        {
            "photo": "0d9d6f0e-6a0b-4c1e-9a52-4f5c0d3f9b11",
            "inner": {"seconds": 1.5},
            "steps": [{"seconds": 2}],
        },
    ],
)
def test_values_of_the_right_types_are_taken(data: dict[str, Any]) -> None:
    shape = ShapeSerializer(data=data)
    assert shape.is_valid(), shape.errors


def test_all_wrong_and_unknown_fields_are_told_at_once_also_within_lists() -> None:
    found = details({"count": "5", "colour": "red", "ids": ["x", 5]})
    assert found["count"][0]["code"] == "wrong_type"
    assert found["colour"][0]["code"] == "unknown_field"
    assert {place: faults[0]["code"] for place, faults in found["ids"].items()} == {"1": "wrong_type"}


def test_shapes_within_shapes_are_as_strict() -> None:
    found = details({"inner": {"seconds": "2"}, "steps": [{"seconds": 1}, {"seconds": "1"}]})
    assert found["inner"]["seconds"][0]["code"] == "wrong_type"
    assert found["steps"][1]["seconds"][0]["code"] == "wrong_type"


def test_forms_and_addresses_have_texts_only() -> None:
    assert ShapeSerializer(data=QueryDict("count=5&is_loop=true&fps=24")).is_valid()
    address = AddressSerializer(data={"count": "5", "is_loop": "true"})
    assert address.is_valid()
    assert address.validated_data == {"count": 5, "is_loop": True}
