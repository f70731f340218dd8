"""Input and output shapes of the audit chain."""

from typing import Any

from rest_framework import serializers

from moderation.models import AuditEntry
from moderation.services.audit import STRETCH
from moderation.texts import action_text
from tongyi_portal.common.serializers import QuerySerializer

_END = r"^[1-9][0-9]{0,17}:[0-9a-f]{64}$"


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One thing that happened. digest: SHA-256 of the previous digest and all other fields."""

    text = serializers.SerializerMethodField(help_text="The action in the language of the request.")
    actor = serializers.UUIDField(
        source="actor_id", read_only=True, allow_null=True, help_text="Id of an account; null: the system."
    )
    actor_name = serializers.CharField(
        read_only=True, allow_null=True, help_text="Null for the system, and once the account is gone."
    )

    class Meta:
        model = AuditEntry
        fields = [
            "sequence",
            "created_at",
            "action",
            "text",
            "subject_type",
            "subject_id",
            "actor",
            "actor_name",
            "data",
            "digest",
            "previous_digest",
        ]

    def get_text(self, entry: AuditEntry) -> str:
        return action_text(entry.action)


class AuditEndSerializer(serializers.Serializer[Any]):
    """Where the chain ends now. Keep it elsewhere: later it proves that nothing was written anew."""

    end = serializers.CharField(help_text="“<sequence>:<digest>” of the last entry.")


class VerifySerializer(QuerySerializer):
    """Which part of the chain is to be checked."""

    start = serializers.RegexField(
        _END,
        required=False,
        default="",
        help_text="An end that was checked or kept before; without it from the first entry on.",
    )
    count = serializers.IntegerField(
        min_value=1, max_value=STRETCH, default=STRETCH, help_text="Entries to check at most."
    )


class VerifiedSerializer(serializers.Serializer[Any]):
    """What the part of the chain is like. Faults name entries by number, never people."""

    is_intact = serializers.SerializerMethodField()
    entry_count = serializers.IntegerField(help_text="Entries that were checked.")
    fault_count = serializers.IntegerField()
    faults = serializers.ListField(child=serializers.CharField(), help_text="The first 100.")
    end = serializers.CharField(help_text="Give it as `start` to go on.")
    is_last = serializers.BooleanField(help_text="Whether the end of the chain was reached.")

    def get_is_intact(self, stretch: Any) -> bool:
        return not stretch.fault_count
