"""The kinds' own parameters in the API: the submission's schema, and their description for apps."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from generation.errors import EngineUnavailable
from generation.kinds import KINDS
from generation.kinds.base import offered_kinds
from generation.models import JobTier
from generation.selectors import engine_for
from tongyi_portal.common.serializers import StrictSerializer

_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], str], ...] = (
    (serializers.UUIDField, "uuid"),
    (serializers.ListField, "uuid list"),
    (serializers.BooleanField, "boolean"),
    (serializers.ChoiceField, "choice"),
    (serializers.IntegerField, "integer"),
    (serializers.FloatField, "number"),
    (serializers.SlugField, "slug"),
    (serializers.CharField, "string"),
)


class TierField(serializers.ChoiceField):
    """How urgent a job is, by name; gives a JobTier."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default", JobTier.INTERACTIVE)
        kwargs.setdefault("choices", [tier.name.lower() for tier in JobTier])
        kwargs.setdefault(
            "help_text",
            "“batch”: nobody waits for it. It goes behind all interactive jobs until it has waited for a "
            "quarter of an hour.",
        )
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> JobTier:  # type: ignore[override]
        return JobTier[super().to_internal_value(data).upper()]


def submit_shape() -> PolymorphicProxySerializer:
    """The body of a submission for the OpenAPI document: one shape for each kind, told apart by `kind`."""
    return PolymorphicProxySerializer(
        component_name="JobSubmit",
        serializers={key: _submission_of(key) for key in offered_kinds()},
        resource_type_field_name="kind",
    )


def _submission_of(key: str) -> type[StrictSerializer]:
    fields = {
        "kind": serializers.ChoiceField(choices=[key]),
        "params": KINDS.get(key).params_serializer(),
        "tier": TierField(),
        "__doc__": f"A job of kind {key}.",
    }
    name = "".join(part.title() for part in key.split("_"))
    return type(f"{name}SubmitSerializer", (StrictSerializer,), fields)


def described_kinds() -> list[dict[str, Any]]:
    """Every kind that can be submitted, with its parameters, in the reader's language."""
    return [_described(key) for key in offered_kinds()]


def _described(key: str) -> dict[str, Any]:
    kind = KINDS.get(key)
    try:
        is_available = bool(engine_for(kind()))
    except EngineUnavailable:
        is_available = False
    return {
        "key": kind.key,
        "name": str(kind.label),
        "unit": kind.unit,
        "is_available": is_available,
        "parameters": [_parameter(name, field) for name, field in kind.params_serializer().fields.items()],
    }


def _parameter(name: str, field: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": next(word for known, word in _TYPES if isinstance(field, known)),
        "is_required": field.required,
        "default": None if field.default is serializers.empty else field.default,
        "minimum": getattr(field, "min_value", None),
        "maximum": getattr(field, "max_value", None),
        "choices": list(field.choices) if isinstance(field, serializers.ChoiceField) else None,
        "help": str(field.help_text or ""),
    }
