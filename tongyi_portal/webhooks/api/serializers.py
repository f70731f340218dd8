"""Input and output shapes of webhooks."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tongyi_portal.common.serializers import MomentField, StrictSerializer
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Attempt, Delivery, Endpoint
from tongyi_portal.webhooks.states import DeliveryState

_TYPES_HELP = "Names of event types; an empty list for all of them."
_URL_HELP = "Begins with https:// and leads to a public server. Redirects are not followed."


class EventTypeSerializer(serializers.Serializer[Any]):
    """A kind of event."""

    type = serializers.CharField()
    description = serializers.CharField(help_text="In the language of the request.")
    is_staff_only = serializers.BooleanField(help_text="Only for endpoints that are told of all accounts.")
    example = serializers.DictField(help_text="What stands under `data`.")


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """An endpoint, without its secret."""

    is_active = serializers.BooleanField(read_only=True)

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "url",
            "description",
            "event_types",
            "is_staff_wide",
            "is_active",
            "disabled_reason",
            "disabled_at",
            "failures",
            "failing_since",
            "last_success_at",
            "previous_secret_until",
            "created_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "disabled_reason": {"help_text": "by_hand, failing, gone or owner; empty while it is on."}
        }

    event_types = serializers.ListField(child=serializers.CharField(), help_text=_TYPES_HELP)


class EndpointWithSecretSerializer(EndpointSerializer):
    """An endpoint and the secret that signs, which is shown this once."""

    secret = serializers.SerializerMethodField(help_text="Begins with whsec_. Cannot be read again.")

    class Meta(EndpointSerializer.Meta):
        fields = [*EndpointSerializer.Meta.fields, "secret"]
        read_only_fields = fields

    def get_secret(self, _endpoint: Endpoint) -> str:
        return str(self.context["secret"])


class NewEndpointSerializer(StrictSerializer):
    """An address that shall be told of events."""

    url = serializers.CharField(max_length=2000, help_text=_URL_HELP)
    description = serializers.CharField(max_length=200, default="", allow_blank=True)
    event_types = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENT_TYPES)), default=list, help_text=_TYPES_HELP
    )
    is_staff_wide = serializers.BooleanField(
        default=False, help_text="Told of the events of all accounts; needs a permission."
    )


class EndpointChangesSerializer(StrictSerializer):
    """What shall be different; everything else stays."""

    url = serializers.CharField(max_length=2000, required=False, help_text=_URL_HELP)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    event_types = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENT_TYPES)), required=False, help_text=_TYPES_HELP
    )
    is_active = serializers.BooleanField(required=False)


class ReplayRangeSerializer(StrictSerializer):
    """Which events shall be sent again."""

    since = MomentField()
    until = MomentField()
    which = serializers.ChoiceField(
        choices=["failed", "all"],
        default="failed",
        help_text="failed: what did not arrive. all: also what did.",
    )


class ReplayedSerializer(serializers.Serializer[Any]):
    """How many deliveries are sent again."""

    count = serializers.IntegerField()


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try."""

    class Meta:
        model = Attempt
        fields = ["number", "status", "error", "response", "milliseconds", "created_at"]
        read_only_fields = fields
        extra_kwargs = {
            "error": {"help_text": "Empty when an answer came; else what hindered it, such as timeout."},
            "response": {"help_text": "The first 1024 characters of the answer."},
        }


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One event for one endpoint."""

    endpoint = serializers.UUIDField(source="endpoint_id", read_only=True)
    message_id = serializers.CharField(source="event.message_id", read_only=True)
    event_type = serializers.CharField(source="event.type", read_only=True)
    event_at = serializers.DateTimeField(source="event.created_at", read_only=True)
    state = serializers.ChoiceField(choices=DeliveryState.choices, read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "endpoint",
            "message_id",
            "event_type",
            "event_at",
            "state",
            "tries",
            "replays",
            "due_at",
            "delivered_at",
            "last_status",
            "last_error",
            "created_at",
        ]
        read_only_fields = fields


class DeliveryWithLogSerializer(DeliverySerializer):
    """One event for one endpoint, what is sent, and every attempt, newest first."""

    data = serializers.DictField(source="event.data", read_only=True)  # type: ignore[assignment]
    attempts = serializers.SerializerMethodField()

    class Meta(DeliverySerializer.Meta):
        fields = [*DeliverySerializer.Meta.fields, "data", "attempts"]
        read_only_fields = fields

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, delivery: Delivery) -> list[dict[str, Any]]:
        rows = delivery.attempts.order_by("-created_at")[:50]
        return list(AttemptSerializer(rows, many=True).data)
